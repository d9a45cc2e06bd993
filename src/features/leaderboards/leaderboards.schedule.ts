import { Cron } from 'croner';

export interface Schedule {
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
}

/** Whether `value` is `{cron, timeZone?}` with a cron expression of five fields that has an occurrence. */
export function isSchedule(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { cron, timeZone = 'UTC', ...others } = value as Record<string, unknown>;
  if (typeof cron !== 'string' || typeof timeZone !== 'string' || Object.keys(others).length > 0)
    return false;
  // Without a zone croner would take that of this machine.
  if (timeZone === '' || cron.length > 128 || cron.trim().split(/\s+/).length !== 5) return false;
  try {
    return nextReset({ cron, timeZone }, Date.now()) !== undefined;
  } catch {
    return false;
  }
}

/**
 * The first instant in ms after `afterMs` that the schedule names; undefined if there is none.
 * @throws Error if the schedule is invalid
 */
export function nextReset({ cron, timeZone }: Schedule, afterMs: number): number | undefined {
  const next = new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true }).nextRun(
    new Date(afterMs),
  );
  return next?.getTime();
}
