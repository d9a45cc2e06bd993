import { tickOf } from './jobs.ids.js';
import type { QueuedJob } from './jobs.queues.js';
import { storedJob } from './jobs.stored-job.js';

/**
 * The operation of a job's effect: made with the job, and for a run of a schedule with the schedule and the instant that it is
 * for. So a job that is run twice, by whichever workers, is the same operation.
 */
export function operationOf(job: QueuedJob): string {
  const { operation } = storedJob(job.data);
  const instant = tickOf(job.id ?? '');
  return instant === undefined ? operation : `${operation}.${instant}`;
}
