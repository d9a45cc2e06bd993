import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { expectProblem } from '../../support/problem.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';

let topology: Topology;
let nodes: [TestService, TestService];
let messages: MessageClient;

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService({ ...topology.settings, ROLE: 'api' })];
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
});

afterAll(async () => {
  await messages?.close();
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

const PAYLOADS = '/v1/pipeline/payloads';
const LATER = { prefer: 'respond-async' };
const admin = () => nodes[0].admin;
const processed = (id: string, more: object) => ({
  ...more,
  id,
  status: 'processed',
  timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
});

/** Of what was queued nothing is left to a worker: what is processed is acknowledged a moment later. */
async function queueIsDone(): Promise<void> {
  await waitUntil('the queue is done', async () => {
    const { lag, pending } = (await admin().get('/v1/streams/pipeline.payloads/groups/workers')).body;
    return lag === 0 && pending === 0;
  });
}

describe('a payload', () => {
  it('is processed with a status and a timestamp, once: the same id again gives the same answer', async () => {
    const payload = { id: 'evt_10928a', value: 42.0 };
    const first = await admin().post(PAYLOADS, payload);
    expect([first.status, first.body]).toEqual([200, processed('evt_10928a', { value: 42 })]);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const again = await nodes[1].admin.post(PAYLOADS, payload);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await admin().post(PAYLOADS, { id: 'evt_10928a', value: 7 })).body).toEqual(first.body);
    expect((await admin().get(`${PAYLOADS}/evt_10928a`)).body).toEqual({
      id: 'evt_10928a',
      status: 'processed',
      result: first.body,
    });
    expectProblem(await admin().get(`${PAYLOADS}/evt_0`), 404, 'pipeline.payload-not-found');
  });

  it('is processed once however often it comes at once', async () => {
    const before = (await admin().get('/v1/pipeline')).body.processed;
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_each, at) =>
        nodes[at % 2 === 0 ? 0 : 1].admin.post(PAYLOADS, { id: 'at once', at }),
      ),
    );
    const [first] = answers;
    for (const answer of answers) expect([answer.status, answer.body]).toEqual([200, first?.body]);
    expect((await admin().get('/v1/pipeline')).body.processed).toBe(before + 1);
  });

  it('without an id, with a bad one, too large or no object is refused, and nothing is known of it', async () => {
    for (const id of [undefined, null, '']) {
      expectProblem(await admin().post(PAYLOADS, { id, value: 42 }), 422, 'pipeline.missing-id');
    }
    expectProblem(await admin().post(PAYLOADS, {}, LATER), 422, 'pipeline.missing-id');
    for (const bad of [{ id: 5 }, { id: 'a', text: 'x'.repeat(65_536) }, [1], 'text', null]) {
      expectProblem(await admin().post(PAYLOADS, bad === 'text' ? '"text"' : bad), 422, 'request.invalid');
    }
    expectProblem(await admin().post(PAYLOADS), 422, 'request.invalid');
    expectProblem(await admin().get(`${PAYLOADS}/a`), 404, 'pipeline.payload-not-found');
  });

  it('is queued if that is preferred, for a worker, who processes it once', async () => {
    const payload = { id: 'später/1', value: [1, { deep: null }] };
    const first = await nodes[1].admin.post(PAYLOADS, payload, LATER);
    expect([first.status, first.body]).toEqual([202, { id: payload.id, status: 'queued' }]);
    expect(first.headers.get('preference-applied')).toBe('respond-async');
    const location = first.headers.get('location') ?? '';
    expect(location).toBe(`${PAYLOADS}/sp%C3%A4ter%2F1`);
    await waitUntil('it is processed', async () => {
      return (await admin().get(location)).body.status === 'processed';
    });
    const { result } = (await admin().get(location)).body;
    expect(result).toEqual(processed(payload.id, { value: payload.value }));
    const again = await nodes[1].admin.post(PAYLOADS, payload, { prefer: 'wait=5, respond-async' });
    expect([again.status, again.body]).toEqual([200, result]);
    expect((await admin().post(PAYLOADS, payload)).body).toEqual(result);
    await queueIsDone();
    const queue = await admin().get('/v1/streams/pipeline.payloads');
    expect(queue.body).toMatchObject({ length: 1, groups: [{ group: 'workers', lag: 0, pending: 0 }] });
  });

  it('that was queued by a keyed request is told of again as it was the first time', async () => {
    const headers = { ...LATER, 'idempotency-key': 'queued-once' };
    const queue = () => admin().post(PAYLOADS, { id: 'keyed' }, headers);
    const first = await queue();
    expect([first.status, first.body]).toEqual([202, { id: 'keyed', status: 'queued' }]);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    await waitUntil('it is processed', async () => {
      return (await admin().get(`${PAYLOADS}/keyed`)).body.status === 'processed';
    });
    const again = await queue();
    expect([again.status, again.body]).toEqual([202, first.body]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    await queueIsDone();
  });

  it('of a request that died while it processed it can be queued once its time is up', async () => {
    const client = topology.connect();
    const key = 'fulcrum:default:{pipeline:_}:payload:left';
    const [now] = await client.time();
    const left = { state: 'processing', token: 'gone', worker: '0' };
    await client.hset(key, { ...left, leaseEndsAt: Number(now) * 1000 + 30_000 });
    const queue = async (): Promise<unknown> => (await admin().post(PAYLOADS, { id: 'left' }, LATER)).body;
    expect(await queue()).toEqual({ id: 'left', status: 'processing' });
    await client.hset(key, { ...left, leaseEndsAt: Number(now) * 1000 - 1 });
    expect(await queue()).toEqual({ id: 'left', status: 'queued' });
    await waitUntil('it is processed', async () => {
      return (await admin().get(`${PAYLOADS}/left`)).body.status === 'processed';
    });
    client.disconnect();
    await queueIsDone();
  });

  it('of one tenant is nothing to another', async () => {
    const key = await admin().post('/v1/api-keys', { name: 'other', roles: ['admin'], tenant: 'other' });
    const other = nodes[0].as(key.body.secret);
    await admin().post(PAYLOADS, { id: 'mine' });
    expectProblem(await other.get(`${PAYLOADS}/mine`), 404, 'pipeline.payload-not-found');
    const theirs = await other.post(PAYLOADS, { id: 'mine', of: 'other' });
    expect(theirs.body).toEqual(processed('mine', { of: 'other' }));
    expect((await other.get('/v1/pipeline')).body).toMatchObject({ processed: 1 });
    const queued = await other.post(PAYLOADS, { id: 'queued' }, LATER);
    expect(queued.status).toBe(202);
    await waitUntil('it is processed', async () => {
      return (await other.get(`${PAYLOADS}/queued`)).body.status === 'processed';
    });
  });

  it('is completed by a commit too, once', async () => {
    await admin().put('/v1/streams/completing/groups/workers', {});
    const { body } = await admin().post('/v1/streams/completing/entries', { data: 1 });
    await admin().post('/v1/streams/completing/groups/workers/receive', { consumer: 'ann' });
    const effects = [{ kind: 'pipeline.complete', id: 'committed', result: { by: 'commit' } }];
    const done = await admin().post('/v1/streams/completing/groups/workers/commit', {
      consumer: 'ann',
      items: [{ id: body.id, deliveries: 1, effects }],
    });
    expect(done.body).toEqual({ acknowledged: 1, refused: [] });
    expect((await admin().post(PAYLOADS, { id: 'committed' })).body).toEqual(
      processed('committed', { by: 'commit' }),
    );
  });

  it('takes the same way by message', async () => {
    const payload = { id: 'evt_told', value: 42.0 };
    const first = await messages.send('pipeline.payloads.process', payload);
    expect(first).toEqual(processed('evt_told', { value: 42 }));
    expect(await messages.send('pipeline.payloads.process', payload)).toEqual(first);
    expect(await messages.send('pipeline.payloads.get', { id: 'evt_told' })).toMatchObject({
      status: 'processed',
      result: first,
    });
    await expect(messages.send('pipeline.payloads.process', { value: 1 })).rejects.toMatchObject({
      status: 422,
      code: 'pipeline.missing-id',
    });
    expect(await messages.send('pipeline.payloads.queue', { id: 'evt_queued' })).toEqual({
      id: 'evt_queued',
      status: 'queued',
    });
    await messages.send('pipeline.processor.configure', { active: false });
    await expect(messages.send('pipeline.payloads.process', { id: 'evt_off' })).rejects.toMatchObject({
      status: 503,
      code: 'pipeline.deactivated',
    });
    expect(await messages.send('pipeline.processor.configure', { active: true })).toMatchObject({
      active: true,
    });
    // A worker that came to it while the processor was inactive looks again later.
    await waitUntil('what was queued is processed', async () => {
      return (await messages.send('pipeline.payloads.get', { id: 'evt_queued' })).status === 'processed';
    });
  });
});

