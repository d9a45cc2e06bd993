import calculateSlot from 'cluster-key-slot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { newKey } from '../access/credentials.js';
import { expectProblem } from '../../support/problem.js';
import { POLICIES, TEN, TenBuckets } from './ten-buckets.js';

let topology: Topology;
let service: TestService;
let ten: TenBuckets;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  ten = new TenBuckets(service.admin);
  await service.admin.put(`${POLICIES}/ten`, TEN);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

describe('a consumption from several buckets', () => {
  /** Buckets of the tenant default whose slots differ; on a cluster they lie on different masters too. */
  const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

  it('takes from all of up to 8, whose slots differ', async () => {
    const slots = keys.map((key) => calculateSlot(`{rate-limits:ten/${key}}`));
    expect(new Set(slots.map((slot) => Math.min(2, Math.floor(slot / 5461)))).size).toBe(3);
    const { status, body } = await ten.consumeAll(keys.map((key, at) => ({ key, cost: at + 1 })));
    expect([status, body.allowed, body.retryAfterMs]).toEqual([200, true, 0]);
    expect(
      (body.results as { allowed: boolean; remaining: number }[]).map((result) => result.remaining),
    ).toEqual([9, 8, 7, 6, 5, 4, 3, 2]);
    expect(body.results[7]).toMatchObject({ policy: 'ten', key: 'h', allowed: true, limit: 10 });
  });

  it.each([0, 3, 7])('takes from none if check %i is refused', async (empty) => {
    const checks = keys.map((key) => ({ key: `none-${empty}-${key}`, cost: 2 }));
    await ten.consume({ key: checks[empty]?.key, cost: 9 });
    const { status, body } = await ten.consumeAll(checks);
    expect([status, body.allowed]).toEqual([200, false]);
    expect(body.retryAfterMs).toBeGreaterThan(0);
    const stands = keys.map((_key, at) => [at !== empty, at === empty ? 1 : 10]);
    expect(
      (body.results as { allowed: boolean; remaining: number }[]).map((result) => [
        result.allowed,
        result.remaining,
      ]),
    ).toEqual(stands);
    for (const [at, { key }] of checks.entries()) expect(await ten.drained(key)).toBe(at === empty ? 1 : 10);
  });

  it('names the bad fields of each check, and takes from none', async () => {
    const { status, body } = await ten.client.post(`${POLICIES}/consume`, {
      checks: [
        { policy: 'ten', key: 'named' },
        { policy: 'a b', key: 5 },
        { policy: 'ten', key: 'named', cost: -1 },
        { policy: 'ten', key: 'named', dryRun: true },
        null,
      ],
    });
    expect([status, body.code]).toEqual([422, 'request.invalid']);
    const pointers = (body.errors as { pointer: string }[]).map(({ pointer }) => pointer);
    const wanted = ['1/policy', '1/key', '2/cost', '3/dryRun', '4'];
    expect(pointers).toEqual(wanted.map((each) => `/checks/${each}`));
    expect(await ten.drained('named')).toBe(10);
  });

  it('tells the longest wait, or none if one can never be', async () => {
    const [one, two, never] = ['wait-1', 'wait-2', 'wait-3'];
    for (const key of [one, two]) await ten.consume({ key, cost: 10 });
    const waits = await ten.consumeAll([{ key: one ?? '' }, { key: two ?? '', cost: 2 }]);
    expect(waits.body.retryAfterMs).toBe(waits.body.results[1].retryAfterMs);
    expect(waits.body.retryAfterMs).toBeGreaterThan(waits.body.results[0].retryAfterMs);
    const forever = await ten.consumeAll([{ key: one ?? '' }, { key: never ?? '', cost: 11 }]);
    expect(forever.body).toMatchObject({ allowed: false, retryAfterMs: null });
  });

  it('adds up what it takes from one bucket', async () => {
    const twice = (cost: number) =>
      ten.consumeAll([{ key: 'twice', cost: 6 }, { key: 'twice-other' }, { key: 'twice', cost }]);
    const refused = (await twice(5)).body;
    expect(refused).toMatchObject({ allowed: false, retryAfterMs: null });
    expect(refused.results).toMatchObject([
      { allowed: true, remaining: 10 },
      { allowed: true, remaining: 10 },
      { allowed: false, remaining: 10 },
    ]);
    const taken = (await twice(3)).body;
    expect(taken.allowed).toBe(true);
    expect(taken.results).toMatchObject([{ remaining: 1 }, { remaining: 9 }, { remaining: 1 }]);
    expect([await ten.drained('twice'), await ten.drained('twice-other')]).toEqual([1, 9]);
  });

  it('never admits too much when many with common buckets come at once', async () => {
    const rounds = Array.from({ length: 40 }, (_, at) =>
      ten.consumeAll([{ key: 'common-1' }, { key: `common-${2 + (at % 2)}` }, { key: 'common-1' }]),
    );
    const admitted = (await Promise.all(rounds)).filter(({ body }) => body.allowed === true).length;
    expect(admitted).toBeLessThanOrEqual(5);
    expect(await ten.drained('common-1')).toBe(10 - 2 * admitted);
    const others = (await ten.drained('common-2')) + (await ten.drained('common-3'));
    expect(others).toBe(20 - admitted);
  });

  it('is refused where one policy is unknown, and takes nothing', async () => {
    const answer = await ten.consumeAll([{ key: 'unknown' }, { policy: 'none', key: 'unknown' }]);
    expectProblem(answer, 404, 'rate-limits.policy-not-found');
    expect(await ten.drained('unknown')).toBe(10);
  });
});

describe('a credential that is limited by a glob', () => {
  it('consumes inside of it and not outside', async () => {
    await service.admin.put(`${POLICIES}/own.a`, TEN);
    const permissions = ['rate-limits:write:own.*'];
    const limited = service.as((await newKey(service.admin, { roles: [], permissions })).secret);
    expect((await limited.post(`${POLICIES}/own.a/consume`, { key: 'globbed' })).status).toBe(200);
    expectProblem(await new TenBuckets(limited).consume({ key: 'globbed' }), 403, 'access.forbidden');
    expect(
      (await new TenBuckets(limited).consumeAll([{ policy: 'own.a', key: 'globbed' }])).body.allowed,
    ).toBe(true);
    const mixed = await new TenBuckets(limited).consumeAll([
      { policy: 'own.a', key: 'globbed' },
      { key: 'globbed' },
    ]);
    expectProblem(mixed, 403, 'access.forbidden');
    expect(mixed.body.permission).toBe('rate-limits:write');
    // It does not learn either whether there is such a policy.
    expectProblem(
      await new TenBuckets(limited).consumeAll([{ policy: 'none', key: 'globbed' }]),
      403,
      'access.forbidden',
    );
    expect(
      (await service.admin.post(`${POLICIES}/own.a/consume`, { key: 'globbed', cost: 0 })).body.remaining,
    ).toBe(8);
    expect(await ten.drained('globbed')).toBe(10);
  });
});
