import { nextOccurrence, occurs, type Schedule } from '../../transport/schedules/cron.js';

/** Whether `value` is `{cron, timeZone?}` with a cron expression of five or six fields that has an occurrence. */
export function isSchedule(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { cron, timeZone = 'UTC', ...others } = value as Record<string, unknown>;
  if (typeof cron !== 'string' || typeof timeZone !== 'string' || Object.keys(others).length > 0)
    return false;
  return occurs({ cron, timeZone });
}

/**
 * The first instant in ms after `afterMs` that the schedule names; undefined if there is none.
 * @throws Error if the schedule is invalid
 */
export function nextReset(schedule: Schedule, afterMs: number): number | undefined {
  return nextOccurrence(schedule, afterMs);
}
