import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../src/redis/embedded/free-port.js';
import type { RedisBinary } from '../../src/redis/embedded/redis-binary.js';
import { ServerProcess } from '../../src/redis/embedded/server-process.js';
import { cutTornLog } from '../../src/redis/embedded/torn-log.js';
import { waitUntilReady } from '../../src/redis/embedded/wait-until-ready.js';
import { endWithThisProcess, onFreePorts, redisBinary } from './redis-server.js';
import { asUser, usersOfAcl } from './redis-users.js';

const quiet = { info: () => undefined, warn: () => undefined };
const GRACE_MS = 2000;

/** What a server is started with besides what each has. */
export interface RedisProcessOptions {
  /** What is started instead of the machine's server. */
  readonly binary?: RedisBinary;
  /** What the process gets besides its own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of the user that may do everything; a random one if left out. */
  readonly password?: string;
  /** Lines for the end of redis.conf. */
  readonly lines?: readonly string[];
  readonly fsync?: 'always' | 'everysec' | 'no';
}

/** A Redis of a test's own, at one address: it stays away for as long as the test wants it to. */
export class RedisProcess {
  /** As the user that a deployment gives the service. */
  readonly serviceUrl: string;
  private server: ServerProcess | undefined;

  private constructor(
    private readonly binary: RedisBinary,
    readonly directory: string,
    /** As the user that may do everything. */
    readonly url: string,
  ) {
    this.serviceUrl = asUser(url, 'fulcrum');
    endWithThisProcess(this);
  }

  /** By default what it has acknowledged survives it, unless it is wiped. */
  static start({
    binary: given,
    env = {},
    password = randomBytes(16).toString('hex'),
    lines = [],
    fsync = 'always',
  }: RedisProcessOptions = {}): Promise<RedisProcess> {
    return onFreePorts(async () => {
      const binary = given ?? (await redisBinary());
      const directory = await mkdtemp(join(tmpdir(), 'fulcrum-redis-'));
      const port = await freePort();
      const config = [
        'bind 127.0.0.1',
        `port ${port}`,
        `requirepass ${password}`,
        'save ""',
        'appendonly yes',
        `appendfsync ${fsync}`,
        ...usersOfAcl(),
        ...lines,
        '',
      ];
      await writeFile(join(directory, 'redis.conf'), config.join('\n'), { mode: 0o600 });
      const url = `redis://:${password}@127.0.0.1:${port}`;
      const server = new RedisProcess({ ...binary, env: { ...binary.env, ...env } }, directory, url);
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

  /** Starts it, or starts it again, with a torn log cut as docs/redis.md says, or `asItIs`; returns when it answers. */
  async begin({ asItIs = false } = {}): Promise<void> {
    if (!asItIs) await cutTornLog(this.directory, quiet);
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
    // 0 would be this very process, and all that it has started.
    if (!this.isUp) throw new Error('it does not run');
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
