import { waitUntil } from '../support/wait-until.js';
import type { Sender } from './every-stream-route.js';

const PAYLOADS = '/v1/pipeline/payloads';

/**
 * Sends at least one request to every route of the pipeline: payloads that are processed at once, that are queued on
 * either route, and again, and that are asked for.
 */
export async function requestEveryPipelineRoute({ send }: Sender): Promise<void> {
  const keyed = { 'idempotency-key': 'process-1' };
  const later = { prefer: 'respond-async' };
  const address = `POST ${PAYLOADS}`;
  const at = (id: string) => `${PAYLOADS}/${encodeURIComponent(id)}`;
  const state = (id: string) => send(`GET ${PAYLOADS}/:id`, at(id));

  await send('PUT /v1/pipeline', '/v1/pipeline', { active: true });
  const payload = { id: '{@scope}/a:b é', value: 42.5, more: [null, { deep: true }] };
  await send(address, PAYLOADS, payload, keyed);
  await send(address, PAYLOADS, payload);
  await send(address, PAYLOADS, { id: 'later' }, later);
  await send(
    'POST /v1/pipeline/queue',
    '/v1/pipeline/queue',
    { id: 'queued' },
    { 'idempotency-key': 'queue-1' },
  );
  await state('queued');
  await waitUntil('it is processed', async () => (await state('queued')).body.status === 'processed');
  await send(address, PAYLOADS, { id: 'queued' }, later);
  await send('POST /v1/pipeline/queue', '/v1/pipeline/queue', { id: 'queued' });
  await state(payload.id);
  await send('GET /v1/pipeline', '/v1/pipeline');
}
