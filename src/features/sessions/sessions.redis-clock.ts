import { Injectable } from '@nestjs/common';

/** By how much an instant may be off that was sealed before Redis could say what time it is, in ms. */
export const TOLERANCE_MS = 250;
/** After so many tries the time to Redis and back is what is off, and not the clock. */
const ATTEMPTS = 3;
const LAST_TOLERANCE_MS = 5_000;

/**
 * Redis' clock as far as it is known here. Instants in a session's head are sealed before Redis sees them; a script that
 * finds one wrong says what time it is, and the session is sealed again.
 */
@Injectable()
export class RedisClock {
  private offsetMs = 0;

  /**
   * What `work` gives for an instant and for how wrong that may be.
   * @param work gives `{outcome: 'clock', now}` if the instant is wrong
   */
  async at<Result extends { readonly outcome: string }>(
    work: (now: number, toleranceMs: number) => Promise<Result | { outcome: 'clock'; now: number }>,
  ): Promise<Exclude<Result, { readonly outcome: 'clock' }>> {
    for (let attempt = 1; ; attempt++) {
      const toleranceMs = attempt < ATTEMPTS ? TOLERANCE_MS : LAST_TOLERANCE_MS;
      const result = await work(Date.now() + this.offsetMs, toleranceMs);
      if (!isClock(result)) return result as Exclude<Result, { readonly outcome: 'clock' }>;
      this.offsetMs = result.now - Date.now();
      if (attempt > ATTEMPTS) throw new Error('the clock of Redis cannot be told');
    }
  }
}

function isClock(result: { readonly outcome: string }): result is { outcome: 'clock'; now: number } {
  return result.outcome === 'clock';
}
