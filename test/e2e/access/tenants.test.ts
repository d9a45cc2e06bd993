import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../support/api-client.js';
import { EventReader } from '../../support/event-reader.js';
import { MessageClient } from '../../support/message-client.js';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { SocketClient } from '../../support/socket-client.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { subscribers } from './channel-names.js';
import { newKey } from './credentials.js';
import { idleProcessor } from './pipeline-names.js';

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

describe('a service with several tenants', () => {
  it('keeps boards of one name in two tenants apart, archives and all', async () => {
    const board = `shared.${randomUUID()}`;
    const secrets = await Promise.all(
      ['red', 'blue'].map(
        async (tenant) => (await newKey(service.admin, { tenant, roles: ['admin'] })).secret,
      ),
    );
    const [red, blue] = secrets.map((secret) => new ApiClient(service.url, secret));
    await red?.put(`/v1/leaderboards/${board}`, { order: 'ascending' });
    for (const score of [5, 7]) {
      await red?.post(`/v1/leaderboards/${board}/submissions`, { member: `red ${score}`, score });
    }
    const first = await blue?.post(`/v1/leaderboards/${board}/submissions`, { member: 'blue', score: 6 });
    expect(first?.body).toMatchObject({ rank: 1, previousRank: null });
    await red?.post(`/v1/leaderboards/${board}/seasons`);
    const blueBoard = await blue?.get(`/v1/leaderboards/${board}`);
    expect(blueBoard?.body).toMatchObject({ order: 'descending', total: 1, season: { id: '1' } });
    const archive = await blue?.get(`/v1/leaderboards/${board}/seasons/1/entries`);
    expect(archive?.body.code).toBe('leaderboards.season-not-found');
    const listed = await blue?.get('/v1/leaderboards');
    expect(listed?.body.items).toHaveLength(1);
    await red?.delete(`/v1/leaderboards/${board}`);
    const after = await blue?.get(`/v1/leaderboards/${board}/entries`);
    expect(after?.body).toMatchObject({ total: 1, items: [{ member: 'blue', score: 6, rank: 1 }] });
  });

  it('keeps streams of one name in two tenants apart, groups and all', async () => {
    const path = `/v1/streams/shared.${randomUUID()}`;
    const clients: ApiClient[] = [];
    for (const tenant of ['red', 'blue']) {
      clients.push(service.as((await newKey(service.admin, { tenant, roles: ['admin'] })).secret));
    }
    const [red, blue] = clients;
    await red?.put(path, { maxLength: 2, schema: { type: 'string' } });
    for (const data of ['red 1', 'red 2', 'red 3']) await red?.post(`${path}/entries`, { data });
    await red?.put(`${path}/groups/workers`, {});
    await red?.post(`${path}/groups/workers/receive`, { consumer: 'ann' });
    const first = await blue?.post(`${path}/entries`, { data: { blue: 1 } });
    expect(first?.status).toBe(201);
    expect((await blue?.get(path))?.body).toMatchObject({
      length: 1,
      maxLength: null,
      schema: null,
      groups: [],
    });
    expect((await blue?.get(`${path}/groups/workers`))?.body.code).toBe('streams.group-not-found');
    await blue?.put(`${path}/groups/workers`, {});
    const received = await blue?.post(`${path}/groups/workers/receive`, { consumer: 'ann' });
    expect(received?.body.entries).toMatchObject([{ id: first?.body.id, data: { blue: 1 }, deliveries: 1 }]);
    await red?.delete(path);
    expect((await blue?.get(`${path}/groups/workers`))?.body).toMatchObject({ lag: 0, pending: 1 });
    expect((await blue?.get(`${path}/entries`))?.body.items).toMatchObject([{ data: { blue: 1 } }]);
  });

  it('keeps channels of one name in two tenants apart, settings, history and presence', async () => {
    const channel = `shared.${randomUUID()}`;
    const path = `/v1/channels/${channel}`;
    const admin = async (tenant: string) =>
      service.as((await newKey(service.admin, { tenant, roles: ['admin'] })).secret);
    const [red, blue] = [await admin('red'), await admin('blue')];
    await red.put(path, { historySize: 2, slowConsumer: 'conflate' });
    const keyed = { 'idempotency-key': 'the-same' };
    const first = await red.post(`${path}/messages`, { data: 'red 1' }, keyed);
    for (const data of ['red 2', 'red 3']) await red.post(`${path}/messages`, { data });
    expect((await blue.get(path)).body).toMatchObject({ historySize: 1000, slowConsumer: 'disconnect' });
    expect((await blue.get(`${path}/messages`)).body).toEqual({ items: [], next: null, gap: null });
    const own = await blue.post(`${path}/messages`, { data: 'blue' }, keyed);
    expect([own.status, own.headers.get('idempotency-replayed')]).toEqual([201, null]);
    const batch = { messages: [{ channel, data: 'blue too' }] };
    expect((await blue.post('/v1/messages/batch', batch)).body.results).toMatchObject([{ status: 201 }]);
    // A place in the other one's channel is none in this one: all that is kept comes, and the word that more may be missing.
    const since = await blue.get(`${path}/messages?since=${first.body.id}`);
    expect(since.body).toMatchObject({
      items: [{ data: 'blue' }, { data: 'blue too' }],
      gap: { from: first.body.id },
    });
    expect((await red.get(`${path}/messages`)).body.items).toMatchObject([
      { data: 'red 2' },
      { data: 'red 3' },
    ]);
    const follower = await SocketClient.open(service.url, red.token);
    await follower.ask({ type: 'subscribe', channel });
    await subscribers(red, channel, 1);
    await subscribers(blue, channel, 0);
    const { body: listed } = await blue.get('/v1/channels');
    expect(listed.items).toEqual([{ channel, subscriptions: 0, messages: 2, lastId: expect.any(String) }]);
    follower.close();
  });

  it('lets no message out of its tenant, whichever way it is published and followed', async () => {
    const channel = `live.${randomUUID()}`;
    const key = async (tenant: string) => (await newKey(service.admin, { tenant, roles: ['admin'] })).secret;
    const [red, blue] = [await key('red'), await key('blue')];
    const messages = new MessageClient(topology.messageUrl, red);
    const events = `${service.url}/v1/events`;
    const ofRed = await EventReader.open(`${events}?channel=${channel}`, red);
    const byName = await EventReader.open(`${events}?channel=${channel}`, blue);
    const byPattern = await EventReader.open(`${events}?pattern=live.*`, blue);
    const socket = await SocketClient.open(service.url, blue);
    const redSocket = await SocketClient.open(service.url, red);
    try {
      await socket.ask({ type: 'subscribe', channel });
      await socket.ask({ type: 'subscribe', pattern: 'live.*' });
      for (const reader of [ofRed, byName, byPattern])
        await waitUntil('a place', () => reader.lastEventId !== '');
      const place = ofRed.lastEventId;
      await service.as(red).post(`/v1/channels/${channel}/messages`, { data: 'red' });
      await service.as(red).post('/v1/messages/batch', { messages: [{ channel, data: 'red' }] });
      await messages.send('messaging.messages.publish', { channel, data: 'red' });
      await redSocket.ask({ type: 'publish', channel, data: 'red' });
      await commitEffect(service.as(red), { kind: 'messaging.publish', channel, data: 'red' });
      await waitUntil('red has its own', () => ofRed.datas('message').length === 5);
      await service.as(blue).post(`/v1/channels/${channel}/messages`, { data: 'blue' });
      const arrived = () => [socket.of('message'), byName.datas('message'), byPattern.datas('message')];
      await waitUntil('blue has its own', () => arrived().every((each) => each.length > 0));
      for (const each of arrived()) expect(each).toMatchObject([{ channel, data: 'blue' }]);
      // Another tenant's place is no place: nothing is brought for it but the word that something may be missing.
      const resumed = await EventReader.open(`${events}?channel=${channel}`, blue, {
        'last-event-id': place,
      });
      await waitUntil('the gap', () => resumed.events.length > 0);
      expect(resumed.datas('gap')).toMatchObject([{ channel, from: null }]);
      await service.as(blue).post(`/v1/channels/${channel}/messages`, { data: 'last' });
      await waitUntil('the last', () => resumed.datas('message').length > 0);
      expect(resumed.datas('message')).toMatchObject([{ data: 'last' }]);
      expect(ofRed.datas('message').map(({ data }) => String(data))).toEqual(Array(5).fill('red'));
      resumed.close();
    } finally {
      for (const each of [ofRed, byName, byPattern, socket, redSocket]) each.close();
      await messages.close();
    }
  });

  it('keeps payloads of one id in two tenants apart, processors and all', async () => {
    const id = `shared.${randomUUID()}`;
    const payloads = '/v1/pipeline/payloads';
    const admin = async (tenant: string) =>
      service.as((await newKey(service.admin, { tenant, roles: ['admin'] })).secret);
    const [red, blue] = [await admin('red'), await admin('blue')];
    const ofRed = await red.post(payloads, { id, of: 'red' });
    expect(ofRed.body).toMatchObject({ id, of: 'red', status: 'processed' });
    expect((await red.put('/v1/pipeline', { active: false })).body).toMatchObject({ active: false });
    expectProblem(await red.post('/v1/pipeline/queue', { id: 'other' }), 503, 'pipeline.deactivated');
    expect((await blue.get('/v1/pipeline')).body).toEqual({
      active: true,
      queued: 0,
      processing: 0,
      processed: 0,
      failed: 0,
    });
    expectProblem(await blue.get(`${payloads}/${id}`), 404, 'pipeline.payload-not-found');
    const queued = await blue.post('/v1/pipeline/queue', { id, of: 'blue' });
    expect([queued.status, queued.body]).toEqual([202, { id, status: 'queued' }]);
    expect(await idleProcessor(blue)).toMatchObject({ active: true, processed: 1, failed: 0 });
    expect((await blue.get(`${payloads}/${id}`)).body).toMatchObject({ result: { id, of: 'blue' } });
    expect((await red.get(`${payloads}/${id}`)).body.result).toEqual(ofRed.body);
    expect(await idleProcessor(red)).toMatchObject({ active: false, processed: 1 });
    expect((await red.get('/v1/streams/pipeline.payloads')).status).toBe(404);
  });
});

/** Commits an entry of a stream of the client's with `effect`. */
async function commitEffect(client: ApiClient, effect: object): Promise<void> {
  const path = `/v1/streams/effects.${randomUUID()}`;
  await client.post(`${path}/entries`, { data: 1 });
  await client.put(`${path}/groups/g`, {});
  const { body } = await client.post(`${path}/groups/g/receive`, { consumer: 'c' });
  const [{ id, deliveries }] = body.entries as [{ id: string; deliveries: number }];
  const items = [{ id, deliveries, effects: [effect] }];
  const { status } = await client.post(`${path}/groups/g/commit`, { consumer: 'c', items });
  expect(status).toBe(200);
}
