/** How late a deadline may be noticed, in ms. */
const TICK_MS = 20;

interface Waiting {
  /** By the clock of `performance`. */
  readonly deadline: number;
  readonly expire: () => void;
}

/** Bounds the time of much work at once, with one timer for all of it: nearly none is late, and every request has some. */
export class Deadlines {
  private readonly waiting = new Set<Waiting>();
  private ticking: NodeJS.Timeout | undefined;

  get isIdle(): boolean {
    return this.waiting.size === 0;
  }

  /** What `work` gives; fails with what `late` makes, at most `TICK_MS` after `deadline`, if it takes longer. */
  before<T>(deadline: number, work: Promise<T>, late: () => Error): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting: Waiting = { deadline, expire: () => reject(late()) };
      this.waiting.add(waiting);
      this.ticking ??= setInterval(() => this.tick(), TICK_MS);
      work.then(
        (value) => {
          this.waiting.delete(waiting);
          resolve(value);
        },
        (error: unknown) => {
          this.waiting.delete(waiting);
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it came
          reject(error);
        },
      );
    });
  }

  private tick(): void {
    const now = performance.now();
    for (const waiting of this.waiting) {
      if (waiting.deadline > now) continue;
      this.waiting.delete(waiting);
      waiting.expire();
    }
    if (this.waiting.size > 0) return;
    clearInterval(this.ticking);
    this.ticking = undefined;
  }
}
