import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../../src/redis/embedded/free-port.js';
import type { RedisBinary } from '../../src/redis/embedded/redis-binary.js';
import { ServerProcess } from '../../src/redis/embedded/server-process.js';
import { waitUntilReady } from '../../src/redis/embedded/wait-until-ready.js';
import type { Random } from '../support/random.js';
import { endWithThisProcess, onFreePorts, redisBinary } from '../support/redis-server.js';
import { waitUntil } from '../support/wait-until.js';
import { asUser, usersOfAcl } from '../support/redis-users.js';

const quiet = { info: () => undefined, warn: () => undefined };
const GRACE_MS = 2000;

/** One lock server of a test's own, at one address: it stays away for as long as the test wants it to. */
export class LockServer {
  /** As the user that a deployment gives the service. */
  readonly serviceUrl: string;
  private server: ServerProcess | undefined;

  private constructor(
    private readonly binary: RedisBinary,
    private readonly directory: string,
    private readonly url: string,
  ) {
    this.serviceUrl = asUser(url, 'fulcrum');
    endWithThisProcess(this);
  }

  /** `env`: what the process gets besides its own. What it has acknowledged survives it, unless it is wiped. */
  static start(env: Readonly<Record<string, string>> = {}): Promise<LockServer> {
    return onFreePorts(async () => {
      const binary = await redisBinary();
      const directory = await mkdtemp(join(tmpdir(), 'fulcrum-lock-'));
      const [port, password] = [await freePort(), randomBytes(16).toString('hex')];
      const config = [
        'bind 127.0.0.1',
        `port ${port}`,
        `requirepass ${password}`,
        'save ""',
        'appendonly yes',
        'appendfsync always',
        ...usersOfAcl(),
        '',
      ];
      await writeFile(join(directory, 'redis.conf'), config.join('\n'), { mode: 0o600 });
      const url = `redis://:${password}@127.0.0.1:${port}`;
      const server = new LockServer({ ...binary, env: { ...binary.env, ...env } }, directory, url);
      await server.begin();
      return server;
    });
  }

  get pid(): number {
    return this.server?.pid ?? 0;
  }

  get isUp(): boolean {
    return this.server !== undefined;
  }

  /** Starts it, or starts it again; returns when it answers. */
  async begin(): Promise<void> {
    const server = new ServerProcess(this.binary, this.directory, new URL(this.url).password);
    this.server = server;
    await waitUntilReady(this.url, server, quiet);
  }

  async kill(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    process.kill(server.pid, 'SIGKILL');
    await server.ended;
    this.server = undefined;
  }

  freeze(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  thaw(): void {
    if (this.isUp) process.kill(this.pid, 'SIGCONT');
  }

  /** Takes all that it has from it, while it runs. */
  async empty(): Promise<void> {
    await this.ask((client) => client.flushall());
  }

  /** Takes all that it has from it, while it is away. */
  async wipe(): Promise<void> {
    await rm(join(this.directory, 'appendonlydir'), { recursive: true, force: true });
  }

  /** Asks it as the user that may do everything. */
  async ask<T>(question: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(this.url, { retryStrategy: () => null });
    try {
      return await question(client);
    } finally {
      client.disconnect();
    }
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.server?.end(GRACE_MS);
    this.server = undefined;
    await rm(this.directory, { recursive: true, force: true });
  }
}

export async function startLockServers(count: number): Promise<LockServer[]> {
  return await Promise.all(Array.from({ length: count }, () => LockServer.start()));
}

/** The setting that names servers, or what stands before them. */
export function asLockServers(servers: readonly { readonly serviceUrl: string }[]): Record<string, string> {
  return { LOCK_REDIS_URLS: servers.map(({ serviceUrl }) => serviceUrl).join(',') };
}

/** How often each kind of fault happened. */
export interface Faults {
  kills: number;
  freezes: number;
}

export const toldFaults = ({ kills, freezes }: Faults) =>
  `${kills} SIGKILLs and ${freezes} freezes of a node`;

interface Disturbance {
  readonly mostMs: number;
  readonly isOver: () => boolean;
  /** Whether everybody uses all of the servers again. */
  readonly settled: () => Promise<boolean>;
  readonly faults: Faults;
}

/** Kills or freezes one server after the other, each for up to `mostMs`, until `isOver`; all of them are up afterwards. */
export async function disturb(
  servers: readonly LockServer[],
  random: Random,
  { mostMs, isOver, settled, faults }: Disturbance,
): Promise<void> {
  while (!isOver()) {
    await pause(random.below(mostMs));
    const server = servers[random.below(servers.length)];
    if (server === undefined || isOver()) return;
    const lastsMs = 20 + random.below(mostMs);
    // Of few, neither kind is left out.
    const kills = faults.kills === faults.freezes ? random.chance(0.5) : faults.kills < faults.freezes;
    if (kills) {
      faults.kills++;
      await server.kill();
      await pause(lastsMs);
      await server.begin();
    } else {
      faults.freezes++;
      server.freeze();
      await pause(lastsMs);
      server.thaw();
    }
    // Now and then the next one is lost before everybody has found this one again.
    if (random.chance(0.7)) await waitUntil('all servers are used', settled);
  }
}
