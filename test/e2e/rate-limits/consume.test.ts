import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newKey } from '../access/credentials.js';
import { expectProblem } from '../../support/problem.js';
import { POLICIES, TEN, TenBuckets } from './ten-buckets.js';

let topology: Topology;
let service: TestService;
let messages: MessageClient;
let ten: TenBuckets;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
  ten = new TenBuckets(service.admin);
  await service.admin.put(`${POLICIES}/ten`, TEN);
});

afterAll(async () => {
  await messages?.close();
  await service?.stop();
  await topology?.stop();
});

describe('a consumption', () => {
  it('takes tokens until the bucket is empty, and again when some came back', async () => {
    await service.admin.put(`${POLICIES}/quick`, { capacity: 3, refillTokens: 1, refillIntervalMs: 400 });
    const take = (dryRun: boolean) => service.admin.post(`${POLICIES}/quick/consume`, { key: 'a', dryRun });
    const first = await take(false);
    expect([first.status, first.body]).toEqual([
      200,
      { allowed: true, remaining: 2, limit: 3, retryAfterMs: 0, resetMs: 400 },
    ]);
    const refused = await waitUntil('the bucket is empty', async () => {
      const { status, body } = await take(false);
      expect(status).toBe(200);
      return body.allowed === false ? (body as { retryAfterMs: number; resetMs: number }) : undefined;
    });
    expect(refused).toMatchObject({ remaining: 0, limit: 3 });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(400);
    expect(refused.resetMs).toBeGreaterThan(800);
    await waitUntil('a token is back', async () => (await take(true)).body.allowed === true);
    expect((await take(false)).body.allowed).toBe(true);
  });

  it('of more than the bucket can ever hold is refused without a time', async () => {
    const { status, body } = await ten.consume({ key: 'huge', cost: 11 });
    expect([status, body]).toEqual([
      200,
      { allowed: false, remaining: 10, limit: 10, retryAfterMs: null, resetMs: 0 },
    ]);
    expect(await ten.drained('huge')).toBe(10);
  });

  it('of nothing is allowed, also by an empty bucket', async () => {
    expect((await ten.consume({ key: 'nothing', cost: 0 })).body).toMatchObject({
      allowed: true,
      remaining: 10,
    });
    expect((await ten.consume({ key: 'nothing', cost: 10 })).body).toMatchObject({
      allowed: true,
      remaining: 0,
    });
    expect((await ten.consume({ key: 'nothing', cost: 0 })).body).toMatchObject({
      allowed: true,
      remaining: 0,
    });
  });

  it('on a dry run says what would be and takes nothing', async () => {
    for (let count = 0; count < 3; count++) {
      const { body } = await ten.consume({ key: 'dry', cost: 10, dryRun: true });
      expect(body).toEqual({ allowed: true, remaining: 10, limit: 10, retryAfterMs: 0, resetMs: 0 });
    }
    await ten.consume({ key: 'dry', cost: 4 });
    const { body } = await ten.consume({ key: 'dry', cost: 7, dryRun: true });
    expect(body).toMatchObject({ allowed: false, remaining: 6 });
    expect(await ten.drained('dry')).toBe(6);
  });

  it('is never admitted beyond the capacity, however many come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => ten.consume({ key: 'crowd' })));
    expect(answers.filter(({ body }) => body.allowed === true)).toHaveLength(10);
  });

  it.each([
    '@nestjs/core',
    'é'.repeat(128),
    '名前 😀',
    'a}:{b',
    '%7D',
    '../..',
    '__proto__',
    ' ',
    'a/b?c#d',
    '\u00e9',
    'e\u0301',
  ])('has a bucket for the key %j alone', async (key) => {
    await ten.consume({ key, cost: 3 });
    expect((await ten.consume({ key, cost: 0 })).body.remaining).toBe(7);
  });

  it('does not touch the bucket of another key, policy or tenant', async () => {
    const tenants = await Promise.all(
      [0, 1].map(async () => {
        const tenant = `t-${randomUUID()}`;
        return service.as((await newKey(service.admin, { tenant, roles: ['admin'] })).secret);
      }),
    );
    for (const client of tenants) {
      for (const name of ['ten', 'other']) await client.put(`${POLICIES}/${name}`, TEN);
    }
    const [one = service.admin, two = service.admin] = tenants;
    expect(await new TenBuckets(one).drained('k')).toBe(10);
    expect((await new TenBuckets(one).consume({ key: 'K' })).body.remaining).toBe(9);
    expect((await one.post(`${POLICIES}/other/consume`, { key: 'k' })).body.remaining).toBe(9);
    expect(await new TenBuckets(two).drained('k')).toBe(10);
  });

  it('goes by the policy as it is now', async () => {
    const path = `${POLICIES}/changing`;
    await service.admin.put(path, TEN);
    const take = async () => (await service.admin.post(`${path}/consume`, { key: 'a' })).body as object;
    expect(await take()).toMatchObject({ remaining: 9, limit: 10 });
    await service.admin.put(path, { ...TEN, capacity: 5 });
    expect(await take()).toMatchObject({ remaining: 4, limit: 5 });
    await service.admin.delete(path);
    expectProblem(
      await service.admin.post(`${path}/consume`, { key: 'a' }),
      404,
      'rate-limits.policy-not-found',
    );
  });

  it('is the same over messages', async () => {
    const first = await messages.send('rate-limits.buckets.consume', { policy: 'ten', key: 'm', cost: 4 });
    expect(first).toMatchObject({ allowed: true, remaining: 6, limit: 10, retryAfterMs: 0 });
    const dry = { policy: 'ten', key: 'm', dryRun: true };
    expect(await messages.send('rate-limits.buckets.consume', dry)).toMatchObject({ remaining: 6 });
    const checks = [{ policy: 'ten', key: 'm', cost: 7 }];
    const all = await messages.send('rate-limits.buckets.consume-all', { checks });
    expect(all).toMatchObject({ allowed: false, results: [{ policy: 'ten', key: 'm', remaining: 6 }] });
    expect((await ten.consume({ key: 'm', cost: 0 })).body.remaining).toBe(6);
    await expect(
      messages.send('rate-limits.buckets.consume', { policy: 'none', key: 'm' }),
    ).rejects.toMatchObject({ status: 404, code: 'rate-limits.policy-not-found' });
    const keyed = () =>
      messages.send('rate-limits.buckets.consume', { policy: 'ten', key: 'mk' }, { idempotencyKey: 'one' });
    expect(await keyed()).toEqual(await keyed());
    expect((await ten.consume({ key: 'mk', cost: 0 })).body.remaining).toBe(9);
  });
});

