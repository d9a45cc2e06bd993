import type { BucketLimit, BucketState } from './token-bucket.js';
import { fillMs } from './token-bucket.js';

/** The script keeps a lease for a second at least from when it was given, which is after it was asked for. */
const VALID_MS = 900;
/** What is left of a lease at this age goes back, in time to be of use to others. */
const RETURN_AFTER_MS = 700;
/** A lease that was spent faster than this is followed by one of twice its size. */
const SPENT_FAST_MS = 100;
/** How small a part of a bucket one lease is, so that nodes which hold one starve no other. */
const LARGEST_SHARE = 64;
const MIN_CAPACITY = 1000;
const MIN_REFILL_PER_SECOND = 100;

/** Tokens that Redis gave this node to spend. */
export interface Lease {
  /** What the script calls it by. */
  readonly epoch: number;
  readonly tokens: number;
  /** When it was asked for, by this process' monotonic clock. */
  readonly askedAt: number;
}

/** What became of a lease. */
export interface FinishedLease {
  readonly epoch: number;
  readonly spent: number;
  readonly unspent: number;
}

interface LiveLease extends Lease {
  left: number;
}

/** Whether a bucket is so large and fills so fast that nodes may spend parts of it by themselves. */
export function isLeasable({ capacity, refillTokens, refillIntervalMs }: BucketLimit): boolean {
  return capacity >= MIN_CAPACITY && (refillTokens * 1000) / refillIntervalMs >= MIN_REFILL_PER_SECOND;
}

/** What this node holds of one bucket. Times are milliseconds of a monotonic clock. */
export class LeasedBucket {
  /** Tokens that the next lease asks for; it begins with one and doubles while leases are spent fast. */
  private size = 1;
  private live: LiveLease[] = [];
  private finished: FinishedLease[] = [];
  private level = 0;
  private lastAskedAt = -Infinity;

  constructor(readonly limit: BucketLimit) {}

  /** Tokens of the leases that still hold at `now`. */
  left(now: number): number {
    let tokens = 0;
    for (const { left, askedAt } of this.live) if (now - askedAt <= VALID_MS) tokens += left;
    return tokens;
  }

  /** Spends `cost`, which `left` has, from the oldest leases first. */
  spend(cost: number, now: number): void {
    let missing = cost;
    for (const lease of this.live) {
      if (now - lease.askedAt > VALID_MS) continue;
      const taken = Math.min(missing, lease.left);
      lease.left -= taken;
      missing -= taken;
    }
    while (this.live[0]?.left === 0) this.finish(this.live[0]);
  }

  /** Whether it is time to ask for more, before the last token is spent. */
  isLow(now: number): boolean {
    return this.size > 1 && this.left(now) * 4 <= this.size;
  }

  /** How many tokens to ask for at `now` if `waiting` are waited for. */
  wanted(waiting: number, now: number): number {
    const largest = Math.floor(this.limit.capacity / LARGEST_SHARE);
    if (now - this.lastAskedAt < SPENT_FAST_MS) this.size = Math.min(this.size * 2, largest);
    this.lastAskedAt = now;
    return Math.max(this.size, Math.min(waiting, largest));
  }

  /** Takes a lease in, after which Redis holds `level` tokens. */
  add(lease: Lease, level: number): void {
    this.level = level;
    if (lease.tokens > 0) this.live.push({ ...lease, left: lease.tokens });
  }

  /** What became of the leases since the last call. Redis wants to know, for their room in the bucket. */
  takeFinished(): readonly FinishedLease[] {
    const { finished } = this;
    this.finished = [];
    return finished;
  }

  /** Finishes the leases that end soon. */
  finishOld(now: number): void {
    const old = this.live.filter(({ askedAt }) => now - askedAt > RETURN_AFTER_MS);
    if (old.length > 0) this.size = Math.max(1, this.size >> 1);
    for (const lease of old) this.finish(lease);
  }

  /** Whether nobody asked for some time, so that no other message tells Redis what became of the leases. */
  isQuiet(now: number): boolean {
    return now - this.lastAskedAt > SPENT_FAST_MS;
  }

  get hasFinished(): boolean {
    return this.finished.length > 0;
  }

  get isForgettable(): boolean {
    return this.live.length === 0 && this.finished.length === 0;
  }

  /** How the whole bucket stands as far as this node knows: after its last lease, and what it did not spend of it. */
  state(now: number): BucketState {
    const { capacity } = this.limit;
    const remaining = Math.min(capacity, this.level + this.left(now));
    const resetMs = fillMs({ ...this.limit, capacity: capacity - remaining });
    return { allowed: true, limit: capacity, remaining, retryAfterMs: 0, resetMs };
  }

  private finish(lease: LiveLease): void {
    this.live = this.live.filter((each) => each !== lease);
    this.finished.push({ epoch: lease.epoch, spent: lease.tokens - lease.left, unspent: lease.left });
  }
}
