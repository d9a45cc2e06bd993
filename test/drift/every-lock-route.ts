import { waitUntil } from '../support/wait-until.js';
import type { Sender } from './every-stream-route.js';

const R = '/v1/locks/resources/:resource';
const P = '/v1/semaphores/:resource/permits';
/** The brief's example. */
const ORDER = 'payment_processing:order_123';
const PERMITS = '/v1/semaphores/reports/permits';

/** Nothing comes free by itself while the routes are requested. */
const TTL_MS = 60_000;

/**
 * Sends at least one request to every route of locks and semaphores, so that each kind of key is written: what is held, by
 * whom, what was granted to a keyed request, and somebody who waits. `whileLive` runs while somebody waits for a lock, and
 * somebody else for a permit; one lock is held to the end.
 */
export async function requestEveryLockRoute(
  { send }: Pick<Sender, 'send'>,
  whileLive: (() => Promise<void>) | undefined,
): Promise<void> {
  const keyed = (key: string) => ({ 'idempotency-key': key });
  const acquire = (body: object, headers?: Record<string, string>) =>
    send('POST /v1/locks', '/v1/locks', { ttlMs: TTL_MS, ...body }, headers);
  const release = (id: unknown) => send('DELETE /v1/locks/:lockId', `/v1/locks/${String(id)}`);
  const held = { resources: [ORDER, 'invoices'], owner: '@scope/worker é', metadata: { attempt: [1, 'x'] } };
  const { body: lock } = await acquire(held, keyed('lock-1'));
  await acquire(held, keyed('lock-1'));
  const extend = `/v1/locks/${lock.lockId}/extend`;
  await send('POST /v1/locks/:lockId/extend', extend, { ttlMs: TTL_MS }, keyed('extend-1'));
  await send('POST /v1/locks/:lockId/extend', extend, { ttlMs: TTL_MS });
  await send('GET /v1/locks', '/v1/locks?limit=1&prefix=payment_');
  await send(`GET ${R}`, `/v1/locks/resources/${ORDER}`);
  await send(`GET ${R}`, '/v1/locks/resources/nobodys');

  const take = (body: object) => send(`POST ${P}`, PERMITS, { permits: 1, ttlMs: TTL_MS, ...body });
  const { body: permit } = await take({ owner: 'one' });
  const permitPath = `${PERMITS}/${permit.permitId}`;
  await send(`POST ${P}/:permitId/extend`, `${permitPath}/extend`, { ttlMs: TTL_MS }, keyed('extend-2'));

  const lockWaits = acquire({ resources: [ORDER], waitMs: 30_000, owner: 'next' });
  const permitWaits = take({ waitMs: 30_000 });
  await waitUntil('somebody waits', async () => {
    const { body } = await send(`GET ${R}`, `/v1/locks/resources/${ORDER}`);
    return body.waiting === 1;
  });
  await whileLive?.();
  await send('GET /v1/locks', '/v1/locks');
  await release(lock.lockId);
  await send(`DELETE ${P}/:permitId`, permitPath);
  const [next, nextPermit] = await Promise.all([lockWaits, permitWaits]);
  await release(next.body.lockId);
  await send(`DELETE ${P}/:permitId`, `${PERMITS}/${nextPermit.body.permitId}`);
  await acquire({ resources: ['broken', 'broken-too'] });
  await send(`DELETE ${R}`, '/v1/locks/resources/broken');
  await acquire({ resources: ['left'], owner: 'somebody' });
  // The process that waited listens for a while.
  await whileLive?.();
}
