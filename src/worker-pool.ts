import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Settings } from './config/setting-specs.js';
import { formatEncryptionKeys } from './config/setting-validators.js';
import { StartError } from './errors/start-error.js';
import type { Opening } from './serving.js';
import { log, setLogLevel } from './telemetry/log.js';
import { answerSharedMetrics } from './telemetry/shared-metrics.js';
import { isOpened } from './worker.js';

const FIRST_RESTART_MS = 100;
const MAX_RESTART_MS = 5000;

/** Keeps `WORKERS` processes that share one port: one that ends is replaced, and a signal lets all finish what runs. */
export class WorkerPool {
  private readonly running = new Set<Worker>();
  private ending = false;

  constructor(private readonly settings: Settings) {}

  /** @throws StartError if the first worker does not get as far as answering requests */
  async run(ended: Promise<undefined>, onOpen: (opening: Opening) => void): Promise<void> {
    setLogLevel(this.settings.LOG_LEVEL);
    // Workers accept by themselves. A connection that this process had handed to one would hang if that one is killed
    // before it takes it: nobody else gets it, and nobody closes it.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    answerSharedMetrics();
    void ended.then(() => this.end());
    // The first alone: it makes what a first start makes, the others find it.
    const opening = await this.start();
    if (opening === undefined && !this.ending) {
      this.end();
      await this.untilAllEnded();
      throw new StartError('The first worker ended before it could answer requests.');
    }
    const others = Array.from({ length: this.settings.WORKERS - 1 }, () => this.start());
    await Promise.all(others);
    if (opening !== undefined && !this.ending) onOpen(opening);
    await ended;
    await this.untilAllEnded();
  }

  /** A new worker, and what it says when it answers requests; undefined if it ends before. */
  private async start(restartMs = FIRST_RESTART_MS): Promise<Opening | undefined> {
    if (this.ending) return undefined;
    const worker = cluster.fork(givenTo(this.settings));
    this.running.add(worker);
    return await new Promise((resolve) => {
      let opened = false;
      worker.on('message', (message: unknown) => {
        if (!isOpened(message)) return;
        opened = true;
        const { process: child } = worker;
        log.info({ event: 'worker.ready', worker: worker.id, pid: child.pid }, 'answers requests');
        resolve(message.opening);
      });
      worker.once('exit', (code, signal) => {
        this.running.delete(worker);
        resolve(undefined);
        if (!this.ending) void this.replace(worker, code ?? signal, opened ? FIRST_RESTART_MS : restartMs);
      });
    });
  }

  private async replace(worker: Worker, how: number | string, afterMs: number): Promise<void> {
    log.error({ event: 'worker.ended', worker: worker.id, how, afterMs }, 'a worker ended; another follows');
    await pause(afterMs, undefined, { ref: false });
    await this.start(Math.min(2 * afterMs, MAX_RESTART_MS));
  }

  private end(): void {
    this.ending = true;
    for (const { process: child } of this.running) child.kill('SIGTERM');
  }

  private async untilAllEnded(): Promise<void> {
    await Promise.all([...this.running].map((worker) => once(worker, 'exit')));
  }
}

/** What the environment that the workers inherit may lack: the embedded Redis, and the keys kept beside it. */
function givenTo({ REDIS_URL, SESSION_KEYS }: Settings): Record<string, string> {
  return {
    ...(REDIS_URL === undefined ? {} : { REDIS_URL }),
    ...(SESSION_KEYS === undefined ? {} : { SESSION_KEYS: formatEncryptionKeys(SESSION_KEYS) }),
  };
}
