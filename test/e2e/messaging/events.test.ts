import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EventReader } from '../../support/event-reader.js';
import { expectProblem } from '../../support/problem.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newKey } from '../access/credentials.js';

let topology: Topology;
let nodes: [TestService, TestService];
const readers: EventReader[] = [];

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService(topology.settings)];
});

afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});

afterAll(async () => {
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

interface Opening {
  readonly lastEventId?: string;
  readonly node?: TestService;
  readonly token?: string;
}

async function events(query: string, { lastEventId = '', node = nodes[0], token = ADMIN_KEY }: Opening = {}) {
  const headers: Record<string, string> = lastEventId === '' ? {} : { 'last-event-id': lastEventId };
  const reader = await EventReader.open(`${node.url}/v1/events?${query}`, token, headers);
  readers.push(reader);
  expect(reader.status).toBe(200);
  expect(reader.contentType).toMatch(/^text\/event-stream/);
  await waitUntil('its place', () => reader.lastEventId !== '');
  return reader;
}

async function publish(channel: string, data: unknown, node = nodes[1]): Promise<string> {
  const { status, body } = await node.admin.post(`/v1/channels/${channel}/messages`, { data });
  expect(status).toBe(201);
  return String(body.id);
}

const datas = (reader: EventReader) => reader.datas('message').map(({ data }) => data as unknown);

async function has(reader: EventReader, ...expected: readonly unknown[]): Promise<void> {
  await waitUntil('the messages', () => datas(reader).length >= expected.length);
  expect(datas(reader)).toEqual(expected);
}

describe('events of channels', () => {
  it('bring each message as the history has it, from any node, in order', async () => {
    const reader = await events('channel=article_events&channel=other');
    const data = { type: 'published', slug: 'my-article' };
    const id = await publish('article_events', data);
    await publish('unasked', 0);
    await publish('other', 1, nodes[0]);
    await has(reader, data, 1);
    const [event] = reader.events;
    expect(event?.event).toBe('message');
    const { body } = await nodes[0].admin.get('/v1/channels/article_events/messages');
    expect(JSON.parse(event?.data ?? '')).toEqual(body.items[0]);
    expect(body.items[0].id).toBe(id);
  });

  it.each(['channel=back.a', 'channel=back.b&channel=back.c', 'pattern=back.*'])(
    'of %s bring what was missed to a client that comes back, once and in order',
    async (query) => {
      const names = query.includes('pattern')
        ? ['back.d', 'back.e']
        : query.replaceAll('channel=', '').split('&');
      await Promise.all(names.map((name) => publish(name, 'before')));
      const first = await events(query);
      const early = first.lastEventId;
      for (const name of names) await publish(name, 1);
      await waitUntil('the first', () => datas(first).length === names.length);
      first.close();
      for (const n of [2, 3]) for (const name of names) await publish(name, n);
      const second = await events(query, { lastEventId: first.lastEventId, node: nodes[1] });
      await waitUntil('what was missed', () => datas(second).length >= 2 * names.length);
      for (const name of names) await publish(name, 4);
      await waitUntil('what is live', () => datas(second).length >= 3 * names.length);
      for (const name of names) {
        const of = second.datas('message').filter(({ channel }) => channel === name);
        expect(of.map(({ data }) => data as unknown)).toEqual([2, 3, 4]);
      }
      expect(datas(second)).toHaveLength(3 * names.length);
      const third = await events(query, { lastEventId: early });
      await waitUntil('all', () => datas(third).length >= 4 * names.length);
      expect(datas(third)).toHaveLength(4 * names.length);
      expect(third.datas('gap')).toEqual([]);
    },
  );

  it('tell what is kept no longer, and then bring the rest', async () => {
    await nodes[0].admin.put('/v1/channels/short', { historySize: 2 });
    const from = await publish('short', 1);
    const first = await events('channel=short');
    await publish('short', 2);
    await has(first, 2);
    first.close();
    for (const n of [3, 4, 5, 6]) await publish('short', n);
    const second = await events('channel=short', { lastEventId: first.lastEventId });
    await has(second, 5, 6);
    const [gap] = second.datas('gap');
    expect(gap).toEqual({ channel: 'short', from: expect.any(String), to: expect.stringMatching(/\.4$/) });
    expect(gap.from).not.toBe(from);
    expect(second.events[0]?.event).toBe('gap');
    const third = await events(`channel=short&since=${from}`);
    await has(third, 5, 6);
    expect(third.datas('gap')).toEqual([{ channel: 'short', from, to: gap.to }]);
  });

  it('of a pattern bring channels that there are, that come later, and none that the client may not read', async () => {
    const { secret } = await newKey(nodes[0].admin, {
      roles: [],
      permissions: ['messaging:read:found.open.*'],
    });
    await publish('found.open.old', 'old');
    const all = await events('pattern=found.*');
    const some = await events('pattern=found.*&channel=found.open.named', { token: secret });
    await publish('found.open.old', 1);
    await publish('found.open.new', 2);
    await publish('found.closed', 3);
    await publish('found.open.named', 4);
    await publish('found.open.new', 5);
    await waitUntil('all of them', () => datas(all).length >= 5 && datas(some).length >= 4);
    expect(datas(all).toSorted()).toEqual([1, 2, 3, 4, 5]);
    expect(datas(some).toSorted()).toEqual([1, 2, 4, 5]);
  });

  it('come once however often the client asked for their channel', async () => {
    const reader = await events('channel=twice&channel=twice&pattern=tw*&pattern=*ice&pattern=tw*');
    await publish('twice', 1);
    await publish('twice', 2);
    await publish('twins', 3);
    await waitUntil('the messages', () => datas(reader).length >= 3);
    await publish('twice', 4);
    await waitUntil('the last', () => datas(reader).includes(4));
    expect(datas(reader).toSorted()).toEqual([1, 2, 3, 4]);
  });

  it('begin with a gap where nobody can read the client’s place', async () => {
    await publish('foreign', 1);
    const reader = await events('channel=foreign&channel=foreign.too', { lastEventId: 'AAAAforeign' });
    await waitUntil('the gaps', () => reader.datas('gap').length === 2);
    expect(reader.datas('gap')).toEqual([
      { channel: 'foreign', from: null, to: expect.any(String) },
      { channel: 'foreign.too', from: null, to: expect.any(String) },
    ]);
    await publish('foreign', 2);
    await has(reader, 2);
  });

  it('of a channel that the client adds when it comes back begin now', async () => {
    await publish('added', 'old');
    const first = await events('channel=kept');
    const second = await events('channel=kept&channel=added', { lastEventId: first.lastEventId });
    await publish('added', 'new');
    await has(second, 'new');
    expect(second.datas('gap')).toEqual([]);
  });

  it('are refused for what is no request, and for channels that the caller may not read', async () => {
    const get = (query: string, headers = {}) => nodes[0].admin.get(`/v1/events?${query}`, headers);
    for (const query of [
      '',
      'channel=',
      'channel=a b',
      'pattern=[x]',
      'channel=a&unknown=1',
      'channel=a&since=!',
      'channel=a&channel=b&since=x.1.2',
      Array.from({ length: 101 }, (_, n) => `channel=c${n}`).join('&'),
    ]) {
      expectProblem(await get(query), 422, 'request.invalid');
    }
    expectProblem(await get('channel=a', { 'last-event-id': '#' }), 422, 'request.invalid');
    const { secret } = await newKey(nodes[0].admin, { roles: [], permissions: ['messaging:read:mine.*'] });
    const other = nodes[0].as(secret);
    expectProblem(await other.get('/v1/events?channel=mine.a&channel=yours'), 403, 'access.forbidden');
    expectProblem(await nodes[0].as(undefined).get('/v1/events?channel=a'), 401, 'access.no-credential');
  });

  it('never cross tenants', async () => {
    const { secret } = await newKey(nodes[0].admin, { tenant: 'other', roles: ['admin'] });
    const reader = await events('channel=shared&pattern=*', { token: secret });
    await publish('shared', 'of the default tenant');
    await nodes[0].as(secret).post('/v1/channels/shared/messages', { data: 'own' });
    await has(reader, 'own');
  });
});

describe('a publisher’s effects', () => {
  it('publish once, as part of a commit', async () => {
    const { admin } = nodes[0];
    await admin.post('/v1/streams/orders/entries', { data: 1 });
    await admin.put('/v1/streams/orders/groups/g', {});
    const received = await admin.post('/v1/streams/orders/groups/g/receive', { consumer: 'c' });
    const [{ id, deliveries }] = received.body.entries;
    const reader = await events('channel=orders.done');
    const commit = {
      consumer: 'c',
      items: [
        { id, deliveries, effects: [{ kind: 'messaging.publish', channel: 'orders.done', data: { id } }] },
      ],
    };
    const answer = await admin.post('/v1/streams/orders/groups/g/commit', commit);
    expect(answer.status).toBe(200);
    await has(reader, { id });
  });
});
