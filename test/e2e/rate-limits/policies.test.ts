import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PolicyStore } from '../../../src/features/rate-limits/rate-limits.policies.js';
import type { ApiClient } from '../../support/api-client.js';
import { MessageClient } from '../../support/message-client.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { newKey } from '../access/credentials.js';
import { expectProblem } from '../../support/problem.js';

const POLICIES = '/v1/rate-limits';
const TEN = { capacity: 10, refillTokens: 1, refillIntervalMs: 1000 };

let topology: Topology;
let service: TestService;
let messages: MessageClient;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
});

afterAll(async () => {
  await messages?.close();
  await service?.stop();
  await topology?.stop();
});

/** A client of a tenant of its own. */
async function newTenant(permissions?: string[]): Promise<ApiClient & { tenant: string }> {
  const tenant = `t-${randomUUID()}`;
  const roles = permissions ? [] : ['admin'];
  const { secret } = await newKey(service.admin, { tenant, roles, ...(permissions ? { permissions } : {}) });
  return Object.assign(service.as(secret), { tenant });
}

/** The names on every page of `limit` policies, and on how many pages they stood. */
async function pagesOf(client: ApiClient, limit: number): Promise<{ names: string[]; pages: number }> {
  const names: string[] = [];
  let cursor = '';
  for (let pages = 1; ; pages++) {
    const { status, body } = await client.get(`${POLICIES}?limit=${limit}${cursor}`);
    expect(status).toBe(200);
    names.push(...(body.items as { policy: string }[]).map(({ policy }) => policy));
    if (body.next === null) return { names, pages };
    cursor = `&cursor=${encodeURIComponent(body.next as string)}`;
  }
}

describe('a policy', () => {
  it('is made with 201, replaced with 200, read, and forgotten', async () => {
    const client = await newTenant();
    const path = `${POLICIES}/logins`;
    const made = await client.put(path, { ...TEN, onOutage: 'local' });
    expect([made.status, made.body]).toEqual([201, { policy: 'logins', ...TEN, onOutage: 'local' }]);
    const replaced = await client.put(path, { ...TEN, capacity: 20 });
    const view = { policy: 'logins', ...TEN, capacity: 20, onOutage: 'allow' };
    expect([replaced.status, replaced.body]).toEqual([200, view]);
    const read = await client.get(path);
    expect([read.status, read.body]).toEqual([200, view]);
    const forgotten = await client.delete(path);
    expect([forgotten.status, forgotten.body]).toEqual([204, '']);
    expectProblem(await client.get(path), 404, 'rate-limits.policy-not-found');
    expectProblem(await client.delete(path), 404, 'rate-limits.policy-not-found');
    expectProblem(await client.post(`${path}/consume`, { key: 'a' }), 404, 'rate-limits.policy-not-found');
    expect((await client.put(path, TEN)).status).toBe(201);
  });

  it('may be called consume', async () => {
    const client = await newTenant();
    expect((await client.put(`${POLICIES}/consume`, TEN)).status).toBe(201);
    const { status, body } = await client.post(`${POLICIES}/consume/consume`, { key: 'a' });
    expect([status, body.remaining]).toEqual([200, 9]);
  });

  it('is not seen by another tenant', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    await one.put(`${POLICIES}/own`, TEN);
    expectProblem(await other.get(`${POLICIES}/own`), 404, 'rate-limits.policy-not-found');
    expect((await other.get(POLICIES)).body).toEqual({ items: [], next: null });
    expectProblem(await other.delete(`${POLICIES}/own`), 404, 'rate-limits.policy-not-found');
    expect((await one.get(`${POLICIES}/own`)).status).toBe(200);
  });

  it('that cannot be counted in exact integers is refused', async () => {
    const client = await newTenant();
    const beyond = { capacity: 1_000_000_000, refillTokens: 7, refillIntervalMs: 31 * 86_400_000 };
    const answer = await client.put(`${POLICIES}/beyond`, beyond);
    expectProblem(answer, 422, 'rate-limits.policy-uncountable');
    expect(answer.body.errors).toEqual([{ pointer: '/capacity', detail: expect.any(String) as string }]);
    expectProblem(await client.get(`${POLICIES}/beyond`), 404, 'rate-limits.policy-not-found');
    const largest = {
      capacity: 1_000_000_000,
      refillTokens: 1_000_000_000,
      refillIntervalMs: 31 * 86_400_000,
    };
    expect((await client.put(`${POLICIES}/largest`, largest)).status).toBe(201);
  });

  it('is the same over messages', async () => {
    const policy = `m-${randomUUID()}`;
    const view = { policy, ...TEN, onOutage: 'deny' };
    expect(await messages.send('rate-limits.policies.put', view)).toEqual(view);
    expect(await messages.send('rate-limits.policies.get', { policy })).toEqual(view);
    expect((await service.admin.get(`${POLICIES}/${policy}`)).body).toEqual(view);
    const page = await messages.send('rate-limits.policies.list', { limit: 1000 });
    expect(page.items).toContainEqual(view);
    expect(await messages.send('rate-limits.policies.delete', { policy })).toBeNull();
    await expect(messages.send('rate-limits.policies.get', { policy })).rejects.toMatchObject({
      status: 404,
      code: 'rate-limits.policy-not-found',
    });
    await expect(
      messages.send('rate-limits.policies.put', { policy, ...TEN, capacity: 0 }),
    ).rejects.toMatchObject({
      status: 422,
      errors: [{ pointer: '/capacity' }],
    });
  });
});

