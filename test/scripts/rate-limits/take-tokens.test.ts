import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definedScripts } from '../../../src/redis/script.js';
import { isCountable, partsOf } from '../../../src/transport/rate-limiting/token-bucket.js';
import '../../../src/transport/rate-limiting/token-buckets.js';
import { BucketModel } from '../../support/bucket-model.js';
import { Random, seedOfRun } from '../../support/random.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';

const SEQUENCES = 10_000;
const STEPS = 8;
const CLOCK = 'clock';
const SEED = seedOfRun();

let redis: TestRedis;
let client: Redis;
/** The real script, but the time comes from a key that the test sets, and buckets do not expire. */
let scriptWithClock: string;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url, { enableAutoPipelining: true });
  const source = definedScripts.find(({ file }) => file.pathname.endsWith('take-tokens.lua'))?.source ?? '';
  scriptWithClock = source.replace("redis.call('TIME')", `cjson.decode(redis.call('GET', '${CLOCK}'))`);
  expect(scriptWithClock).not.toBe(source);
  // The test's clock runs apart from the one by which Redis lets keys expire.
  const lasting = scriptWithClock.replace(", 'PX', digits(ttl)", '');
  expect(lasting).not.toBe(scriptWithClock);
  scriptWithClock = lasting;
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

interface Step {
  readonly mode: 'take' | 'peek' | 'refund';
  readonly at: bigint;
  readonly costs: readonly number[];
}

interface Sequence {
  readonly limits: readonly { capacity: number; refillTokens: number; refillIntervalMs: number }[];
  readonly steps: readonly Step[];
}

function drawSequence(random: Random): Sequence {
  const limits = Array.from({ length: 1 + random.below(3) }, () => ({
    capacity: 1 + random.below(50),
    refillTokens: 1 + random.below(20),
    refillIntervalMs: 1 + random.below(3000),
  }));
  let at = BigInt(1_700_000_000_000_000) + BigInt(random.below(1_000_000 + 1));
  const steps = Array.from({ length: STEPS }, () => {
    at += BigInt(random.chance(0.5) ? random.below(5000 + 1) : random.below(4_000_000 + 1));
    const mode = random.pick(['take', 'take', 'take', 'peek', 'refund'] as const);
    return { mode, at, costs: limits.map(({ capacity }) => random.below(capacity + 2 + 1)) };
  });
  return { limits, steps };
}

/** How often the script and the model disagree in one sequence. */
async function divergences(name: string, { limits, steps }: Sequence): Promise<number> {
  const start = steps[0]?.at ?? 0n;
  const models = limits.map(
    ({ capacity, refillTokens, refillIntervalMs }) =>
      new BucketModel(BigInt(capacity), BigInt(refillTokens), BigInt(refillIntervalMs) * 1000n, start),
  );
  const keys = limits.map((_limit, at) => `${name}:${at}`);
  let found = 0;
  for (const { mode, at, costs } of steps) {
    const clock = JSON.stringify([String(at / 1_000_000n), String(at % 1_000_000n)]);
    const values = limits.flatMap((limit, index) => {
      const { capacity, refill, partsPerToken } = partsOf(limit);
      return [capacity, refill, (costs[index] ?? 0) * partsPerToken];
    });
    const [, reply] = await Promise.all([
      client.set(CLOCK, clock),
      client.eval(scriptWithClock, keys.length + 1, 'none', ...keys, mode, '', 0, ...values),
    ]);
    const [, allowed, states] = reply as [string, number, string[]];
    const holds = models.map((model, index) => model.holds(BigInt(costs[index] ?? 0), at));
    const expected = mode === 'refund' || holds.every(Boolean);
    if ((allowed === 1) !== expected) found++;
    for (const [index, model] of models.entries()) {
      const cost = BigInt(costs[index] ?? 0);
      if (mode === 'take' && expected) model.take(cost, at);
      if (mode === 'refund') model.take(-cost, at);
      const limit = limits[index];
      const level = Number(states[3 * index]);
      if (limit && Math.floor(level / partsOf(limit).partsPerToken) !== model.remaining(at)) found++;
      const isPossible = Number(states[3 * index + 1]) === 0;
      if (mode !== 'refund' && isPossible !== holds[index]) found++;
    }
  }
  return found;
}

describe('take-tokens', () => {
  it(`agrees with exact arithmetic in ${SEQUENCES} random sequences`, async () => {
    const random = new Random(SEED);
    let found = 0;
    for (let sequence = 0; sequence < SEQUENCES; sequence++) {
      found += await divergences(`s${sequence}`, drawSequence(random));
    }
    console.info(`${found} divergences in ${SEQUENCES} sequences of ${STEPS} steps (seed ${SEED})`);
    expect(found).toBe(0);
  }, 240_000);

  it('catches a script that refills once a second', async () => {
    const rounding = scriptWithClock.replace(
      'bucket.level + (till - bucket.at) * bucket.refill',
      'bucket.level + math.floor((till - bucket.at) / 1000000) * 1000000 * bucket.refill',
    );
    expect(rounding).not.toBe(scriptWithClock);
    const right = scriptWithClock;
    scriptWithClock = rounding;
    try {
      const random = new Random(SEED);
      let found = 0;
      for (let sequence = 0; sequence < 200; sequence++) {
        found += await divergences(`r${sequence}`, drawSequence(random));
      }
      expect(found).toBeGreaterThan(0);
    } finally {
      scriptWithClock = right;
    }
  });

  it('refills nothing while a clock that was set back has not caught up', async () => {
    const run = async (micros: number, cost: number) => {
      await client.set(CLOCK, JSON.stringify([String(Math.floor(micros / 1e6)), String(micros % 1e6)]));
      const limits = [1000, 1, cost * 1000];
      const reply = await client.eval(scriptWithClock, 2, 'none', 'back', 'take', '', 0, ...limits);
      return (reply as [string, number])[1];
    };
    const noon = 1_700_000_000_000_000;
    expect(await run(noon, 1)).toBe(1);
    expect(await run(noon - 3_600_000_000, 1)).toBe(0);
    expect(await run(noon + 500, 1)).toBe(0);
    expect(await run(noon + 1000, 1)).toBe(1);
  });

  it('knows which limits it can count exactly', () => {
    expect(isCountable({ capacity: 1_000_000, refillTokens: 1000, refillIntervalMs: 1000 })).toBe(true);
    expect(isCountable({ capacity: 1_000_000_000, refillTokens: 7, refillIntervalMs: 31 * 86_400_000 })).toBe(
      false,
    );
  });
});
