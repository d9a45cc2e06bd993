/** What somebody in the line is given, and when it may be worth to look again. */
export interface Served<T> {
  /** Undefined if there is nothing yet. */
  readonly given: T | undefined;
  /** In how many ms something comes due by itself; undefined if nothing will. */
  readonly dueMs: number | undefined;
}

/** For how long somebody waits, and what is known already. */
export interface Waiting {
  readonly waitMs: number;
  /** As `Served` has it. */
  readonly dueMs: number | undefined;
  /** Says that nobody waits any more. */
  readonly signal: AbortSignal | undefined;
}

interface Place<T> {
  readonly ask: () => Promise<Served<T>>;
  readonly resolve: (given: T | undefined) => void;
  readonly reject: (error: unknown) => void;
  /** Whoever had it waits no longer; only what is being asked for is still to be seen. */
  over: boolean;
}

/**
 * Those who wait for the same thing, served one after the other in the order in which they came. However many wait, a
 * wake-up asks for the first alone, and for the next only if that one was given something.
 */
export class WaitingLine<T> {
  private readonly places: Place<T>[] = [];
  private asked: Place<T> | undefined;
  private wokenAgain = false;
  private due: NodeJS.Timeout | undefined;

  /** `ended` is called when nobody waits any more. */
  constructor(private readonly ended: () => void) {}

  /**
   * What `ask` gives once it gives something; undefined after `waitMs`, or when `signal` says so.
   * @throws what `ask` throws, as everybody in the line does then
   */
  join(ask: () => Promise<Served<T>>, { waitMs, dueMs, signal }: Waiting): Promise<T | undefined> {
    return new Promise<T | undefined>((resolve, reject) => {
      const leave = () => this.leave(place);
      const timer = setTimeout(leave, waitMs);
      signal?.addEventListener('abort', leave, { once: true });
      const last = <Value>(settle: (value: Value) => void) => {
        return (value: Value) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', leave);
          settle(value);
        };
      };
      const place: Place<T> = { ask, resolve: last(resolve), reject: last(reject), over: false };
      this.places.push(place);
      this.wakeIn(dueMs);
    });
  }

  /** Asks for those who wait: there may be something now. */
  wake(): void {
    this.wokenAgain = true;
    if (this.asked === undefined) void this.serve();
  }

  /** Lets everybody go without anything. */
  dismiss(): void {
    for (const place of [...this.places]) this.leave(place);
  }

  private leave(place: Place<T>): void {
    if (place === this.asked) place.over = true;
    else this.settle(place, () => place.resolve(undefined));
  }

  private async serve(): Promise<void> {
    while (this.wokenAgain) {
      this.wokenAgain = false;
      for (let place = this.places[0]; place !== undefined; place = this.places[0]) {
        this.asked = place;
        const served = await this.askFor(place);
        this.asked = undefined;
        if (served === undefined) continue;
        const { given, dueMs } = served;
        if (given !== undefined || place.over) this.settle(place, () => place.resolve(given));
        if (given === undefined) {
          this.wakeIn(dueMs);
          break;
        }
      }
    }
  }

  private async askFor(place: Place<T>): Promise<Served<T> | undefined> {
    try {
      return await place.ask();
    } catch (error) {
      // What one cannot have now, none of them can; each of them is told.
      for (const each of [...this.places]) this.settle(each, () => each.reject(error));
      return undefined;
    }
  }

  private settle(place: Place<T>, answer: () => void): void {
    const at = this.places.indexOf(place);
    if (at < 0) return;
    this.places.splice(at, 1);
    answer();
    if (this.places.length > 0) return;
    clearTimeout(this.due);
    this.ended();
  }

  private wakeIn(ms: number | undefined): void {
    clearTimeout(this.due);
    if (ms !== undefined && this.places.length > 0) this.due = setTimeout(() => this.wake(), ms + 1);
  }
}
