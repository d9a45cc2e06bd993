import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newKey } from '../access/credentials.js';
import { fresh } from './locks.js';

const LOCKS = '/v1/locks';

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

/** A lock or a permit as it is answered. */
interface Grant {
  readonly lockId: string;
  readonly permitId: string;
  readonly fencingToken: number;
}

interface Problem {
  readonly code: string;
  readonly retryAfterMs: number;
}

const send = async (pattern: string, data: object, envelope: object = {}): Promise<Grant> =>
  (await messages.send(pattern, data, envelope)) as Grant;

const problemOf = async (pattern: string, data: object, envelope: object = {}): Promise<Problem> => {
  const outcome: unknown = await messages.send(pattern, data, envelope).catch((error: unknown) => error);
  expect(outcome).toHaveProperty('code');
  return outcome as Problem;
};

const waiting = (resource: string, many: number) =>
  waitUntil(`${many} wait`, async () => {
    const { body } = await service.admin.get(`${LOCKS}/resources/${resource}`);
    return body.waiting === many;
  });

describe('locks by message', () => {
  it('are the locks of the routes', async () => {
    const resource = fresh('shared');
    const lock = await send('locks.acquire', { resources: [resource], ttlMs: 10_000, owner: 'by message' });
    const refused = await service.admin.post(LOCKS, { resources: [resource], ttlMs: 1000 });
    expect(refused.status).toBe(423);
    expect(refused.body.holders).toMatchObject([{ resource, owner: 'by message' }]);
    const extended = await service.admin.post(`${LOCKS}/${lock.lockId}/extend`, { ttlMs: 20_000 });
    expect(extended.body).toMatchObject({ lockId: lock.lockId, fencingToken: lock.fencingToken });
    expect(await messages.send('locks.release', { lockId: lock.lockId })).toBeNull();
    expect((await service.admin.delete(`${LOCKS}/${lock.lockId}`)).status).toBe(409);
  });

  it('wait in one line with requests, and are woken by them', async () => {
    const resource = fresh('line');
    const first = await service.admin.post(LOCKS, { resources: [resource], ttlMs: 10_000 });
    // Nest's client waits no longer than 5 s.
    const second = send('locks.acquire', { resources: [resource], ttlMs: 10_000, waitMs: 4000 });
    await waiting(resource, 1);
    const third = service.admin.post(LOCKS, { resources: [resource], ttlMs: 10_000, waitMs: 20_000 });
    await waiting(resource, 2);
    await service.admin.delete(`${LOCKS}/${first.body.lockId}`);
    const { lockId, fencingToken } = await second;
    await waiting(resource, 1);
    expect(await messages.send('locks.release', { lockId })).toBeNull();
    const given = await third;
    expect(given.status).toBe(201);
    expect(given.body.fencingToken).toBeGreaterThan(fencingToken);
    expect(fencingToken).toBeGreaterThan(first.body.fencingToken);
  });

  it('are granted once for one idempotencyKey, by message and by request', async () => {
    const resource = fresh('keyed');
    const data = { resources: [resource], ttlMs: 10_000 };
    const idempotencyKey = fresh('key');
    const lock = await send('locks.acquire', data, { idempotencyKey });
    expect(await send('locks.acquire', data, { idempotencyKey })).toEqual(lock);
    const headers = { 'idempotency-key': idempotencyKey };
    const byRoute = await service.admin.post(LOCKS, data, headers);
    expect(byRoute.body).toEqual(lock);
    expect(byRoute.headers.get('idempotency-replayed')).toBe('true');
    const { code } = await problemOf('locks.acquire', { ...data, ttlMs: 9999 }, { idempotencyKey });
    expect(code).toBe('idempotency.key-reused');
    const extension = { lockId: lock.lockId, ttlMs: 20_000 };
    const extended = await send('locks.extend', extension, { idempotencyKey: `${idempotencyKey}-more` });
    expect(await send('locks.extend', extension, { idempotencyKey: `${idempotencyKey}-more` })).toEqual(
      extended,
    );
    await messages.send('locks.release', { lockId: lock.lockId });
    expect(await send('locks.acquire', data, { idempotencyKey })).toEqual(lock);
    expect((await service.admin.get(`${LOCKS}/resources/${resource}`)).body).toMatchObject({ held: false });
  });

  it('permits too', async () => {
    const resource = fresh('pool');
    const data = { resource, permits: 1, ttlMs: 10_000 };
    const idempotencyKey = fresh('key');
    const permit = await send('locks.permits.acquire', data, { idempotencyKey });
    expect(await send('locks.permits.acquire', data, { idempotencyKey })).toEqual(permit);
    expect(await problemOf('locks.permits.acquire', data)).toMatchObject({ code: 'locking.held' });
    const { permitId } = permit;
    expect(await problemOf('locks.release', { lockId: permitId })).toMatchObject({ code: 'locking.lost' });
    const elsewhere = { resource: `${resource}-other`, permitId };
    expect(await problemOf('locks.permits.release', elsewhere)).toMatchObject({ code: 'locking.lost' });
    expect(await messages.send('locks.permits.release', { resource, permitId })).toBeNull();
  });

  it('are refused as a request is, with who holds them and when their time is up', async () => {
    const resource = fresh('held');
    await send('locks.acquire', { resources: [resource], ttlMs: 10_000, owner: 'ann' });
    const wanted = { resources: [resource], ttlMs: 1000 };
    const byRoute = (await service.admin.post(LOCKS, wanted)).body as Record<string, unknown>;
    const byMessage = { ...(await problemOf('locks.acquire', wanted)) } as Record<string, unknown>;
    expect(Object.keys(byMessage).sort()).toEqual(Object.keys(byRoute).sort());
    const { retryAfterMs, requestId, instance, holders, ...same } = byMessage;
    expect(byRoute).toMatchObject(same);
    expect(holders).toEqual([{ resource, owner: 'ann', expiresAt: expect.any(String) }]);
    expect(Number(retryAfterMs)).toBeGreaterThan(5000);
    expect(requestId).not.toBe(byRoute.requestId);
    expect(instance).toMatch(/^urn:fulcrum:/);
  });

  it('go by names where the permission does', async () => {
    const { secret } = await newKey(service.admin, { roles: [], permissions: ['locking:write:mine.*'] });
    const limited = new MessageClient(topology.messageUrl, secret);
    try {
      const [mine, theirs] = [fresh('mine.x'), fresh('theirs.x')];
      const refusal = { code: 'access.forbidden', permission: 'locking:write' };
      const lock = (await limited.send('locks.acquire', { resources: [mine], ttlMs: 5000 })) as Grant;
      const both = limited.send('locks.acquire', { resources: [`${mine}-2`, theirs], ttlMs: 5000 });
      await expect(both).rejects.toMatchObject(refusal);
      const other = await send('locks.acquire', { resources: [theirs], ttlMs: 5000 });
      for (const [pattern, data] of [
        ['locks.release', { lockId: other.lockId }],
        ['locks.extend', { lockId: other.lockId, ttlMs: 5000 }],
        ['locks.permits.acquire', { resource: theirs, permits: 1, ttlMs: 5000 }],
      ] as const)
        await expect(limited.send(pattern, data), pattern).rejects.toMatchObject(refusal);
      await expect(limited.send('locks.break', { resource: mine })).rejects.toMatchObject({
        code: 'access.forbidden',
        permission: 'locking:admin',
      });
      expect(await limited.send('locks.release', { lockId: lock.lockId })).toBeNull();
    } finally {
      await limited.close();
    }
  });
});
