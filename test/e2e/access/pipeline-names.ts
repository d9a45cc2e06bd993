import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { ApiClient } from '../../support/api-client.js';
import { waitUntil } from '../../support/wait-until.js';

/** The ids of payloads, and what becomes of the processor. */
export interface PayloadNames {
  /** A payload that is processed. */
  readonly payload: string;
  /** A payload that nobody sent yet. */
  readonly newPayload: string;
  /** What the processor is configured to be. */
  readonly active: boolean;
}

/** What `GET /v1/pipeline` answers. */
export interface Processor {
  readonly active: boolean;
  readonly queued: number;
  readonly processing: number;
  readonly processed: number;
  readonly failed: number;
}

/** A payload that was processed with the fields `fields`, and the id of another one. */
export async function freshPayloads(client: ApiClient, fields: object): Promise<PayloadNames> {
  const payload = randomUUID();
  const { status, body } = await client.post('/v1/pipeline/payloads', { ...fields, id: payload });
  expect(status, JSON.stringify(body)).toBe(200);
  return { payload, newPayload: randomUUID(), active: true };
}

/** The processor of a tenant as soon as no payload is queued or processed. */
export async function idleProcessor(client: ApiClient): Promise<Processor> {
  let processor: Processor | undefined;
  await waitUntil('no payload is queued', async () => {
    processor = (await client.get('/v1/pipeline')).body as Processor;
    return processor.queued === 0 && processor.processing === 0;
  });
  if (processor === undefined) throw new Error('the processor was not looked at');
  return processor;
}
