import type { JobView } from './dto/answers.dto.js';
import type { JobState } from './dto/job.dto.js';
import { shownId } from './jobs.ids.js';
import type { QueuedJob } from './jobs.queues.js';
import { type StoredJob, storedJob, type StoredSchedule } from './jobs.stored-job.js';

/** Results that are shown. */
const MAX_RESULT = 1024;

/** A job, or a run of a schedule, as it is shown. */
export function viewOf(job: QueuedJob, state: JobState, dueMs: number | undefined): JobView {
  const stored = storedJob(job.data);
  const isTick = job.repeatJobKey !== undefined;
  const result = resultOf(job.returnvalue);
  return {
    ...common(shownId(job.id ?? ''), stored, job.opts),
    state,
    attemptsMade: job.attemptsMade,
    createdAt: instant(isTick ? job.timestamp : stored.createdAt),
    ...(stored.runAt === undefined ? {} : { runAt: instant(stored.runAt) }),
    ...(dueMs === undefined ? {} : { nextRunAt: instant(dueMs) }),
    ...(job.finishedOn === undefined ? {} : { finishedAt: instant(job.finishedOn) }),
    ...(job.failedReason && state !== 'completed' ? { failure: job.failedReason } : {}),
    ...(result === undefined ? {} : { result }),
  };
}

/** A job with a cron expression as it is shown. */
export function scheduleView(
  id: string,
  { job, cron, timeZone, options }: StoredSchedule,
  { nextMs, runs }: { readonly nextMs?: number; readonly runs: number },
): JobView {
  return {
    ...common(id, job, options),
    state: 'scheduled',
    attemptsMade: runs,
    createdAt: instant(job.createdAt),
    cron,
    timeZone,
    ...(nextMs === undefined ? {} : { nextRunAt: instant(nextMs) }),
  };
}

/** What BullMQ calls a state. */
export function stateOf(state: string): JobState {
  switch (state) {
    case 'delayed':
    case 'active':
    case 'completed':
    case 'failed':
      return state;
    default:
      return 'waiting';
  }
}

function common(
  id: string,
  { kind, payload }: StoredJob,
  { attempts, priority }: { readonly attempts?: number; readonly priority?: number },
): Pick<JobView, 'id' | 'kind' | 'payload' | 'attempts' | 'priority'> {
  return { id, kind, payload, attempts: attempts ?? 1, ...(priority ? { priority } : {}) };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function resultOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return { ...value };
}

/** A result to keep with the job; undefined if it is too large to be shown. */
export function keptResult(result: object | undefined): object | undefined {
  if (result === undefined || JSON.stringify(result).length > MAX_RESULT) return undefined;
  return result;
}
