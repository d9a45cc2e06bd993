import { Worker } from 'bullmq';
import type { StoredJob } from './jobs.stored-job.js';

/** A worker of BullMQ that can be left behind: its end waits for Redis, and a process that stops does not. */
export class JobWorker extends Worker<StoredJob> {
  /** Ends what would keep the process alive. What it still runs, another worker takes over. */
  async abandon(): Promise<void> {
    await this.lockManager.close();
  }
}
