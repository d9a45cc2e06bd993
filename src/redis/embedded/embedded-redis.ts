import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddedRedisLog } from './embedded-redis-log.js';
import { FolderClaim } from './folder-claim.js';
import { freePort } from './free-port.js';
import { writePrivateFile } from './private-file.js';
import type { RedisBinary } from './redis-binary.js';
import { retireOrphan } from './retire-orphan.js';
import { ServerProcess } from './server-process.js';
import { cutTornLog } from './torn-log.js';
import { waitUntilReady } from './wait-until-ready.js';

export interface EmbeddedRedisOptions {
  /** Holds the data; created for the owner alone. */
  directory: string;
  binary: RedisBinary;
  appendFsync: 'always' | 'everysec';
  log: EmbeddedRedisLog;
  /** Lines for the end of redis.conf. */
  extraConfig?: readonly string[];
}

const PORT_TRIES = 5;
// Half of what container runtimes give a service; a kill loses nothing that was acknowledged.
const STOP_GRACE_MS = 5_000;
const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 5_000;
const SETTLED_MS = 10_000;

/**
 * A Redis server of this service alone, on loopback, that keeps every acknowledged write in its
 * folder, comes back at the same URL when it dies, and is gone when `stop` returns.
 */
export class EmbeddedRedis {
  readonly #stopped = new AbortController();
  #stopping: Promise<void> | undefined;
  #startedAt = performance.now();
  /** Settles once it is kept running no longer; never rejects. */
  readonly #kept: Promise<void>;

  private constructor(
    /** Stays the same until `stop`; contains the password. */
    readonly url: string,
    private readonly options: EmbeddedRedisOptions,
    private readonly claim: FolderClaim,
    private server: ServerProcess,
  ) {
    this.#kept = this.#keepRunning();
  }

  /**
   * Returns when the server answers. Throws when another Fulcrum has the folder, or, with the last
   * lines of its log, when the server refuses to start.
   */
  static async start(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
    const { directory, log } = options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    const claim = await FolderClaim.take(directory);
    try {
      await retireOrphan(directory, log);
      const { url, server } = await startOnFreePort(options);
      return new EmbeddedRedis(url, options, claim, server);
    } catch (error) {
      await claim.release();
      throw error;
    }
  }

  /** The pid of the server, or of its last run while it is away. */
  get pid(): number {
    return this.server.pid;
  }

  /** Ends the server after it has written its data; a second call waits for the first. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#end();
    await this.#stopping;
  }

  async #end(): Promise<void> {
    this.#stopped.abort();
    await this.server.end(STOP_GRACE_MS);
    await this.#kept;
    await rm(join(this.options.directory, 'redis.url'), { force: true });
    await this.claim.release();
  }

  async #keepRunning(): Promise<void> {
    const { binary, directory, log } = this.options;
    let backoffMs = FIRST_BACKOFF_MS;
    for (;;) {
      const { pid } = this.server;
      const how = await this.server.ended;
      if (this.#stopped.signal.aborted) return;
      if (performance.now() - this.#startedAt > SETTLED_MS) backoffMs = FIRST_BACKOFF_MS;
      const last = this.server.lastLines.at(-1);
      const said = how.startsWith('exited') && last !== undefined ? ` ("${last}")` : '';
      log.warn(`the embedded Redis (process ${pid}) ${how}${said}: again in ${backoffMs} ms`);
      await sleep(backoffMs, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
      if (this.#stopped.signal.aborted) return;
      backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
      this.#startedAt = performance.now();
      try {
        await cutTornLog(directory, log);
        if (this.#stopped.signal.aborted) return;
        this.server = new ServerProcess(binary, directory, new URL(this.url).password);
      } catch (error) {
        // For want of memory for instance: the loop finds the last run ended and tries again.
        log.warn(`the embedded Redis cannot be started: ${String(error)}`);
      }
    }
  }
}

async function startOnFreePort(
  options: EmbeddedRedisOptions,
): Promise<{ url: string; server: ServerProcess }> {
  const { binary, directory, log } = options;
  await cutTornLog(directory, log);
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    // A new one for each try: the program that took the port has been offered the last one.
    const password = randomBytes(32).toString('hex');
    const url = `redis://:${password}@127.0.0.1:${port}`;
    await writePrivateFile(join(directory, 'redis.conf'), config(options, port, password));
    // Before the server runs, so that it can be found if this process is killed right after.
    await writePrivateFile(join(directory, 'redis.url'), `${url}\n`);
    const server = new ServerProcess(binary, directory, password);
    try {
      await waitUntilReady(url, server, log);
      return { url, server };
    } catch (error) {
      await server.end(STOP_GRACE_MS);
      const taken = server.lastLines.some((line) => line.includes('Address already in use'));
      if (taken && tries < PORT_TRIES) continue;
      await rm(join(directory, 'redis.url'), { force: true });
      throw error;
    }
  }
}

function config(options: EmbeddedRedisOptions, port: number, password: string): string {
  // `dir` stays the working folder of the process, so no path has to be quoted here.
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    'protected-mode yes',
    `requirepass ${password}`,
    'daemonize no',
    'always-show-logo no',
    'save ""',
    'appendonly yes',
    `appendfsync ${options.appendFsync}`,
    'aof-load-truncated yes',
    'maxmemory-policy noeviction',
    ...(options.extraConfig ?? []),
    '',
  ].join('\n');
}
