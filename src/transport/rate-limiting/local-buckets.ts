import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { BucketCharge, ChargeResult } from './token-buckets.js';
import { type BucketLimit, type BucketParts, partsOf, stateOf } from './token-bucket.js';

const MAX_BUCKETS = 100_000;

interface Level {
  readonly parts: number;
  /** Whole microseconds of this process' monotonic clock. */
  readonly at: number;
}

/** A bucket while it is charged. */
interface LookedAt extends BucketParts {
  parts: number;
  /** What all charges on it take together, in parts. */
  need: number;
}

/**
 * Token buckets of this node alone, for policies that go on by themselves while Redis is away: each node
 * admits up to the whole limit. The buckets start full and are forgotten when `MAX_BUCKETS` others came since.
 */
@Injectable()
export class LocalBuckets {
  private readonly levels = new LRUCache<string, Level>({ max: MAX_BUCKETS });
  /** Milliseconds; never goes back. */
  protected readonly clock: () => number = () => performance.now();

  /** Charges all of `charges` or none, as `TokenBuckets.take` does. */
  take(charges: readonly BucketCharge[], dryRun = false): ChargeResult {
    const at = Math.floor(this.clock() * 1000);
    const looked = new Map<string, LookedAt>();
    const waits = charges.map(({ key, limit, cost }) => {
      const bucket = looked.get(key) ?? this.look(key, limit, at);
      looked.set(key, bucket);
      // A bucket that is named more than once has to hold the costs together.
      bucket.need += cost * bucket.partsPerToken;
      const { capacity, refill, parts, need } = bucket;
      return parts >= need ? 0 : need > capacity ? -1 : Math.ceil((need - parts) / refill);
    });
    const allowed = waits.every((wait) => wait === 0);
    if (allowed && !dryRun) {
      for (const [key, bucket] of looked) {
        bucket.parts -= bucket.need;
        this.levels.set(key, { parts: bucket.parts, at });
      }
    }
    const states = charges.flatMap(({ key, limit }, index) => {
      const bucket = looked.get(key);
      if (bucket === undefined) return [];
      const full = Math.ceil((bucket.capacity - bucket.parts) / bucket.refill);
      return [stateOf(limit, bucket.parts, waits[index] ?? 0, full)];
    });
    return { allowed, replayed: false, states };
  }

  private look(key: string, limit: BucketLimit, at: number): LookedAt {
    const { capacity, refill, partsPerToken } = partsOf(limit);
    const before = this.levels.get(key);
    const parts = before ? Math.min(capacity, before.parts + (at - before.at) * refill) : capacity;
    return { capacity, refill, partsPerToken, parts, need: 0 };
  }
}
