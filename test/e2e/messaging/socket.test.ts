import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { SocketClient } from '../../support/socket-client.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newKey } from '../access/credentials.js';

let topology: Topology;
let nodes: [TestService, TestService];
const clients: SocketClient[] = [];

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService(topology.settings)];
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

afterAll(async () => {
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

async function open(node = nodes[0], token = ADMIN_KEY): Promise<SocketClient> {
  const client = await SocketClient.open(node.url, token);
  clients.push(client);
  return client;
}

async function publish(channel: string, data: unknown, node = nodes[1]): Promise<string> {
  const { body } = await node.admin.post(`/v1/channels/${channel}/messages`, { data });
  return String(body.id);
}

const datas = (client: SocketClient) => client.of('message').map(({ data }) => data as unknown);

describe('a WebSocket', () => {
  it('subscribes, gets what is published on any node, and unsubscribes', async () => {
    const client = await open();
    expect(await client.ask({ type: 'subscribe', channel: 'ws' })).toEqual({
      type: 'subscribed',
      ref: 'ref1',
      channel: 'ws',
      position: expect.stringMatching(/\.0\.\d+$/),
    });
    const id = await publish('ws', { n: 1 });
    await waitUntil('the message', () => client.of('message').length === 1);
    expect(client.of('message')[0]).toEqual({
      type: 'message',
      channel: 'ws',
      id,
      data: { n: 1 },
      publishedAt: expect.any(String),
    });
    expect(await client.ask({ type: 'unsubscribe', channel: 'ws' })).toMatchObject({ type: 'unsubscribed' });
    await publish('ws', { n: 2 });
    expect(await client.ask({ type: 'ping' })).toEqual({ type: 'pong', ref: 'ref3' });
    expect(datas(client)).toEqual([{ n: 1 }]);
  });

  it('publishes, once for a key', async () => {
    const client = await open();
    await client.ask({ type: 'subscribe', channel: 'own' });
    const frame = { type: 'publish', channel: 'own', data: [1], tags: ['t'], key: 'k' };
    const first = await client.ask(frame);
    expect(first).toEqual({ type: 'published', ref: 'ref2', channel: 'own', id: expect.any(String) });
    expect(await client.ask(frame)).toMatchObject({ id: first.id, replayed: true });
    await client.ask({ type: 'publish', channel: 'own', data: 2 });
    await waitUntil('the messages', () => datas(client).length === 2);
    expect(client.of('message')).toMatchObject([{ data: [1], tags: ['t'] }, { data: 2 }]);
  });

  it('goes on after the message that the client had last', async () => {
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push(await publish('resumed', n));
    const client = await open();
    await client.ask({ type: 'subscribe', channel: 'resumed', since: ids[0] });
    await publish('resumed', 4);
    await waitUntil('the messages', () => datas(client).length >= 3);
    expect(datas(client)).toEqual([2, 3, 4]);
    await nodes[0].admin.put('/v1/channels/resumed', { historySize: 1 });
    const late = await open();
    await late.ask({ type: 'subscribe', channel: 'resumed', since: ids[0] });
    await waitUntil('the message', () => datas(late).length === 1);
    expect(late.frames.slice(1)).toMatchObject([
      { type: 'gap', channel: 'resumed', from: ids[0] },
      { type: 'message', data: 4 },
    ]);
    const unknown = await open();
    await unknown.ask({ type: 'subscribe', channel: 'resumed', since: 'another-epoch.7.1' });
    await waitUntil('the message', () => datas(unknown).length === 1);
    expect(unknown.of('gap')).toMatchObject([{ from: 'another-epoch.7.1' }]);
  });

  it('subscribes to patterns', async () => {
    const client = await open();
    await publish('p.old', 0);
    expect(await client.ask({ type: 'subscribe', pattern: 'p.*' })).toEqual({
      type: 'subscribed',
      ref: 'ref1',
      pattern: 'p.*',
    });
    await publish('p.old', 1);
    await publish('p.new', 2);
    await waitUntil('the messages', () => datas(client).length === 2);
    expect(datas(client).toSorted()).toEqual([1, 2]);
    await client.ask({ type: 'unsubscribe', pattern: 'p.*' });
    await publish('p.new', 3);
    await client.ask({ type: 'ping' });
    expect(datas(client)).toHaveLength(2);
  });

  it('answers what is wrong with a problem that has the frame’s ref, and goes on', async () => {
    const { secret } = await newKey(nodes[0].admin, {
      roles: [],
      permissions: ['messaging:read:mine.*', 'messaging:write:mine.out'],
    });
    const client = await open(nodes[0], secret);
    const codeOf = async (frame: object) => {
      const { type, problem } = await client.ask(frame);
      return String(type === 'error' ? problem.code : type);
    };
    expect(await codeOf({ type: 'subscribe', channel: 'mine.a' })).toBe('subscribed');
    expect(await codeOf({ type: 'subscribe', channel: 'mine.a' })).toBe('messaging.already-subscribed');
    expect(await codeOf({ type: 'subscribe', channel: 'yours' })).toBe('access.forbidden');
    expect(await codeOf({ type: 'publish', channel: 'mine.a', data: 1 })).toBe('access.forbidden');
    expect(await codeOf({ type: 'publish', channel: 'mine.out', data: 1 })).toBe('published');
    expect(await codeOf({ type: 'unsubscribe', channel: 'mine.b' })).toBe('messaging.not-subscribed');
    for (const frame of [
      { type: 'dance' },
      {},
      { type: 'subscribe' },
      { type: 'subscribe', channel: 'mine.b', pattern: 'x*' },
      { type: 'subscribe', pattern: 'mine.*', since: 'a.1.1' },
      { type: 'subscribe', channel: 'bad name' },
      { type: 'subscribe', channel: 'mine.b', since: '?' },
      { type: 'subscribe', channel: 'mine.b', extra: 1 },
      { type: 'publish', channel: 'mine.out' },
      { type: 'publish', channel: 'mine.out', data: 1, key: 'ü' },
      { type: 'ping', extra: 1 },
    ]) {
      expect(await codeOf(frame), JSON.stringify(frame)).toBe('request.invalid');
    }
    client.socket.send('{"type":');
    client.socket.send('[]');
    client.send({ type: 'ping', ref: {} });
    await waitUntil(
      'three problems without a ref',
      () => client.of('error').filter(({ ref }) => ref === undefined).length === 3,
    );
    expect(await codeOf({ type: 'ping' })).toBe('pong');
  });

  it('does what a client asks for in the order in which it asks', async () => {
    const client = await open();
    await client.ask({ type: 'subscribe', channel: 'ordered' });
    for (let n = 0; n < 300; n++) {
      client.send({
        type: 'publish',
        channel: 'ordered',
        data: n,
        ref: n,
        ...(n % 3 === 0 ? { key: `k${n}` } : {}),
      });
    }
    await waitUntil('all of them', () => datas(client).length === 300);
    expect(datas(client)).toEqual(Array.from({ length: 300 }, (_, n) => n));
    expect(client.of('published').map(({ ref }) => ref as number)).toEqual(datas(client));
  });

  it('is limited frame by frame', async () => {
    const limited = await startService({ ...topology.settings, RATE_LIMIT_CREDENTIAL: '20/1' });
    try {
      const client = await SocketClient.open(limited.url, ADMIN_KEY);
      clients.push(client);
      for (let n = 0; n < 40; n++) client.send({ type: 'ping', ref: n });
      await waitUntil('the answers', () => client.frames.length === 40);
      const refused = client.of('error').map(({ problem }) => problem.code as string);
      expect(new Set(refused)).toEqual(new Set(['throttle.quota-exceeded']));
      expect(refused.length).toBeGreaterThan(10);
    } finally {
      await limited.stop();
    }
  });
});