describe('the list of policies', () => {
  it('is ordered by name and paged by cursors', async () => {
    const client = await newTenant();
    const names = Array.from({ length: 7 }, (_, at) => `policy-${at}`);
    await Promise.all([...names].reverse().map((name) => client.put(`${POLICIES}/${name}`, TEN)));
    expect(await pagesOf(client, 3)).toEqual({ names, pages: 3 });
    expect(await pagesOf(client, 7)).toEqual({ names, pages: 1 });
    expect(await pagesOf(client, 1)).toEqual({ names, pages: 7 });
  });

  it('does not end at a policy that is deleted while it is read', async () => {
    const client = await newTenant();
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    await Promise.all(names.map((name) => client.put(`${POLICIES}/${name}`, TEN)));
    const store = service.application.nest.get(PolicyStore);
    const find = store.find.bind(store);
    // As it is between the reading of the names and of what they name.
    store.find = async (tenant, policy, timeoutMs) =>
      policy === 'b' || policy === 'f' ? undefined : await find(tenant, policy, timeoutMs);
    try {
      const left = ['a', 'c', 'd', 'e', 'g'];
      expect(await pagesOf(client, 3)).toEqual({ names: left, pages: 2 });
      expect(await pagesOf(client, 1)).toEqual({ names: left, pages: 5 });
    } finally {
      store.find = find;
    }
  });

  it('refuses a cursor of another tenant and one that was changed', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    for (const client of [one, other]) {
      for (const name of ['a', 'b']) await client.put(`${POLICIES}/${name}`, TEN);
    }
    const { next } = (await one.get(`${POLICIES}?limit=1`)).body as { next: string };
    const changed = `${next.slice(0, -1)}${next.endsWith('A') ? 'B' : 'A'}`;
    expect((await one.get(`${POLICIES}?limit=1&cursor=${next}`)).body.items[0].policy).toBe('b');
    expectProblem(await other.get(`${POLICIES}?cursor=${next}`), 422, 'pagination.invalid-cursor');
    expectProblem(await one.get(`${POLICIES}?cursor=${changed}`), 422, 'pagination.invalid-cursor');
  });

  it('shows a credential what it may read, page by page', async () => {
    const admin = await newTenant();
    const names = ['a.1', 'a.2', 'b.1', 'b.2', 'b.3', 'c.1'];
    await Promise.all(names.map((name) => admin.put(`${POLICIES}/${name}`, TEN)));
    const { secret } = await newKey(service.admin, {
      tenant: admin.tenant,
      roles: [],
      permissions: ['rate-limits:read:b.*'],
    });
    const limited = service.as(secret);
    expect((await pagesOf(limited, 2)).names).toEqual(['b.1', 'b.2', 'b.3']);
    expect((await pagesOf(limited, 100)).names).toEqual(['b.1', 'b.2', 'b.3']);
  });
});

describe('a credential that is limited by a glob', () => {
  it('does what it may inside of it and nothing outside', async () => {
    const client = await newTenant(['rate-limits:*:own.*']);
    expect((await client.put(`${POLICIES}/own.a`, TEN)).status).toBe(201);
    expect((await client.get(`${POLICIES}/own.a`)).status).toBe(200);
    const forbidden = await client.put(`${POLICIES}/other`, TEN);
    expectProblem(forbidden, 403, 'access.forbidden');
    expect(forbidden.body.permission).toBe('rate-limits:admin');
    expectProblem(await client.get(`${POLICIES}/other`), 403, 'access.forbidden');
    expectProblem(await client.delete(`${POLICIES}/other`), 403, 'access.forbidden');
    expect((await client.delete(`${POLICIES}/own.a`)).status).toBe(204);
  });

  it('needs admin to change a policy and read to see it', async () => {
    const client = await newTenant(['rate-limits:write']);
    expectProblem(await client.put(`${POLICIES}/a`, TEN), 403, 'access.forbidden');
    expectProblem(await client.get(`${POLICIES}/a`), 403, 'access.forbidden');
    expectProblem(await client.get(POLICIES), 403, 'access.forbidden');
  });
});

