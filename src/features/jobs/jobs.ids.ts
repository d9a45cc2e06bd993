const GIVEN = 'j.';
const TICK = 'repeat:';

/**
 * A job's id as BullMQ has it. BullMQ takes no colon and no integer, and keeps its own keys beside the jobs', so that no id
 * goes there as it is.
 */
export function storedId(id: string): string {
  return GIVEN + encodeURIComponent(id);
}

/** A job's id as clients know it; that of a schedule's run is `<id of the schedule>:<instant in ms>`. */
export function shownId(stored: string): string {
  const isTick = stored.startsWith(TICK);
  return decodeURIComponent(stored.slice((isTick ? TICK.length : 0) + GIVEN.length));
}

/** What `id` can stand for: a job, or else a run of a schedule. */
export function candidates(id: string): string[] {
  const at = id.lastIndexOf(':');
  const instant = id.slice(at + 1);
  if (at < 1 || !/^\d{1,15}$/.test(instant)) return [storedId(id)];
  return [storedId(id), `${TICK}${storedId(id.slice(0, at))}:${instant}`];
}

/** The instant in ms that a run of a schedule is for; undefined for any other job. */
export function tickOf(stored: string): number | undefined {
  return stored.startsWith(TICK) ? Number(stored.slice(stored.lastIndexOf(':') + 1)) : undefined;
}
