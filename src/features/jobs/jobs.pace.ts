import type { AdvancedOptions, MinimalJob } from 'bullmq';
import { nextOccurrence } from '../../transport/schedules/cron.js';
import { MAX_BACKOFF_MS } from './dto/job.dto.js';
import type { RunOptions } from './jobs.stored-job.js';

/** Our exponential backoff: that of BullMQ has no end, and leaves what Redis can hold. */
export const DOUBLING = 'doubling';

/** The pause in ms after attempt number `attempt`, from 1. */
export function pauseMs({ type, delayMs }: RunOptions['backoff'], attempt: number): number {
  return type === 'fixed' ? delayMs : Math.min(delayMs * 2 ** (attempt - 1), MAX_BACKOFF_MS);
}

/** All pauses of a job together, in ms. */
export function allPausesMs(backoff: RunOptions['backoff'], attempts: number): number {
  let sum = 0;
  for (let attempt = 1; attempt < attempts; attempt++) sum += pauseMs(backoff, attempt);
  return sum;
}

/** Backoff as BullMQ has it in a job's options. */
export function backoffOf({ backoff }: { readonly backoff?: unknown }): RunOptions['backoff'] {
  const { type, delay } =
    typeof backoff === 'object' && backoff !== null
      ? { type: Reflect.get(backoff, 'type') as unknown, delay: Reflect.get(backoff, 'delay') as unknown }
      : { type: 'fixed', delay: 0 };
  return { type: type === DOUBLING ? 'exponential' : 'fixed', delayMs: Number(delay ?? 0) };
}

/**
 * How BullMQ counts time here. One reader of cron expressions for the check at the door and for every run: BullMQ's own takes
 * other expressions, and means other instants when clocks change.
 */
export const schedulingSettings: AdvancedOptions = {
  backoffStrategy: (attemptsMade: number, _type?: string, _error?: Error, job?: MinimalJob) =>
    pauseMs(backoffOf({ backoff: job?.opts.backoff }), attemptsMade),
  repeatStrategy: (afterMs, { pattern = '', tz = 'UTC' }) =>
    nextOccurrence({ cron: pattern, timeZone: tz }, afterMs),
};