const policy = (change: object) => ({ ...TEN, ...change });
const checks = (count: number) => ({
  checks: Array.from({ length: count }, () => ({ policy: 'p', key: 'k' })),
});
const BAD: [what: string, status: number, method: string, path: string, body?: unknown][] = [
  ['no body', 422, 'PUT', '/p'],
  ['malformed JSON', 400, 'PUT', '/p', '{"capacity": 1'],
  ['an array', 422, 'PUT', '/p', []],
  ['no capacity', 422, 'PUT', '/p', { refillTokens: 1, refillIntervalMs: 1 }],
  ['a capacity of 0', 422, 'PUT', '/p', policy({ capacity: 0 })],
  ['a capacity of 1.5', 422, 'PUT', '/p', policy({ capacity: 1.5 })],
  ['a capacity as text', 422, 'PUT', '/p', policy({ capacity: '10' })],
  ['a capacity of null', 422, 'PUT', '/p', policy({ capacity: null })],
  ['a capacity beyond 10^9', 422, 'PUT', '/p', policy({ capacity: 1_000_000_001 })],
  ['a refill of 0', 422, 'PUT', '/p', policy({ refillTokens: 0 })],
  ['a negative refill', 422, 'PUT', '/p', policy({ refillTokens: -1 })],
  ['an interval of 0', 422, 'PUT', '/p', policy({ refillIntervalMs: 0 })],
  ['an interval of more than 31 days', 422, 'PUT', '/p', policy({ refillIntervalMs: 31 * 86_400_000 + 1 })],
  ['an unknown onOutage', 422, 'PUT', '/p', policy({ onOutage: 'open' })],
  ['an onOutage of null', 422, 'PUT', '/p', policy({ onOutage: null })],
  ['an inherited name as onOutage', 422, 'PUT', '/p', policy({ onOutage: 'toString' })],
  ['an unknown field', 422, 'PUT', '/p', policy({ burst: 1 })],
  ['a name in the body', 422, 'PUT', '/p', policy({ policy: 'q' })],
  ['a name that begins with a dot', 422, 'PUT', '/.p', TEN],
  ['a name with a slash', 422, 'PUT', '/a%2Fb', TEN],
  ['a name of 129', 422, 'GET', `/${'p'.repeat(129)}`],
  ['a limit of 0', 422, 'GET', '?limit=0'],
  ['a limit of 1001', 422, 'GET', '?limit=1001'],
  ['an unknown parameter', 422, 'GET', '?order=name'],
  ['a made-up cursor', 422, 'GET', '?cursor=abc'],
  ['a consumption without a key', 422, 'POST', '/p/consume', {}],
  ['an empty key', 422, 'POST', '/p/consume', { key: '' }],
  ['a key with a control character', 422, 'POST', '/p/consume', { key: 'a\n' }],
  ['a key with a lone surrogate', 422, 'POST', '/p/consume', '{"key": "\\ud800"}'],
  ['a key of 257 bytes', 422, 'POST', '/p/consume', { key: `${'é'.repeat(128)}a` }],
  ['a key as number', 422, 'POST', '/p/consume', { key: 1 }],
  ['a negative cost', 422, 'POST', '/p/consume', { key: 'k', cost: -1 }],
  ['a cost of 0.5', 422, 'POST', '/p/consume', { key: 'k', cost: 0.5 }],
  ['a cost of null', 422, 'POST', '/p/consume', { key: 'k', cost: null }],
  ['a cost beyond 10^9', 422, 'POST', '/p/consume', { key: 'k', cost: 1_000_000_001 }],
  ['a dryRun as text', 422, 'POST', '/p/consume', { key: 'k', dryRun: 'true' }],
  ['no check', 422, 'POST', '/consume', { checks: [] }],
  ['9 checks', 422, 'POST', '/consume', checks(9)],
  ['checks that are no array', 422, 'POST', '/consume', { checks: { 0: { policy: 'p', key: 'k' } } }],
  ['a check of null', 422, 'POST', '/consume', { checks: [null] }],
  ['a check without a policy', 422, 'POST', '/consume', { checks: [{ key: 'k' }] }],
  [
    'a check with an unknown field',
    422,
    'POST',
    '/consume',
    { checks: [{ policy: 'p', key: 'k', dryRun: true }] },
  ],
  ['a check with a bad cost', 422, 'POST', '/consume', { checks: [{ policy: 'p', key: 'k', cost: -1 }] }],
  ['a method that is not there', 405, 'DELETE', ''],
];

describe('bad input', () => {
  beforeAll(async () => {
    await service.admin.put(`${POLICIES}/p`, TEN);
  });

  it.each(BAD.map(([what, status, method, path, body]) => ({ what, status, method, path, body })))(
    '$what is answered $status and takes nothing',
    async ({ status, method, path, body }) => {
      const answer = await service.admin.send(method, `${POLICIES}${path}`, body);
      expectProblem(answer, status);
      if (answer.body.code === 'request.invalid') expect(answer.body.errors.length).toBeGreaterThan(0);
      const peek = await service.admin.post(`${POLICIES}/p/consume`, { key: 'k', dryRun: true });
      expect(peek.body.remaining).toBe(10);
      expect((await service.admin.get(`${POLICIES}/p`)).body.capacity).toBe(10);
    },
  );
});
