import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'bullmq';

/** A worker of BullMQ that can be left behind: its end waits for Redis, and a process that stops does not. */
export class JobWorker<Data> extends Worker<Data> {
  /** Ends what would keep the process alive. What it still runs, another worker takes over. */
  async abandon(): Promise<void> {
    await this.lockManager.close();
  }
}

/** Settles once the workers have finished what runs, and `more` has, or `graceMs` are over. */
export async function closeWorkers(
  workers: readonly Worker[],
  graceMs: number,
  more: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const grace = new AbortController();
  const over = pause(graceMs, undefined, { signal: grace.signal }).catch(() => undefined);
  const closing = Promise.all(workers.map((worker) => worker.close()));
  await Promise.race([closing.then(more).catch(() => undefined), over]);
  grace.abort();
}
