import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../support/api-client.js';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newKey } from '../access/credentials.js';
import { fresh, type LockServers, startLockServers } from './locks.js';

const LOCKS = '/v1/locks';

/** What the tests look at of who holds a resource and who waits for it. */
interface Look {
  readonly resource: string;
  readonly waiting: number;
  readonly waiters: readonly { readonly owner: string | null }[];
}

const namesOf = (items: unknown) => (items as { resource: string }[]).map(({ resource }) => resource);

let topology: Topology;

beforeAll(async () => {
  topology = await startTopology();
});

afterAll(async () => {
  await topology?.stop();
});

/** Lock servers of their own are the same on both topologies: on a cluster it is enough to see that they are used. */
const COUNTS = process.env.FULCRUM_TEST_TOPOLOGY === 'cluster' ? [0, 3] : [0, 1, 3, 5];

describe.each(COUNTS)('locks on %i servers of their own', (count) => {
  let nodes: LockServers;
  let service: TestService;

  beforeAll(async () => {
    nodes = await startLockServers(count);
    service = await startService({ ...topology.settings, ...nodes.settings });
  });

  afterAll(async () => {
    await service?.stop();
    await nodes?.stop();
  });

  const acquire = (resources: readonly string[], more: object = {}) =>
    service.admin.post(LOCKS, { resources, ttlMs: 10_000, ...more });
  const release = (lock: Answer) => service.admin.delete(`${LOCKS}/${lock.body.lockId}`);
  const look = async (resource: string): Promise<Look> =>
    (await service.admin.get(`${LOCKS}/resources/${resource}`)).body as Look;
  const waiting = (resource: string, many: number) =>
    waitUntil(`${many} wait`, async () => (await look(resource)).waiting === many);

  it('has one holder at a time, and tells others who that is', async () => {
    const order = fresh('payment_processing:order');
    const lock = await acquire([order], { owner: 'worker-1' });
    expect(lock.status).toBe(201);
    expect(lock.body).toEqual({
      lockId: expect.any(String),
      resources: [order],
      fencingToken: expect.any(Number),
      expiresAt: expect.any(String),
      ttlMs: 10_000,
    });
    expect(Date.parse(lock.body.expiresAt) - Date.now()).toBeGreaterThan(9000);
    expect(Date.parse(lock.body.expiresAt) - Date.now()).toBeLessThanOrEqual(10_000);
    const second = await acquire([order], { owner: 'worker-2' });
    expectProblem(second, 423, 'locking.held');
    expect(second.body.holders).toEqual([
      { resource: order, owner: 'worker-1', expiresAt: expect.any(String) },
    ]);
    expect(second.body.retryAfterMs).toBeGreaterThan(8000);
    expect(second.body.retryAfterMs).toBeLessThanOrEqual(10_000);
    expect((await release(lock)).status).toBe(204);
    expect((await acquire([order])).status).toBe(201);
  });

  it('is over after its time, for its holder too', async () => {
    const short = fresh('short');
    const lock = await acquire([short], { ttlMs: 600 });
    await pause(650);
    expectProblem(await release(lock), 409, 'locking.lost');
    expectProblem(
      await service.admin.post(`${LOCKS}/${lock.body.lockId}/extend`, { ttlMs: 1000 }),
      409,
      'locking.lost',
    );
    const next = await acquire([short]);
    expect(next.status).toBe(201);
    expect(next.body.fencingToken).toBeGreaterThan(lock.body.fencingToken);
    expectProblem(await release(lock), 409, 'locking.lost');
    expect(await look(short)).toMatchObject({ held: true, fencingToken: next.body.fencingToken });
  });

  it('lasts longer when it is extended', async () => {
    const long = fresh('long');
    const lock = await acquire([long], { ttlMs: 1500 });
    const extended = await service.admin.post(`${LOCKS}/${lock.body.lockId}/extend`, { ttlMs: 5000 });
    expect(extended.status).toBe(200);
    expect(extended.body).toEqual({ ...lock.body, ttlMs: 5000, expiresAt: expect.any(String) });
    await pause(1600);
    expectProblem(await acquire([long]), 423, 'locking.held');
    expect((await release(lock)).status).toBe(204);
  });

  it('takes all of several resources or none', async () => {
    const [a, b, c] = [fresh('a'), fresh('b'), fresh('c')];
    const first = await acquire([a, b], { owner: 'both' });
    const refused = await acquire([b, c], { owner: 'late' });
    expectProblem(refused, 423, 'locking.held');
    expect(namesOf(refused.body.holders)).toEqual([b]);
    const third = await acquire([c]);
    expect(third.status).toBe(201);
    expect((await release(first)).status).toBe(204);
    expect((await acquire([a])).status).toBe(201);
  });

  it('ends no deadlock, since none can begin', async () => {
    const [a, b] = [fresh('left'), fresh('right')];
    const rounds = Array.from({ length: 20 }, async (_each, at) => {
      const resources = at % 2 === 0 ? [a, b] : [b, a];
      const lock = await acquire(resources, { waitMs: 10_000 });
      expect(lock.status).toBe(201);
      expect((await release(lock)).status).toBe(204);
    });
    await Promise.all(rounds);
    expect(await look(a)).toMatchObject({ held: false, waiting: 0 });
  });

  it('hands it over in the order in which they came', async () => {
    const turn = fresh('turn');
    const order: number[] = [];
    let lock = await acquire([turn]);
    const line: Promise<Answer>[] = [];
    for (let at = 0; at < 10; at++) {
      line.push(
        acquire([turn], { waitMs: 20_000, owner: `w${at}` }).then((answer) => {
          order.push(at);
          return answer;
        }),
      );
      await waiting(turn, at + 1);
    }
    expect((await look(turn)).waiters.map(({ owner }) => owner)).toEqual(
      Array.from({ length: 10 }, (_each, at) => `w${at}`),
    );
    for (const next of line) {
      const began = performance.now();
      expect((await release(lock)).status).toBe(204);
      lock = await next;
      expect(lock.status).toBe(201);
      // Woken, not looked for once a second.
      expect(performance.now() - began).toBeLessThan(900);
    }
    expect(order).toEqual(Array.from({ length: 10 }, (_each, at) => at));
    await release(lock);
  });

  it('does not let anybody pass those who wait', async () => {
    const [a, b] = [fresh('a'), fresh('b')];
    const lock = await acquire([b]);
    const both = acquire([a, b], { waitMs: 5000 });
    await waiting(a, 1);
    const barging = await acquire([a]);
    expectProblem(barging, 423, 'locking.held');
    expect(barging.body.holders).toEqual([]);
    await release(lock);
    const given = await both;
    expect(given.status).toBe(201);
    await release(given);
    expect((await acquire([a])).status).toBe(201);
  });

  it('tells a waiter after its time, who leaves nothing behind', async () => {
    const late = fresh('late');
    const lock = await acquire([late]);
    const began = performance.now();
    expectProblem(await acquire([late], { waitMs: 300 }), 423, 'locking.held');
    expect(performance.now() - began).toBeGreaterThan(290);
    expect(await look(late)).toMatchObject({ waiting: 0, waiters: [] });
    await release(lock);
    expect(await look(late)).toMatchObject({ held: false, owner: null });
  });

  it('is not kept waiting by a client that goes away', async () => {
    const gone = fresh('gone');
    const lock = await acquire([gone]);
    const controller = new AbortController();
    const first = fetch(`${service.url}${LOCKS}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${service.admin.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ resources: [gone], ttlMs: 10_000, waitMs: 20_000 }),
      signal: controller.signal,
    }).catch(() => undefined);
    await waiting(gone, 1);
    const second = acquire([gone], { waitMs: 20_000, ttlMs: 10_000 });
    await waiting(gone, 2);
    controller.abort();
    await first;
    await waiting(gone, 1);
    await release(lock);
    const given = await second;
    expect(given.status).toBe(201);
    await release(given);
  });

  it('wakes the next one when a holder has died', async () => {
    const died = fresh('died');
    await acquire([died], { ttlMs: 400 });
    const began = performance.now();
    const [next, after] = [acquire([died], { waitMs: 5000, ttlMs: 1000 }), acquire([died], { waitMs: 5000 })];
    const given = await Promise.all([next, after]);
    expect(given.map(({ status }) => status)).toEqual([201, 201]);
    expect(performance.now() - began).toBeLessThan(2500);
  });

  it('shows what is held, by name, and never a lockId', async () => {
    const prefix = `list.${count}.`;
    const names = ['a', 'b', 'c', 'd', 'e'].map((name) => prefix + name);
    const locks = await Promise.all(
      names.map((name) => acquire([name], { owner: `of ${name}`, metadata: { name } })),
    );
    const pages: Answer[] = [];
    let query = `prefix=${prefix}&limit=2`;
    for (;;) {
      const page = await service.admin.get(`${LOCKS}?${query}`);
      expect(page.status).toBe(200);
      pages.push(page);
      if (page.body.next === null) break;
      query = `prefix=${prefix}&limit=2&cursor=${encodeURIComponent(page.body.next)}`;
    }
    const items = pages.flatMap(({ body }) => body.items as (Look & { readonly acquiredAt: string })[]);
    expect(namesOf(items)).toEqual(names);
    expect(items[0]).toEqual({
      resource: names[0],
      held: true,
      owner: `of ${names[0]}`,
      metadata: { name: names[0] },
      fencingToken: locks[0]?.body.fencingToken,
      acquiredAt: expect.any(String),
      expiresAt: expect.any(String),
      waiting: 0,
      waiters: [],
    });
    expect(Math.abs(Date.parse(items[0]?.acquiredAt ?? '') - Date.now())).toBeLessThan(5000);
    const text = JSON.stringify(items);
    for (const { body } of locks) expect(text).not.toContain(body.lockId);
    expectProblem(
      await service.admin.get(`${LOCKS}?prefix=other&cursor=${encodeURIComponent(pages[0]?.body.next)}`),
      422,
      'pagination.invalid-cursor',
    );
  });

  it('is broken by an admin, with all that it holds', async () => {
    const [a, b] = [fresh('a'), fresh('b')];
    const lock = await acquire([a, b]);
    const next = acquire([b], { waitMs: 5000 });
    await waiting(b, 1);
    expect((await service.admin.delete(`${LOCKS}/resources/${a}`)).status).toBe(204);
    const given = await next;
    expect(given.body.fencingToken).toBeGreaterThan(lock.body.fencingToken);
    expectProblem(await release(lock), 409, 'locking.lost');
    expectProblem(await service.admin.delete(`${LOCKS}/resources/${a}`), 404, 'locking.not-held');
  });

  it('is granted once for one Idempotency-Key', async () => {
    const keyed = fresh('keyed');
    const headers = { 'idempotency-key': keyed };
    const body = { resources: [keyed], ttlMs: 10_000 };
    const first = await service.admin.post(LOCKS, body, headers);
    const again = await service.admin.post(LOCKS, body, headers);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    await release(first);
    const after = await service.admin.post(LOCKS, body, headers);
    expect(after.body).toEqual(first.body);
    expect(await look(keyed)).toMatchObject({ held: false });
    expectProblem(
      await service.admin.post(LOCKS, { ...body, ttlMs: 20_000 }, headers),
      422,
      'idempotency.key-reused',
    );
  });

  it('is extended once for one Idempotency-Key, also when it has ended since', async () => {
    const lock = await acquire([fresh('extended')]);
    const path = `${LOCKS}/${lock.body.lockId}/extend`;
    const headers = { 'idempotency-key': lock.body.lockId as string };
    const first = await service.admin.post(path, { ttlMs: 5000 }, headers);
    expect(first.status).toBe(200);
    await release(lock);
    const again = await service.admin.post(path, { ttlMs: 5000 }, headers);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expectProblem(await service.admin.post(path, { ttlMs: 6000 }, headers), 422, 'idempotency.key-reused');
    const other = { 'idempotency-key': fresh('late') };
    expectProblem(await service.admin.post(path, { ttlMs: 5000 }, other), 409, 'locking.lost');
  });

  it('goes by names where the permission does', async () => {
    const limited = service.as(
      (
        await newKey(service.admin, {
          roles: [],
          permissions: ['locking:write:mine.*', 'locking:read:mine.*'],
        })
      ).secret,
    );
    const [mine, theirs] = [fresh('mine.x'), fresh('theirs.x')];
    expectProblem(
      await limited.post(LOCKS, { resources: [mine, theirs], ttlMs: 1000 }),
      403,
      'access.forbidden',
    );
    const lock = await limited.post(LOCKS, { resources: [mine], ttlMs: 5000 });
    expect(lock.status).toBe(201);
    const other = await acquire([theirs]);
    expectProblem(await limited.delete(`${LOCKS}/${other.body.lockId}`), 403, 'access.forbidden');
    expect((await limited.post(`${LOCKS}/${lock.body.lockId}/extend`, { ttlMs: 5000 })).status).toBe(200);
    const listed = await limited.get(`${LOCKS}?limit=1000`);
    expect(namesOf(listed.body.items)).toEqual([mine]);
    expect((await limited.delete(`${LOCKS}/${lock.body.lockId}`)).status).toBe(204);
  });

  it('has as many holders of a semaphore as it has permits', async () => {
    const pool = fresh('pool');
    const permits = `/v1/semaphores/${pool}/permits`;
    const take = (more: object = {}) => service.admin.post(permits, { permits: 3, ttlMs: 10_000, ...more });
    const taken = [await take({ owner: 'x' }), await take(), await take()];
    expect(taken.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(taken[0]?.body).toEqual({
      permitId: expect.any(String),
      resource: pool,
      permits: 3,
      expiresAt: expect.any(String),
      ttlMs: 10_000,
    });
    const fourth = await take();
    expectProblem(fourth, 423, 'locking.held');
    expect(fourth.body.holders).toHaveLength(3);
    const waiter = take({ waitMs: 5000 });
    const id = taken[1]?.body.permitId as string;
    expect((await service.admin.post(`${permits}/${id}/extend`, { ttlMs: 9000 })).status).toBe(200);
    expectProblem(await service.admin.delete(`/v1/semaphores/other/permits/${id}`), 409, 'locking.lost');
    expectProblem(await service.admin.delete(`${LOCKS}/${id}`), 409, 'locking.lost');
    expect((await service.admin.delete(`${permits}/${id}`)).status).toBe(204);
    expect((await waiter).status).toBe(201);
    // A lock of the same name is another thing.
    expect((await acquire([pool])).status).toBe(201);
  });

  it('has a permit that is extended once for one Idempotency-Key, also when it has ended since', async () => {
    const permits = `/v1/semaphores/${fresh('kept')}/permits`;
    const { permitId } = (await service.admin.post(permits, { permits: 2, ttlMs: 10_000 })).body;
    const path = `${permits}/${permitId}/extend`;
    const headers = { 'idempotency-key': permitId as string };
    const first = await service.admin.post(path, { ttlMs: 5000 }, headers);
    expect(first.status).toBe(200);
    await service.admin.delete(`${permits}/${permitId}`);
    const again = await service.admin.post(path, { ttlMs: 5000 }, headers);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expectProblem(await service.admin.post(path, { ttlMs: 6000 }, headers), 422, 'idempotency.key-reused');
    const other = { 'idempotency-key': fresh('late') };
    expectProblem(await service.admin.post(path, { ttlMs: 5000 }, other), 409, 'locking.lost');
  });

  it('never has more holders of a semaphore than permits, however many come', async () => {
    const pool = fresh('crowd');
    const permits = `/v1/semaphores/${pool}/permits`;
    let now = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 24 }, async () => {
        const permit = await service.admin.post(permits, { permits: 3, ttlMs: 10_000, waitMs: 30_000 });
        expect(permit.status).toBe(201);
        most = Math.max(most, ++now);
        // Far longer than the others take to be told.
        await pause(50);
        now--;
        expect((await service.admin.delete(`${permits}/${permit.body.permitId}`)).status).toBe(204);
      }),
    );
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(1);
  });

  it('keeps tenants apart', async () => {
    const shared = fresh('shared');
    const other = service.as(
      (await newKey(service.admin, { roles: ['writer'], tenant: `other-${count}` })).secret,
    );
    const lock = await acquire([shared]);
    expect((await other.post(LOCKS, { resources: [shared], ttlMs: 1000 })).status).toBe(201);
    expectProblem(await other.delete(`${LOCKS}/${lock.body.lockId}`), 409, 'locking.lost');
  });
});
