import { Cron } from 'croner';

/** When something happens again and again. */
export interface Schedule {
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
}

const MAX_CRON_LENGTH = 128;
/** How many fields a cron expression may have; of six the first is the second. */
const FIELDS = [5, 6];

/** Whether the expression can be read, the zone is known, and there is an occurrence after now. */
export function occurs({ cron, timeZone }: Schedule): boolean {
  // Without a zone croner would take that of this machine.
  if (timeZone === '' || cron.length > MAX_CRON_LENGTH) return false;
  if (!FIELDS.includes(cron.trim().split(/\s+/).length)) return false;
  try {
    return nextOccurrence({ cron, timeZone }, Date.now()) !== undefined;
  } catch {
    return false;
  }
}

/** Whether `timeZone` is an IANA name that this machine knows. */
export function isTimeZone(timeZone: string): boolean {
  return occurs({ cron: '* * * * *', timeZone });
}

/**
 * The first instant in ms after `afterMs` that the schedule names; undefined if there is none.
 * @throws Error if the schedule is invalid
 */
export function nextOccurrence({ cron, timeZone }: Schedule, afterMs: number): number | undefined {
  const next = new Cron(cron, { timezone: timeZone, mode: '5-or-6-parts', paused: true }).nextRun(
    new Date(afterMs),
  );
  return next?.getTime();
}
