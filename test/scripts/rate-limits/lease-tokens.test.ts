import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definedScripts } from '../../../src/redis/script.js';
import { type BucketLimit, partsOf } from '../../../src/transport/rate-limiting/token-bucket.js';
import '../../../src/transport/rate-limiting/leased-buckets.js';
import '../../../src/transport/rate-limiting/token-buckets.js';
import { BucketModel } from '../../support/bucket-model.js';
import { Random, seedOfRun } from '../../support/random.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';

const SEED = seedOfRun();
const SEQUENCES = 600;
const STEPS = 40;
const CLOCK = 'clock';
const LEASE_MICROS = 1_000_000;

let redis: TestRedis;
let client: Redis;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url, { enableAutoPipelining: true });
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

/** A script whose time comes from a key that the test sets, and whose buckets do not expire. */
function withClock(name: string): string {
  const source = definedScripts.find(({ file }) => file.pathname.endsWith(name))?.source ?? '';
  const changed = source
    .replace("redis.call('TIME')", `cjson.decode(redis.call('GET', '${CLOCK}'))`)
    .replace(", 'PX', digits(ttl)", '');
  expect(changed.length).toBeLessThan(source.length + 20);
  return changed;
}

const scripts = () => ({ take: withClock('take-tokens.lua'), lease: withClock('lease-tokens.lua') });

async function evaluate(script: string, at: number, keys: string[], args: (string | number)[]) {
  const clock = JSON.stringify([String(Math.floor(at / 1e6)), String(at % 1e6)]);
  const [, reply] = await Promise.all([
    client.set(CLOCK, clock),
    client.eval(script, keys.length, ...keys, ...args),
  ]);
  return reply;
}

interface Admission {
  readonly at: number;
  readonly tokens: number;
}

interface HeldLease {
  readonly given: number;
  tokens: number;
  readonly epoch: number;
  readonly givenAt: number;
}

/** Every way in which nodes may use one bucket, at random: who is let in, and when. */
async function admissions(
  used: ReturnType<typeof scripts>,
  key: string,
  limit: BucketLimit,
  random: Random,
): Promise<Admission[]> {
  const { capacity, refill, partsPerToken: token } = partsOf(limit);
  const admitted: Admission[] = [];
  let leases: HeldLease[] = [];
  let at = 1_700_000_000_000_000 + random.below(LEASE_MICROS);
  const spend = (lease: HeldLease, tokens: number) => {
    lease.tokens -= tokens;
    if (tokens > 0) admitted.push({ at, tokens });
  };
  /** What a node tells of the leases of which it has spent the last token. */
  const spentLeases = () => {
    const spent = leases.filter(({ tokens }) => tokens === 0);
    leases = leases.filter((lease) => !spent.includes(lease));
    return spent.flatMap(({ epoch, given }) => [epoch, given, 0]);
  };
  for (let step = 0; step < STEPS; step++) {
    // A lease is often spent in the last moment that it holds.
    const [next] = leases;
    const end = next === undefined ? at : next.givenAt + LEASE_MICROS - 1;
    at = random.chance(0.3) ? Math.max(at, end) : at + random.below(random.chance(0.5) ? 5000 : 900_000);
    leases = leases.filter(({ givenAt }) => at - givenAt < LEASE_MICROS);
    const way = random.pick(['take', 'lease', 'lease', 'spend', 'spend', 'return'] as const);
    if (way === 'take') {
      const cost = random.below(limit.capacity + 1);
      const args = ['take', '', 0, capacity, refill, cost * token];
      const [, allowed] = (await evaluate(used.take, at, ['none', key], args)) as [string, number];
      if (allowed === 1) admitted.push({ at, tokens: cost });
    } else if (way === 'lease') {
      const wanted = 1 + random.below(limit.capacity);
      const finished = random.chance(0.5) ? spentLeases() : [];
      const args = [capacity, refill, token, wanted, ...finished];
      const reply = (await evaluate(used.lease, at, [key], args)) as [number, string, string];
      if (reply[0] > 0) {
        leases.push({ given: reply[0], tokens: reply[0], epoch: Number(reply[2]), givenAt: at });
      }
    } else {
      const lease = leases[random.below(leases.length)];
      if (lease === undefined) continue;
      if (way === 'spend') spend(lease, random.below(lease.tokens + 1));
      else {
        leases = leases.filter((each) => each !== lease);
        await evaluate(
          used.lease,
          at,
          [key],
          [...[capacity, refill, token, 0], ...[lease.epoch, lease.given - lease.tokens, lease.tokens]],
        );
      }
    }
    // Sometimes everything that is held goes at once.
    if (random.chance(0.15)) for (const lease of leases) spend(lease, lease.tokens);
  }
  return admitted;
}