describe('a keyed consumption', () => {
  it('that is sent twice takes once and is answered the same', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const first = await ten.consume({ key: 'keyed', cost: 4 }, key);
    const second = await ten.consume({ key: 'keyed', cost: 4 }, key);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.body).toEqual(first.body);
    expectProblem(await ten.consume({ key: 'keyed', cost: 5 }, key), 422, 'idempotency.key-reused');
    expect(await ten.drained('keyed')).toBe(6);
  });

  it('takes once when many copies come at once', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 20 }, () => ten.consume({ key: 'copies' }, key)));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect(await ten.drained('copies')).toBe(9);
  });

  it.each([
    ['allowed', [3, 3, 3]],
    ['refused by the first', [11, 3, 3]],
    ['refused by the last', [3, 3, 11]],
  ])('of several buckets that was %s is replayed as it was', async (what, costs) => {
    const header = { 'idempotency-key': randomUUID() };
    const checks = costs.map((cost, at) => ({ key: `${what}-${at}`, cost }));
    const first = await ten.consumeAll(checks, header);
    expect(first.body.allowed).toBe(what === 'allowed');
    // What happened meanwhile changes nothing about the answer.
    for (const { key } of checks) await ten.consume({ key });
    const second = await ten.consumeAll(checks, header);
    expect([second.body, second.headers.get('idempotency-replayed')]).toEqual([first.body, 'true']);
    const left = first.body.allowed === true ? 6 : 9;
    for (const { key } of checks) expect(await ten.drained(key)).toBe(left);
    expectProblem(await ten.consumeAll([...checks].reverse(), header), 422, 'idempotency.key-reused');
  });
});
