const WINDOW_MS = 1000;

/**
 * Which successes of named operations are worth a line. Under load a line for each would cost more than the work:
 * beyond `perSecond` only slow ones are logged, and the next line says how many were left out.
 */
export class SuccessLog {
  private windowStart = -Infinity;
  private logged = 0;
  private leftOut = 0;

  constructor(
    private readonly perSecond: number,
    private readonly slowMs: number,
  ) {}

  /** Fields to add to the line of a success that took `durationMs`; undefined if it gets none. `nowMs` is monotonic. */
  admit(durationMs: number, nowMs: number): { unlogged?: number } | undefined {
    if (nowMs - this.windowStart >= WINDOW_MS) {
      this.windowStart = nowMs;
      this.logged = 0;
    }
    if (this.logged >= this.perSecond && durationMs < this.slowMs) {
      this.leftOut++;
      return undefined;
    }
    this.logged++;
    const unlogged = this.leftOut;
    this.leftOut = 0;
    return unlogged > 0 ? { unlogged } : {};
  }
}
