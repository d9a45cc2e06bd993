import { KINDS, type Kind } from './dto/job.dto.js';

/** A job as it is written down, under whatever id. */
export interface StoredJob {
  readonly kind: Kind;
  /** As it is shown: without what `sealed` has. */
  readonly payload: Readonly<Record<string, unknown>>;
  /**
   * Of the effect: made with the job, so that however often the job is run, it is the same operation. Of a schedule, each run
   * adds its instant.
   */
  readonly operation: string;
  /** Instants in ms since 1970. */
  readonly createdAt: number;
  readonly runAt?: number;
  /** Names the record of the keyed request that created it. */
  readonly keyed?: string;
  /** What is not to be seen, encrypted. */
  readonly sealed?: string;
}

/** A job with a cron expression, as it is written down. */
export interface StoredSchedule {
  readonly job: StoredJob;
  readonly cron: string;
  readonly timeZone: string;
  readonly options: RunOptions;
}

/** How a job is tried. */
export interface RunOptions {
  readonly attempts: number;
  readonly backoff: { readonly type: 'fixed' | 'exponential'; readonly delayMs: number };
  readonly priority?: number;
}

/** What Redis has of a job. @throws Error if it is none of ours */
export function storedJob(value: unknown): StoredJob {
  if (!isStoredJob(value)) throw new Error('what is queued is no job');
  return value;
}

export function storedSchedule(json: string): StoredSchedule {
  const value: unknown = JSON.parse(json);
  if (!isRecord(value) || !isStoredJob(value.job) || !isRecord(value.options)) {
    throw new Error('what is kept is no schedule');
  }
  const { job, cron, timeZone } = value;
  if (typeof cron !== 'string' || typeof timeZone !== 'string') throw new Error('a schedule has no time');
  return { job, cron, timeZone, options: runOptions(value.options) };
}

function runOptions({ attempts, backoff, priority }: Record<string, unknown>): RunOptions {
  const { type, delayMs } = isRecord(backoff) ? backoff : {};
  return {
    attempts: Number(attempts),
    backoff: { type: type === 'fixed' ? type : 'exponential', delayMs: Number(delayMs) },
    ...(typeof priority === 'number' ? { priority } : {}),
  };
}

function isStoredJob(value: unknown): value is StoredJob {
  return (
    isRecord(value) &&
    KINDS.some((kind) => kind === value.kind) &&
    isRecord(value.payload) &&
    typeof value.operation === 'string' &&
    typeof value.createdAt === 'number'
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
