import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { asList, asNumber } from '../../redis/decode.js';
import { defineScript } from '../../redis/script.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { isLeasable, LeasedBucket } from './lease.js';
import { type BucketState, partsOf } from './token-bucket.js';
import type { BucketCharge } from './token-buckets.js';

const leaseTokensScript = defineScript({
  file: new URL('./scripts/lease-tokens.lua', import.meta.url),
  keys: ['bucket'],
  args: ['capacity', 'refill', 'token', 'wanted'],
  rest: 'finished',
  decode: (reply) => {
    const [tokens, level, epoch] = asList(reply);
    return { tokens: asNumber(tokens), level: asNumber(level), epoch: asNumber(epoch) };
  },
});

/** A limiter that is slower than this is no help; the node's own buckets decide instead. */
export const LIMITER_TIMEOUT_MS = 250;
const SWEEP_MS = 100;

/** A bucket, and who waits for Redis to lease more of it. */
interface Held {
  readonly key: string;
  readonly bucket: LeasedBucket;
  asking: Promise<void> | undefined;
  waiting: number;
}

/**
 * Tokens of large buckets that Redis leases to this node in small chunks, spent without asking it again. All nodes
 * together never admit more than the bucket: what is leased is taken from it, keeps its room until the lease ends,
 * and comes back if it was not spent.
 */
@Injectable()
export class LeasedBuckets implements BeforeApplicationShutdown {
  private readonly held = new Map<string, Held>();
  private readonly sweeps = setInterval(() => this.sweep(), SWEEP_MS).unref();

  constructor(private readonly scripts: ScriptRunner) {}

  /** Spends leased tokens for all of `charges`; undefined, and nothing is spent, if for one of them there are too few. */
  spend(charges: readonly BucketCharge[]): BucketState[] | undefined {
    const now = performance.now();
    const found: Held[] = [];
    for (const { key, cost } of charges) {
      const held = this.held.get(key);
      if (held === undefined || held.bucket.left(now) < cost) return undefined;
      found.push(held);
    }
    return found.map((held, at) => {
      held.bucket.spend(charges[at]?.cost ?? 0, now);
      // Nobody waits for this one: whoever finds too little asks again, and is told what went wrong.
      if (held.asking === undefined && held.bucket.isLow(now)) this.ask(held).catch(() => undefined);
      return held.bucket.state(now);
    });
  }

  /**
   * Asks Redis for what is missing for `charges`, together with whoever else waits for it.
   * @returns their states if all were spent; undefined if one of the buckets is not for leasing, or too low
   * @throws AppError `redis.unavailable` or `redis.outcome-unknown`
   */
  async acquire(charges: readonly BucketCharge[]): Promise<BucketState[] | undefined> {
    if (!charges.every(({ limit }) => isLeasable(limit))) return undefined;
    for (const charge of charges) await this.ensure(charge);
    return this.spend(charges);
  }

  private async ensure({ key, limit, cost }: BucketCharge): Promise<void> {
    const held = this.held.get(key) ?? {
      key,
      bucket: new LeasedBucket(limit),
      asking: undefined,
      waiting: 0,
    };
    this.held.set(key, held);
    if (held.bucket.left(performance.now()) >= cost) return;
    held.waiting += cost;
    try {
      // A lease that is under way was asked for before this request came, and may be too small for it.
      if (held.asking) await held.asking;
      if (held.bucket.left(performance.now()) < cost) await this.ask(held);
    } finally {
      held.waiting -= cost;
    }
  }

  private ask(held: Held): Promise<void> {
    held.asking ??= this.lease(held).finally(() => {
      held.asking = undefined;
    });
    return held.asking;
  }

  private async lease(held: Held): Promise<void> {
    const { bucket } = held;
    const askedAt = performance.now();
    const { tokens, level, epoch } = await this.run(held, bucket.wanted(held.waiting, askedAt));
    bucket.add({ tokens, epoch, askedAt }, Math.floor(level / partsOf(bucket.limit).partsPerToken));
  }

  private run({ key, bucket }: Held, wanted: number) {
    const { capacity, refill, partsPerToken: token } = partsOf(bucket.limit);
    return this.scripts.run(leaseTokensScript, {
      keys: { bucket: key },
      args: { capacity, refill, token, wanted },
      rest: bucket.takeFinished().flatMap(({ epoch, spent, unspent }) => [epoch, spent, unspent]),
      repeatable: false,
      timeoutMs: LIMITER_TIMEOUT_MS,
    });
  }

  /** Returns what nobody spent, and forgets the buckets of which nothing is left. */
  private sweep(): void {
    const now = performance.now();
    for (const held of this.held.values()) {
      if (held.asking !== undefined || held.waiting > 0) continue;
      held.bucket.finishOld(now);
      if (held.bucket.isForgettable) this.held.delete(held.key);
      else if (held.bucket.isQuiet(now)) void this.settle(held);
    }
  }

  /** What cannot be settled is lost to nobody for long: a lease ends in Redis by itself, and frees its room. */
  private async settle(held: Held): Promise<void> {
    if (held.bucket.hasFinished) await this.run(held, 0).catch(() => undefined);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.sweeps);
    await Promise.all(
      [...this.held.values()].map((held) => {
        held.bucket.finishOld(Infinity);
        return this.settle(held);
      }),
    );
  }
}
