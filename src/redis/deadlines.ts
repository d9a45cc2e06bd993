/** How late a deadline may be noticed, in ms, by a process that does not stand still. */
const TICK_MS = 20;

/** Work that somebody waits for, between what was begun before it and after it. */
class Waiting {
  before: Waiting = this;
  after: Waiting = this;

  constructor(
    /** By the clock of `performance`. */
    readonly deadline: number,
    readonly expire: () => void,
  ) {}
}

/**
 * Bounds the time of much work at once, with one timer for all of it: nearly none is late, and every request has some. What waits
 * is linked and not in a set, whose tables every hundred of them wear out.
 */
export class Deadlines {
  /** Stands before the first and behind the last. */
  private readonly ends = new Waiting(Infinity, () => undefined);
  private ticking: NodeJS.Timeout | undefined;

  get isIdle(): boolean {
    return this.ends.after === this.ends;
  }

  /** What `work` gives; fails with what `late` makes, at most `TICK_MS` after `deadline`, if it takes longer. */
  before<T>(deadline: number, work: Promise<T>, late: () => Error): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting = new Waiting(deadline, () => reject(late()));
      this.add(waiting);
      this.ticking ??= setInterval(() => this.tick(), TICK_MS);
      work.then(
        (value) => {
          remove(waiting);
          resolve(value);
        },
        (error: unknown) => {
          remove(waiting);
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it came
          reject(error);
        },
      );
    });
  }

  private add(waiting: Waiting): void {
    const { ends } = this;
    waiting.before = ends.before;
    waiting.after = ends;
    ends.before.after = waiting;
    ends.before = waiting;
  }

  private tick(): void {
    if (this.isIdle) {
      clearInterval(this.ticking);
      this.ticking = undefined;
    } else {
      // After what has come is read: where this process stood still, replies lie there that were in time.
      setImmediate(this.expire, performance.now());
    }
  }

  private readonly expire = (now: number): void => {
    for (let waiting = this.ends.after; waiting !== this.ends;) {
      const { deadline, after } = waiting;
      if (deadline <= now) {
        remove(waiting);
        waiting.expire();
      }
      waiting = after;
    }
  };
}

/** A second time it does nothing. What is removed leads to nothing that waits, so that the collector need not keep that for it. */
function remove(waiting: Waiting): void {
  const { before, after } = waiting;
  before.after = after;
  after.before = before;
  waiting.before = waiting;
  waiting.after = waiting;
}
