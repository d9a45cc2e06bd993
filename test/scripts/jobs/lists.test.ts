import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  readListScript,
  readSetScript,
  registerTenantScript,
  retireTenantScript,
} from '../../../src/features/jobs/jobs.scripts.js';
import type { Script } from '../../../src/redis/script.js';
import { Random, seedOfRun } from '../../support/random.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';

const ROUNDS = 60;
const SEED = seedOfRun();

let redis: TestRedis;
let client: Redis;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

beforeEach(async () => {
  await client.flushall();
});

async function run<Result>(
  script: Script<string, string, Result>,
  args: Readonly<Record<string, string | number>>,
  rest: readonly string[] = [],
): Promise<Result> {
  const values = script.args.map((name) => args[name] ?? '');
  return script.decode(await client.eval(script.source, 1, 'jobs', ...values, ...rest));
}

const list = (limit: number, next = '', ...after: string[]) =>
  run(readListScript, { limit, depth: 10, next }, after);
const set = (id: string, score: string, limit: number, order: 'asc' | 'desc') =>
  run(readSetScript, { id, score, limit, order });

describe('read-list', () => {
  it('pages from the job that is taken next to the one that came last', async () => {
    for (let length = 0; length <= 7; length++) {
      await client.del('jobs');
      const ids = Array.from({ length }, (_each, n) => `job-${n}`);
      for (const id of ids) await client.lpush('jobs', id);
      for (let limit = 1; limit <= 8; limit++) {
        const found: string[] = [];
        for (let page = await list(limit); page !== undefined && page.length > 0;) {
          expect(page.length).toBeLessThanOrEqual(limit);
          found.push(...page);
          page = await list(limit, '', found.at(-1) ?? '');
        }
        expect(found).toEqual(ids);
      }
    }
  });

  it(`goes on where it was, by whatever is left of the jobs that were there (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      await client.del('jobs');
      const ids = Array.from({ length: 2 + random.below(12) }, (_each, n) => `job-${n}`);
      for (const id of ids) await client.lpush('jobs', id);
      // Between the job before it and the one at it.
      const place = 1 + random.below(ids.length - 1);
      const next = ids[place] ?? '';
      const after = ids.slice(Math.max(0, place - 4), place).reverse();
      const gone = new Set(ids.filter(() => random.chance(0.4)));
      for (const id of gone) await client.lrem('jobs', 1, id);
      const isLeft = (id: string) => !gone.has(id);
      const marks = [next, ...after].filter(isLeft);
      const isKnown = marks.length > 0 || gone.size === ids.length;
      const wanted = isKnown ? ids.slice(place).filter(isLeft) : undefined;
      expect(await list(100, next, ...after), JSON.stringify({ ids, place, gone: [...gone] })).toEqual(
        wanted,
      );
    }
  });

  it('looks for its place no farther than that can be', async () => {
    // More than are looked at beyond the depth.
    const others = Array.from({ length: 1200 }, (_each, n) => `other-${n}`);
    await client.lpush('jobs', 'a', ...others, 'b');
    expect(await list(1, '', 'a')).toEqual(['other-0']);
    // It was taken, and came back behind all the others.
    expect(await list(1, '', 'b')).toBeUndefined();
    expect(await run(readListScript, { limit: 1, depth: 1000, next: 'b' })).toEqual(['b']);
  });

  it('skips nothing when one of the two jobs at its place has come to the end of the list', async () => {
    for (const moved of ['b', 'c']) {
      await client.del('jobs');
      for (const id of ['a', 'b', 'c', 'd', 'e']) await client.lpush('jobs', id);
      await client.lrem('jobs', 1, moved);
      await client.lpush('jobs', moved);
      const rest = ['c', 'd', 'e'].filter((id) => id !== moved);
      expect(await list(100, 'c', 'b', 'a')).toEqual([...rest, moved]);
    }
  });
});

describe('read-set', () => {
  it(`pages through random sets in both orders, whatever leaves meanwhile (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      await client.del('jobs');
      // Few scores, so that many jobs share one; as large as BullMQ makes them.
      const rows = Array.from({ length: 1 + random.below(40) }, (_each, n) => ({
        id: `job-${String(n).padStart(2, '0')}`,
        score: (1_800_000_000_000 + random.below(4)) * 4096,
      }));
      for (const { id, score } of rows) await client.zadd('jobs', score, id);
      const order = random.chance(0.5) ? 'asc' : 'desc';
      rows.sort((a, b) => a.score - b.score || (a.id < b.id ? -1 : 1));
      if (order === 'desc') rows.reverse();
      const limit = 1 + random.below(7);
      const found: string[] = [];
      const left = new Set<string>();
      for (let page = await set('', '', limit, order); page.length > 0;) {
        expect(page.length).toBeLessThanOrEqual(limit);
        found.push(...page.map(({ id }) => id));
        const last = page.at(-1);
        if (random.chance(0.3) && last !== undefined) {
          await client.zrem('jobs', last.id);
          left.add(last.id);
        }
        page = await set(last?.id ?? '', String(last?.score), limit, order);
      }
      expect(found).toEqual(rows.map(({ id }) => id));
    }
  });
});

describe('the tenants', () => {
  it('are forgotten only once nobody relies on their registration', async () => {
    await run(registerTenantScript, { tenant: 'acme' });
    expect(await run(retireTenantScript, { tenant: 'acme', idleMs: 60_000 })).toBe(false);
    const registered = Number(await client.zscore('jobs', 'acme'));
    await client.zadd('jobs', registered - 60_001, 'acme');
    expect(await run(retireTenantScript, { tenant: 'acme', idleMs: 60_000 })).toBe(true);
    expect(await client.zcard('jobs')).toBe(0);
    expect(await run(retireTenantScript, { tenant: 'acme', idleMs: 0 })).toBe(false);
    await run(registerTenantScript, { tenant: 'acme' });
    expect(await client.zrange('jobs', 0, -1)).toEqual(['acme']);
  });
});
