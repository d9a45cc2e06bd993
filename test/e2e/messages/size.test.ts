import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { RawMessages } from './raw-messages.js';

const APPEND = 'streams.entries.batch';
const MAX_BYTES = 1_048_576;

let topology: Topology;
const replicas: TestService[] = [];
let raw: RawMessages;

beforeAll(async () => {
  topology = await startTopology();
  for (let at = 0; at < 2; at++) replicas.push(await startService(topology.settings));
  raw = new RawMessages(topology.messageUrl);
});

afterAll(async () => {
  raw.close();
  for (const replica of replicas) await replica.stop();
  await topology.stop();
});

/** A batch for `stream` whose packet has at least `bytes`, and its id. */
function batch(stream: string, bytes: number, requestId: string) {
  const id = randomUUID();
  const entries = Array.from({ length: Math.ceil(bytes / 60_000) }, () => ({ data: 'ü'.repeat(30_000) }));
  const data = { auth: ADMIN_KEY, requestId, data: { stream, entries } };
  // In the order of Nest's client.
  return { id, text: JSON.stringify({ pattern: APPEND, data, id }) };
}

/** `text` with spaces after it, up to `bytes` bytes. */
function filled(text: string, bytes: number): string {
  return text + ' '.repeat(bytes - Buffer.byteLength(text));
}

/** Gives a second answer, which there must not be, the time of two messages more. */
async function settled(): Promise<void> {
  for (let at = 0; at < 2; at++) {
    const id = randomUUID();
    await raw.publish(APPEND, JSON.stringify({ id, data: { auth: ADMIN_KEY } }));
    await raw.replyTo(id);
  }
}

describe('a message that is larger than a body may be', () => {
  it.each([
    ['by far', 13 * MAX_BYTES],
    ['by little, in bytes and not in characters', MAX_BYTES + 1],
  ])('is refused once, and executed by nobody: %s', async (_what, bytes) => {
    const requestId = `large-${randomUUID()}`;
    const { id, text } = batch('large', bytes, requestId);
    await raw.publish(APPEND, text);
    const { err, isDisposed } = await raw.replyTo(id);
    expect(isDisposed).toBe(true);
    expect(err).toMatchObject({ status: 413, code: 'request.body-too-large', requestId });
    await settled();
    expect(raw.repliesTo(id)).toHaveLength(1);
    expect((await replicas[0]!.admin.get('/v1/streams/large')).status).toBe(404);
  });

  it('is one of a single byte more, and none without it', async () => {
    const { id, text } = batch('full', MAX_BYTES / 2, 'full');
    await raw.publish(APPEND, filled(text, MAX_BYTES));
    expect(await raw.replyTo(id)).toMatchObject({ response: { ids: expect.any(Array) } });
    const more = batch('more', MAX_BYTES / 2, 'more');
    await raw.publish(APPEND, filled(more.text, MAX_BYTES + 1));
    expect(await raw.replyTo(more.id)).toMatchObject({ err: { status: 413, requestId: 'more' } });
  });
});
