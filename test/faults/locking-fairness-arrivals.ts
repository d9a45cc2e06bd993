/** Somebody who came for a lock, by the clock of `performance`, and what became of that. */
export interface Arrival {
  readonly owner: string;
  /** Before this it certainly stood in no line. */
  readonly sentAt: number;
  /** From this on it certainly stood in the line; undefined while nobody knows. */
  inLineAt?: number;
  /** Whether somebody saw it wait. */
  waited: boolean;
  /** When it was answered, whatever the answer was. */
  answeredAt?: number;
  /** The fencing token of what it was granted: the order of the tokens is that of the grants. */
  token?: number;
}

/** Who was granted the lock before somebody who certainly came earlier. */
export function outOfOrder(arrivals: Iterable<Arrival>): string[] {
  const granted = [...arrivals].filter(({ token }) => token !== undefined);
  granted.sort((a, b) => Number(b.token) - Number(a.token));
  const early: string[] = [];
  let first = Infinity;
  // From the last grant to the first: `first` is when the first of those came that were granted later.
  for (const { owner, sentAt, inLineAt = Infinity } of granted) {
    if (first < sentAt) early.push(owner);
    first = Math.min(first, inLineAt);
  }
  return early;
}

/** The longest time between two grants, in ms. */
export function longestGap(arrivals: Iterable<Arrival>): number {
  const times = [...arrivals].flatMap(({ token, answeredAt }) =>
    token !== undefined && answeredAt !== undefined ? [answeredAt] : [],
  );
  times.sort((a, b) => a - b);
  return Math.max(0, ...times.slice(1).map((time, at) => time - (times[at] ?? time)));
}