describe('a deactivated processor', () => {
  it('answers 503, lets what is queued wait, and does it once it is active again', async () => {
    expect((await admin().get('/v1/pipeline')).body.active).toBe(true);
    // What another test queued would wait beside it.
    await queueIsDone();
    expect((await admin().put('/v1/pipeline', { active: false })).body.active).toBe(false);
    for (const headers of [{}, LATER]) {
      const refused = await nodes[1].admin.post(PAYLOADS, { id: 'refused' }, headers);
      expectProblem(refused, 503, 'pipeline.deactivated');
      expect(refused.body.retryable).toBe(true);
    }
    expectProblem(await admin().get(`${PAYLOADS}/refused`), 404, 'pipeline.payload-not-found');
    expectProblem(await admin().put('/v1/pipeline', { active: 'no' }), 422, 'request.invalid');
    expectProblem(await admin().put('/v1/pipeline', {}), 422, 'request.invalid');
    // An append to the queue is what an API node did just before.
    await admin().post('/v1/streams/pipeline.payloads/entries', { data: { id: 'waits' } });
    await waitUntil('a worker has it', async () => {
      return (await admin().get('/v1/streams/pipeline.payloads/groups/workers')).body.pending === 1;
    });
    expectProblem(await admin().get(`${PAYLOADS}/waits`), 404, 'pipeline.payload-not-found');
    await admin().put('/v1/pipeline', { active: true });
    await waitUntil('it is processed', async () => {
      return (await admin().get(`${PAYLOADS}/waits`)).body.status === 'processed';
    });
  });
});