/** How many windows of time had more admitted than the bucket holds and gets back in them. */
function excesses(admitted: readonly Admission[], limit: BucketLimit): number {
  let found = 0;
  for (const [from, first] of admitted.entries()) {
    let tokens = 0n;
    for (const { at, tokens: more } of admitted.slice(from)) {
      tokens += BigInt(more);
      const refilled = BigInt(at - first.at) * BigInt(limit.refillTokens);
      const micros = BigInt(limit.refillIntervalMs) * 1000n;
      if (tokens * micros > BigInt(limit.capacity) * micros + refilled) found++;
    }
  }
  return found;
}

const drawLimit = (random: Random): BucketLimit => ({
  capacity: 1 + random.below(60),
  refillTokens: 1 + random.below(40),
  refillIntervalMs: 1 + random.below(1500),
});

async function excessesIn(used: ReturnType<typeof scripts>, name: string, sequences: number) {
  const random = new Random(SEED);
  let [found, admitted] = [0, 0];
  for (let sequence = 0; sequence < sequences; sequence++) {
    const limit = drawLimit(random);
    const all = await admissions(used, `${name}:${sequence}`, limit, random);
    found += excesses(all, limit);
    admitted += all.reduce((sum, { tokens }) => sum + tokens, 0);
  }
  return { found, admitted };
}

describe('leased tokens', () => {
  it(`never let more in than the bucket, in any window of ${SEQUENCES} random sequences`, async () => {
    const { found, admitted } = await excessesIn(scripts(), 'right', SEQUENCES);
    console.info(
      `${found} excesses among ${admitted} admitted tokens in ${SEQUENCES} sequences (seed ${SEED})`,
    );
    expect(admitted).toBeGreaterThan(SEQUENCES * 10);
    expect(found).toBe(0);
  }, 120_000);

  it('are found to let too much in if they do not keep their room in the bucket', async () => {
    const right = scripts();
    const careless = (source: string) =>
      source.replace('local leased = bucket.current + bucket.previous', 'local leased = 0');
    const { found } = await excessesIn(
      { take: careless(right.take), lease: careless(right.lease) },
      'careless',
      60,
    );
    expect(found).toBeGreaterThan(0);
  });

  it('that come back at once leave the bucket exactly as it was', async () => {
    const { take, lease } = scripts();
    const random = new Random(SEED);
    for (let sequence = 0; sequence < 100; sequence++) {
      const limit = drawLimit(random);
      const { capacity, refill, partsPerToken: token } = partsOf(limit);
      let at = 1_700_000_000_000_000;
      const interval = BigInt(limit.refillIntervalMs) * 1000n;
      const model = new BucketModel(BigInt(limit.capacity), BigInt(limit.refillTokens), interval, BigInt(at));
      const key = `back:${sequence}`;
      for (let step = 0; step < 10; step++) {
        at += random.below(1_500_000);
        const wanted = [capacity, refill, token, random.below(limit.capacity + 1)];
        const given = (await evaluate(lease, at, [key], wanted)) as [number, string, string];
        await evaluate(lease, at, [key], [capacity, refill, token, 0, given[2], 0, given[0]]);
        const cost = random.below(limit.capacity + 1);
        const args = ['take', '', 0, capacity, refill, cost * token];
        const taken = (await evaluate(take, at, ['none', key], args)) as [string, number];
        expect(taken[1] === 1).toBe(model.holds(BigInt(cost), BigInt(at)));
        if (taken[1] === 1) model.take(BigInt(cost), BigInt(at));
      }
    }
  });

  it('are no key any more when their leases are over and the bucket is full', async () => {
    const [lease] = definedScripts.filter(({ file }) => file.pathname.endsWith('lease-tokens.lua'));
    const { capacity, refill, partsPerToken } = partsOf({
      capacity: 1000,
      refillTokens: 1000,
      refillIntervalMs: 1000,
    });
    await client.eval(lease?.source ?? '', 1, 'expiring', capacity, refill, partsPerToken, 10);
    const ttl = await client.pttl('expiring');
    expect(ttl).toBeGreaterThan(1000);
    expect(ttl).toBeLessThanOrEqual(2001);
  });
});
