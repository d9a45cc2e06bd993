import { describe, expect, it } from 'vitest';
import { BucketModel } from '../../../test/support/bucket-model.js';
import { Random, seedOfRun } from '../../../test/support/random.js';
import { LocalBuckets } from './local-buckets.js';
import type { BucketCharge } from './token-buckets.js';
import type { BucketLimit } from './token-bucket.js';

const SEED = seedOfRun();
const SEQUENCES = 2000;
const STEPS = 12;

/** Buckets by a clock that the test sets. */
class ClockedBuckets extends LocalBuckets {
  micros = 0;
  // Half a microsecond keeps the division from rounding down to the one before.
  protected override readonly clock = () => (this.micros + 0.5) / 1000;
}

const chargeOn = (key: string, limit: BucketLimit, cost: number): BucketCharge => ({
  key,
  operationKey: key,
  limit,
  cost,
});

/** How often `buckets` and exact arithmetic disagree in one random sequence. */
function divergences(buckets: ClockedBuckets, random: Random): number {
  const start = buckets.micros;
  const limits = Array.from({ length: 1 + random.below(3) }, () => ({
    capacity: 1 + random.below(50),
    refillTokens: 1 + random.below(20),
    refillIntervalMs: 1 + random.below(3000),
  }));
  const models = limits.map(
    ({ capacity, refillTokens, refillIntervalMs }) =>
      new BucketModel(
        BigInt(capacity),
        BigInt(refillTokens),
        BigInt(refillIntervalMs) * 1000n,
        BigInt(start),
      ),
  );
  let found = 0;
  for (let step = 0; step < STEPS; step++) {
    buckets.micros += random.below(random.chance(0.5) ? 5000 : 4_000_000);
    const now = BigInt(buckets.micros);
    const costs = limits.map(({ capacity }) => random.below(capacity + 3));
    const dryRun = random.chance(0.2);
    const { allowed, states } = buckets.take(
      limits.map((limit, at) => chargeOn(`${start}:${at}`, limit, costs[at] ?? 0)),
      dryRun,
    );
    const holds = models.map((model, at) => model.holds(BigInt(costs[at] ?? 0), now));
    const expected = holds.every(Boolean);
    if (allowed !== expected) found++;
    for (const [at, model] of models.entries()) {
      if (states[at]?.allowed !== holds[at]) found++;
      if (expected && !dryRun) model.take(BigInt(costs[at] ?? 0), now);
      if (states[at]?.remaining !== model.remaining(now)) found++;
    }
  }
  return found;
}

function divergencesOfRun(buckets: ClockedBuckets): number {
  const random = new Random(SEED);
  let found = 0;
  for (let sequence = 0; sequence < SEQUENCES; sequence++) {
    buckets.micros += 1_000_000;
    found += divergences(buckets, random);
  }
  return found;
}

describe('buckets of one node', () => {
  it(`agree with exact arithmetic in ${SEQUENCES} random sequences (seed ${SEED})`, () => {
    const found = divergencesOfRun(new ClockedBuckets());
    expect(found).toBe(0);
  });

  it('would be found to disagree if their clock had whole milliseconds alone', () => {
    class RoundedBuckets extends ClockedBuckets {
      protected override readonly clock = () => Math.floor(this.micros / 1000);
    }
    expect(divergencesOfRun(new RoundedBuckets())).toBeGreaterThan(0);
  });

  const two = { capacity: 10, refillTokens: 1, refillIntervalMs: 1000 };

  it('hold the costs together of a bucket that is charged twice at once', () => {
    const buckets = new ClockedBuckets();
    const refused = buckets.take([chargeOn('a', two, 6), chargeOn('a', two, 6)]);
    expect(refused.allowed).toBe(false);
    expect(
      refused.states.map(({ allowed, remaining, retryAfterMs }) => [allowed, remaining, retryAfterMs]),
    ).toEqual([
      [true, 10, 0],
      [false, 10, null],
    ]);
    const taken = buckets.take([chargeOn('a', two, 6), chargeOn('a', two, 4)]);
    expect(taken.allowed).toBe(true);
    expect(taken.states.map(({ remaining }) => remaining)).toEqual([0, 0]);
    expect(buckets.take([chargeOn('a', two, 1)])).toMatchObject({
      allowed: false,
      states: [{ retryAfterMs: 1000 }],
    });
  });

  it('take nothing on a dry run', () => {
    const buckets = new ClockedBuckets();
    for (let count = 0; count < 3; count++) {
      expect(buckets.take([chargeOn('a', two, 10)], true)).toMatchObject({
        allowed: true,
        states: [{ remaining: 10 }],
      });
    }
  });
});
