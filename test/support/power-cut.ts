import { chmod, mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cutTornLog } from '../../src/redis/embedded/torn-log.js';
import { FsyncTrace, tracingScript } from './fsync-trace.js';
import { RedisProcess } from './redis-process.js';
import { redisBinary } from './redis-server.js';
import { waitUntil } from './wait-until.js';

const LOG = 'appendonlydir/appendonly.aof.1.incr.aof';
const TRACE = 'fsync.trace';

/**
 * A Redis that can lose its power. A kill alone loses nothing that the kernel has; here the log is cut back afterwards to
 * what a flush had covered, which strace sees.
 */
export class PoweredRedis {
  /** When it was killed last, by `performance.now()`. */
  killedAt = 0;
  private trace: FsyncTrace;

  private constructor(
    readonly redis: RedisProcess,
    private readonly scripts: string,
  ) {
    this.trace = new FsyncTrace(join(redis.directory, TRACE), 0);
  }

  static async start(fsync: 'always' | 'everysec'): Promise<PoweredRedis> {
    const binary = await redisBinary();
    const scripts = await mkdtemp(join(tmpdir(), 'fulcrum-traced-'));
    const path = join(scripts, 'redis-server');
    await writeFile(path, tracingScript(binary.path, LOG, TRACE));
    await chmod(path, 0o700);
    // A new log would begin at a length that the trace does not tell.
    const lines = ['auto-aof-rewrite-percentage 0'];
    const env = { PATH: process.env.PATH ?? '', ...binary.env };
    return new PoweredRedis(
      await RedisProcess.start({ binary: { ...binary, path, env }, fsync, lines }),
      scripts,
    );
  }

  /** How many bytes of its log a power cut would leave at least. */
  get covered(): number {
    return this.trace.covered;
  }

  /** Kills it, and settles once it is known what was covered. */
  async kill(): Promise<void> {
    const { pid } = this.redis;
    this.killedAt = performance.now();
    await this.redis.kill();
    await waitUntil('the trace is complete', () => this.trace.hasEnded(pid));
  }

  /** After a kill: what a power cut would have taken is gone. `keptOf` says how much of what was not covered stays. */
  async cutBack(keptOf: (uncovered: number) => number): Promise<void> {
    const log = join(this.redis.directory, LOG);
    const { size } = await stat(log);
    if (this.covered > size) throw new Error(`${this.covered} of ${size} bytes are covered`);
    await truncate(log, this.covered + keptOf(size - this.covered));
  }

  /** The power is back. */
  async begin(): Promise<void> {
    // Nobody traces what is cut before the server runs.
    await cutTornLog(this.redis.directory, { info: () => undefined, warn: () => undefined });
    const { size } = await stat(join(this.redis.directory, LOG));
    this.trace.close();
    await rm(join(this.redis.directory, TRACE));
    await this.redis.begin();
    this.trace = new FsyncTrace(join(this.redis.directory, TRACE), size);
  }

  async stop(): Promise<void> {
    this.trace.close();
    await this.redis.stop();
    await rm(this.scripts, { recursive: true });
  }
}
