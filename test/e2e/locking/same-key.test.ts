import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noQuorum } from '../../../src/features/locking/locking.errors.js';
import { LockGrants } from '../../../src/features/locking/locking.grants.js';
import { NodeCalls } from '../../../src/features/locking/locking.node-calls.js';
import { Quorum } from '../../../src/features/locking/locking.quorum.js';
import { LockNodes } from '../../../src/redis/lock-nodes.js';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { fresh, type LockServers, startLockServers } from './locks.js';

const LOCKS = '/v1/locks';
const TTL_MS = 20_000;
/** A node looks once a second by itself: the next time after the release is too late for who waits so long. */
const WAIT_MS = 2900;
const LATER_MS = 1000;
const RELEASED_MS = 2200;

/** What the tests look at of who waits for a resource. */
interface Look {
  readonly waiting: number;
  readonly waiters: readonly object[];
}

let topology: Topology;

beforeAll(async () => {
  topology = await startTopology();
});

afterAll(async () => {
  await topology?.stop();
});

describe.each([0, 3])('two requests with one Idempotency-Key, on %i lock servers of their own', (count) => {
  let nodes: LockServers;
  let services: [TestService, TestService];

  beforeAll(async () => {
    nodes = await startLockServers(count);
    const settings = { ...topology.settings, ...nodes.settings };
    services = [await startService(settings), await startService(settings)];
  });

  afterAll(async () => {
    await Promise.all((services ?? []).map((service) => service.stop()));
    await nodes?.stop();
  });

  const acquire = (at: 0 | 1, resource: string, more: object = {}, headers: Record<string, string> = {}) =>
    services[at].admin.post(LOCKS, { resources: [resource], ttlMs: TTL_MS, ...more }, headers);
  const keyed = (at: 0 | 1, resource: string) =>
    acquire(at, resource, { waitMs: WAIT_MS, owner: 'keyed' }, { 'idempotency-key': resource });
  const look = async (resource: string): Promise<Look> =>
    (await services[0].admin.get(`${LOCKS}/resources/${resource}`)).body as Look;
  const waiting = (resource: string, many: number) =>
    waitUntil(`${many} wait`, async () => (await look(resource)).waiting === many);

  const grantsOf = () => services.map(({ application }) => application.nest.get(LockGrants));
  /** What both ask for below the service, which would find the answer that the first one was given. */
  const shared = (resource: string) => ({
    ...{ tenant: 'default', id: `lk${resource}`, isShared: true, ttlMs: TTL_MS, owner: '', metadata: '' },
    places: [{ place: `lock:${resource}`, permits: 1 }],
  });

  it('leave the one its lock whose node the release told, when the other one gives up', async () => {
    const resource = fresh('given');
    const holder = await acquire(0, resource);
    const began = performance.now();
    const first = keyed(0, resource);
    await pause(LATER_MS - (performance.now() - began));
    const second = keyed(1, resource);
    await pause(RELEASED_MS - (performance.now() - began));
    await services[0].admin.delete(`${LOCKS}/${holder.body.lockId}`);
    const given = await second;
    expect(given.status).toBe(201);
    const gaveUp = await first;
    // It may have looked in the meantime, and found that it has it.
    if (gaveUp.status === 201) expect(gaveUp.body.lockId).toBe(given.body.lockId);
    else expectProblem(gaveUp, 423, 'locking.held');
    expect(await look(resource)).toMatchObject({ held: true, fencingToken: given.body.fencingToken });
    const again = await keyed(0, resource);
    expect(again.body).toEqual(given.body);
    expect((await services[0].admin.delete(`${LOCKS}/${given.body.lockId}`)).status).toBe(204);
  });

  it('have one lock, and one of them an answer that says that it is repeated', async () => {
    const resource = fresh('both');
    const holder = await acquire(0, resource);
    const both = [keyed(0, resource), keyed(1, resource)];
    await waiting(resource, 1);
    await pause(300);
    await services[0].admin.delete(`${LOCKS}/${holder.body.lockId}`);
    const answers = await Promise.all(both);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(new Set(answers.map(({ body }) => `${body.lockId} ${body.fencingToken}`)).size).toBe(1);
    const repeated = answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true');
    // On several servers each may be the first on one of them.
    if (count === 0) expect(repeated).toHaveLength(1);
    else expect(repeated.length).toBeGreaterThan(0);
    const alone = await acquire(0, fresh('alone'), {}, { 'idempotency-key': fresh('alone') });
    expect(alone.headers.get('idempotency-replayed')).toBeNull();
  });

  it('leave the one its lock when the client of the other one goes away', async () => {
    const resource = fresh('gone');
    const holder = await acquire(0, resource);
    const controller = new AbortController();
    const first = fetch(`${services[0].url}${LOCKS}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${services[0].admin.token}`,
        'content-type': 'application/json',
        'idempotency-key': resource,
      },
      body: JSON.stringify({ resources: [resource], ttlMs: TTL_MS, waitMs: WAIT_MS, owner: 'keyed' }),
      signal: controller.signal,
    }).catch(() => undefined);
    await waiting(resource, 1);
    const second = keyed(1, resource);
    // The place in the line is where it was asked for last.
    await pause(300);
    await services[0].admin.delete(`${LOCKS}/${holder.body.lockId}`);
    const given = await second;
    expect(given.status).toBe(201);
    controller.abort();
    await first;
    await pause(300);
    expect(await look(resource)).toMatchObject({ held: true, fencingToken: given.body.fencingToken });
  });

  it.each([
    ['on one node', 0],
    ['on two nodes', 1],
  ] as const)('leave the one that still waits its place in the line, %s', async (_where, other) => {
    const resource = fresh('place');
    const holder = await acquire(0, resource);
    const first = keyed(0, resource);
    await waiting(resource, 1);
    await pause(LATER_MS);
    const second = keyed(other, resource);
    await pause(LATER_MS / 2);
    const behind = acquire(0, resource, { waitMs: 10_000, owner: 'behind' });
    await waiting(resource, 2);
    expectProblem(await first, 423, 'locking.held');
    expect((await look(resource)).waiters).toEqual([
      { owner: 'keyed', waitingSince: expect.any(String) },
      { owner: 'behind', waitingSince: expect.any(String) },
    ]);
    await services[0].admin.delete(`${LOCKS}/${holder.body.lockId}`);
    const given = await second;
    expect(given.status).toBe(201);
    await services[other].admin.delete(`${LOCKS}/${given.body.lockId}`);
    expect((await behind).status).toBe(201);
  });

  it('leave the one its lock when the other one finds too few servers, and takes back what it may have done', async () => {
    const resource = fresh('few');
    const [grants, others] = grantsOf();
    const wanted = shared(resource);
    const given = await grants!.acquire(wanted, 0);
    const { all, majority } = services[1].application.nest.get(LockNodes);
    const calls = services[1].application.nest.get(NodeCalls);
    const ask = calls.acquire.bind(calls);
    calls.acquire = async (node, ...rest) => {
      if (all.indexOf(node) < majority) throw noQuorum('It cannot be reached.');
      return await ask(node, ...rest);
    };
    await expect(others!.acquire(wanted, 0)).rejects.toMatchObject({ kind: 'unavailable' });
    calls.acquire = ask;
    // What it takes back is not waited for.
    await pause(300);
    expect(await look(resource)).toMatchObject({ held: true, fencingToken: given.token });
    await services[0].application.nest.get(Quorum).extend(wanted.tenant, wanted.id, TTL_MS);
  });

  it('leave the one its lock when the other one gets it too, and has nobody to give it to', async () => {
    const resource = fresh('both');
    const [grants, others] = grantsOf();
    const wanted = shared(resource);
    const given = await grants!.acquire(wanted, 0);
    const gone = others!.acquire(wanted, WAIT_MS, AbortSignal.abort());
    await expect(gone).rejects.toMatchObject({ kind: 'locked' });
    expect(await look(resource)).toMatchObject({ held: true, fencingToken: given.token });
    await services[0].application.nest.get(Quorum).extend(wanted.tenant, wanted.id, TTL_MS);
  });

  it('leave nobody in the line when both give up', async () => {
    const resource = fresh('none');
    await acquire(0, resource);
    const [first, second, third] = [keyed(0, resource), keyed(1, resource), keyed(1, resource)];
    for (const answer of [await first, await second, await third]) expectProblem(answer, 423, 'locking.held');
    expect(await look(resource)).toMatchObject({ waiting: 0, waiters: [] });
  });
});
