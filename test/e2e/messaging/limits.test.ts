import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { EventReader } from '../../support/event-reader.js';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { SocketClient } from '../../support/socket-client.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newKey } from '../access/credentials.js';

const LIMITS = { SUBSCRIPTIONS_PER_CREDENTIAL: '3', SUBSCRIPTIONS_PER_TENANT: '5' };
const OF_CREDENTIAL = 'The credential has at most 3 subscriptions here.';
const OF_TENANT = 'The tenant has at most 5 subscriptions here.';

let topology: Topology;
let service: TestService;
const open: { close(): void }[] = [];

beforeAll(async () => {
  topology = await startTopology();
  service = await startService({ ...topology.settings, ...LIMITS });
});

afterEach(async () => {
  for (const each of open.splice(0)) each.close();
  await subscriptions(0);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

const secretOf = async (tenant: string) =>
  (await newKey(service.admin, { roles: ['reader'], tenant })).secret;

/** Settles once the service has so many subscriptions. */
async function subscriptions(count: number): Promise<void> {
  await waitUntil(`${count} subscriptions`, async () => {
    const { body } = await service.admin.get('/metrics');
    return String(body).includes(`\nfulcrum_subscriptions ${count}\n`);
  });
}

async function follow(query: string, token: string, of = service): Promise<EventReader> {
  const reader = await EventReader.open(`${of.url}/v1/events?${query}`, token);
  open.push(reader);
  expect(reader.status).toBe(200);
  return reader;
}

async function socketOf(token: string): Promise<SocketClient> {
  const client = await SocketClient.open(service.url, token);
  open.push(client);
  return client;
}

async function expectRefused(query: string, token: string, detail: string): Promise<void> {
  const answer = await service.as(token).get(`/v1/events?${query}`);
  expectProblem(answer, 429, 'messaging.too-many-subscriptions');
  expect(answer.body).toMatchObject({ detail, retryAfterMs: 1000 });
  expect(answer.headers.get('retry-after')).toBe('1');
}

async function expectFrameRefused(client: SocketClient, frame: object, detail: string): Promise<void> {
  const answer = await client.ask({ type: 'subscribe', ...frame });
  expect(answer).toMatchObject({
    type: 'error',
    problem: { status: 429, code: 'messaging.too-many-subscriptions', detail, retryAfterMs: 1000 },
  });
}

async function take(client: SocketClient, ...frames: readonly object[]): Promise<void> {
  for (const frame of frames)
    expect(await client.ask({ type: 'subscribe', ...frame })).toMatchObject({ type: 'subscribed' });
}

describe('subscriptions', () => {
  it('of one credential are limited on event streams, and free again when one closes', async () => {
    const key = await secretOf('sse');
    const reader = await follow('channel=a&channel=a&pattern=b*', key);
    await expectRefused('channel=c&channel=d', key, OF_CREDENTIAL);
    await expectRefused('channel=c&pattern=d*', key, OF_CREDENTIAL);
    await expectRefused('pattern=c*&pattern=d*&pattern=e*&pattern=f*', key, OF_CREDENTIAL);
    // Nothing of what was refused is taken: one is free still, and nobody is there.
    await subscriptions(2);
    for (const channel of ['c', 'd']) {
      const { body } = await service.as(key).get(`/v1/channels/${channel}/presence`);
      expect(body).toMatchObject({ subscriptions: 0, items: [] });
    }
    const last = await follow('channel=c', key);
    await expectRefused('channel=d', key, OF_CREDENTIAL);
    last.close();
    await subscriptions(2);
    await follow('channel=d', key);
    reader.close();
    await subscriptions(1);
    await follow('channel=e&pattern=f*', key);
  });

  it('of one credential are limited on WebSockets, by an answer after which they go on', async () => {
    const key = await secretOf('websocket');
    const [client, other] = [await socketOf(key), await socketOf(key)];
    await take(client, { channel: 'a' }, { pattern: '*' });
    await take(other, { channel: 'a' });
    await expectFrameRefused(client, { channel: 'b' }, OF_CREDENTIAL);
    await expectFrameRefused(other, { pattern: 'b*' }, OF_CREDENTIAL);
    await expectRefused('channel=b', key, OF_CREDENTIAL);
    // What it has already is no further one.
    const again = await client.ask({ type: 'subscribe', channel: 'a' });
    expect(again).toMatchObject({ problem: { code: 'messaging.already-subscribed' } });
    expect(await client.ask({ type: 'unsubscribe', channel: 'b' })).toMatchObject({
      problem: { code: 'messaging.not-subscribed' },
    });
    await expectFrameRefused(client, { channel: 'b' }, OF_CREDENTIAL);
    expect(await client.ask({ type: 'unsubscribe', pattern: '*' })).toMatchObject({ type: 'unsubscribed' });
    await take(other, { channel: 'b' });
    await expectFrameRefused(client, { channel: 'c' }, OF_CREDENTIAL);
    other.close();
    await subscriptions(1);
    await take(client, { channel: 'b' }, { pattern: '*' });
    await expectFrameRefused(client, { channel: 'c' }, OF_CREDENTIAL);
  });

  it('of one tenant are limited over all of its credentials, and no other tenant’s are', async () => {
    const [one, other, elsewhere] = [await secretOf('t'), await secretOf('t'), await secretOf('u')];
    await follow('channel=a&channel=b&channel=c', one);
    const client = await socketOf(other);
    await take(client, { channel: 'a' }, { pattern: 'a*' });
    await expectFrameRefused(client, { channel: 'b' }, OF_TENANT);
    await expectRefused('channel=b', other, OF_TENANT);
    await follow('channel=a&channel=b&channel=c', elsewhere);
    client.close();
    await subscriptions(6);
    await follow('channel=a&pattern=a*', other);
    await expectRefused('channel=b', other, OF_TENANT);
  });

  it('are those of one process', async () => {
    const key = await secretOf('processes');
    await follow('channel=a&channel=b&channel=c', key);
    await expectRefused('channel=d', key, OF_CREDENTIAL);
    const another = await startService({ ...topology.settings, ...LIMITS });
    try {
      await follow('channel=a&channel=b&channel=c', key, another);
      // In this process, whose metrics they share, there are two.
      await subscriptions(6);
    } finally {
      for (const each of open.splice(0)) each.close();
      await another.stop();
    }
  });

  it('of clients that leave as they come, and that are refused for another reason, are given back', async () => {
    const limited = await startService({
      ...topology.settings,
      ...LIMITS,
      LIVE_CONNECTIONS_PER_CREDENTIAL: '1',
    });
    try {
      const key = await secretOf('hurry');
      const client = limited.as(key);
      for (let again = 0; again < 60; again++) {
        const leave = new AbortController();
        const left = fetch(`${limited.url}/v1/events?channel=h${again}&pattern=h*`, {
          headers: { authorization: `Bearer ${key}` },
          signal: leave.signal,
        }).catch(() => undefined);
        const socket = new WebSocket(`${limited.url.replace(/^http/, 'ws')}/v1/socket`, {
          headers: { authorization: `Bearer ${key}` },
        });
        socket.on('error', () => undefined);
        setTimeout(() => leave.abort(), again % 10);
        setTimeout(() => socket.terminate(), again % 7);
        await Promise.all([left, new Promise((resolve) => socket.on('close', resolve))]);
      }
      await subscriptions(0);
      await waitUntil('no connection is left', async () => {
        const { body } = await client.get('/metrics');
        return ['sse', 'websocket'].every((kind) => String(body).includes(`connections{kind="${kind}"} 0\n`));
      });
      const first = await waitUntil('there is room for a connection', async () => {
        const reader = await EventReader.open(`${limited.url}/v1/events?channel=a`, key);
        return reader.status === 200 ? reader : undefined;
      });
      for (let again = 0; again < 5; again++) {
        const refused = await client.get('/v1/events?channel=b&pattern=b*');
        expectProblem(refused, 429, 'live.too-many-connections');
        expect((await client.send('HEAD', '/v1/events?channel=b')).status).toBe(429);
      }
      await subscriptions(1);
      first.close();
      await subscriptions(0);
      for (let again = 0; again < 5; again++) {
        expect((await client.send('HEAD', '/v1/events?channel=b&pattern=b*')).status).toBe(200);
      }
      await subscriptions(0);
      const socket = await SocketClient.open(limited.url, key);
      // Asked for in the last moment of a connection.
      for (let at = 0; at < 10; at++) socket.send({ type: 'subscribe', channel: `h${at}` });
      socket.close();
      await waitUntil('there is room for all', async () => {
        const reader = await EventReader.open(`${limited.url}/v1/events?channel=a&channel=b&channel=c`, key);
        open.push(reader);
        return reader.status === 200;
      });
      await subscriptions(3);
    } finally {
      for (const each of open.splice(0)) each.close();
      await limited.stop();
    }
  });
});
