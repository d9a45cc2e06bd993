import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { LockingKeys } from '../../src/features/locking/locking.keys.js';
import { startRedis } from '../support/redis-server.js';
import { startService } from '../support/service.js';
import { startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';

const RESOURCES = ['order-1', 'order-2', 'order-3'];
/** A process that has not been heard of for so long is forgotten. */
const FORGOTTEN_MS = 60_000;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

it('leaves nothing of those who waited in a process that was killed, for what nobody asks for again', async () => {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  const direct = new Redis(redis.url);
  cleanups.push(() => direct.disconnect());
  const service = await startService({ REDIS_URL: redis.serviceUrl });
  cleanups.push(() => service.stop());
  const { waiters, queue, processes } = service.application.nest.get(LockingKeys).tenant('default');
  const acquire = (resource: string) =>
    service.admin.post('/v1/locks', { resources: [resource], ttlMs: 60_000 });
  const locks = await Promise.all(RESOURCES.map((resource) => acquire(resource)));

  const other = await startServiceProcess({ REDIS_URL: redis.serviceUrl });
  cleanups.push(() => other.stop('SIGKILL'));
  const lost = RESOURCES.map((resource) =>
    other.admin.post('/v1/locks', { resources: [resource], ttlMs: 1000, waitMs: 30_000 }).catch(() => 'lost'),
  );
  await waitUntil('all wait', async () => (await direct.hlen(waiters)) === RESOURCES.length);
  await other.stop('SIGKILL');
  expect(await Promise.all(lost)).toEqual(RESOURCES.map(() => 'lost'));
  // Whoever has the locks lets them go before anybody can know that the process is gone.
  for (const { body } of locks) await service.admin.delete(`/v1/locks/${body.lockId}`);
  expect(await direct.hlen(waiters)).toBe(RESOURCES.length);

  // As if so much time had passed since.
  for (const process of await direct.zrange(processes, 0, -1))
    await direct.zincrby(processes, -FORGOTTEN_MS - 10_000, process);
  // One of a few acquisitions of anything looks for what nobody asks for again.
  let others = 0;
  await waitUntil('nothing is left of them', async () => {
    expect((await acquire(`another-${++others}`)).status).toBe(201);
    return (await direct.exists(waiters, queue, processes)) === 0;
  });
});
