import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../support/problem.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { MessageClient } from '../../support/message-client.js';
import type { HistoryPage } from '../../../src/features/messaging/dto/answers.dto.js';
import { newKey } from '../access/credentials.js';
import { pluck } from '../streams/harness.js';

let topology: Topology;
let service: TestService;
let messages: MessageClient;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
});

afterAll(async () => {
  await messages?.close();
  await service?.stop();
  await topology?.stop();
});

const publish = (channel: string, body: object, headers: Record<string, string> = {}) =>
  service.admin.post(`/v1/channels/${channel}/messages`, body, headers);

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('publishing', () => {
  it('answers with the message’s id, and the history has it as it was sent', async () => {
    const data = { type: 'published', slug: 'my-article', täg: [null, 1.5, '\u2028'] };
    const answer = await publish('article_events', { data, tags: ['my-article'] });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ id: expect.any(String), channel: 'article_events' });
    const { body } = await service.admin.get('/v1/channels/article_events/messages');
    expect(body).toEqual({
      items: [
        {
          channel: 'article_events',
          id: answer.body.id,
          data,
          tags: ['my-article'],
          publishedAt: expect.stringMatching(INSTANT),
        },
      ],
      next: null,
      gap: null,
    });
  });

  it('of the same Idempotency-Key happens once', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await publish('keyed', { data: 1 }, headers);
    const again = await publish('keyed', { data: 1 }, headers);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expectProblem(await publish('keyed', { data: 2 }, headers), 422, 'idempotency.key-reused');
    const { body } = await service.admin.get('/v1/channels/keyed/messages');
    expect(body.items).toHaveLength(1);
  });

  it('in a batch gives a result each, in order, and one bad message does not spoil the others', async () => {
    const { secret } = await newKey(service.admin, { roles: [], permissions: ['messaging:write:batch.*'] });
    const batch = {
      messages: [
        { channel: 'batch.a', data: 1 },
        { channel: 'batch.b', data: 2, tags: ['x'] },
        { channel: 'not allowed', data: 3 },
        { channel: 'elsewhere', data: 4 },
        { channel: 'batch.a', data: 5 },
        { channel: 'batch.a' },
      ],
    };
    const headers = { 'idempotency-key': 'batch' };
    const answer = await service.as(secret).post('/v1/messages/batch', batch, headers);
    expect(answer.status).toBe(200);
    const results = answer.body.results as { status: number; code?: string; id?: string }[];
    expect(results.map(({ status, code }) => [status, code])).toEqual([
      [201, undefined],
      [201, undefined],
      [422, 'request.invalid'],
      [403, 'access.forbidden'],
      [201, undefined],
      [422, 'request.invalid'],
    ]);
    const history = await service.admin.get('/v1/channels/batch.a/messages');
    expect(history.body.items).toMatchObject([
      { id: results[0]?.id, data: 1 },
      { id: results[4]?.id, data: 5 },
    ]);
    const again = await service.as(secret).post('/v1/messages/batch', batch, headers);
    expect(again.body).toEqual(answer.body);
    expect((await service.admin.get('/v1/channels/batch.b/messages')).body.items).toHaveLength(1);
  });

  it('is the same by a message', async () => {
    const { id } = await messages.send('messaging.messages.publish', { channel: 'by.message', data: [1] });
    const page = await messages.send('messaging.messages.list', { channel: 'by.message' });
    expect(page.items).toMatchObject([{ id, data: [1] }]);
  });
});

describe('history', () => {
  it('is paged from either end, after a message, and says what is missing', async () => {
    const channel = 'paged';
    await service.admin.put(`/v1/channels/${channel}`, { historySize: 5 });
    const ids: string[] = [];
    for (let n = 1; n <= 8; n++) ids.push(String((await publish(channel, { data: n })).body.id));
    const page = async (query: string): Promise<HistoryPage> => {
      const { status, body } = await service.admin.get(`/v1/channels/${channel}/messages${query}`);
      expect(status).toBe(200);
      return body as HistoryPage;
    };
    const datas = ({ items }: HistoryPage) => items.map(({ data }) => data);
    const first = await page('?limit=2');
    expect(datas(first)).toEqual([4, 5]);
    expect(datas(await page(`?limit=2&cursor=${first.next}`))).toEqual([6, 7]);
    const newest = await page('?limit=2&order=desc');
    expect(datas(newest)).toEqual([8, 7]);
    expect(datas(await page(`?limit=9&order=desc&cursor=${newest.next}`))).toEqual([6, 5, 4]);
    expect(await page(`?since=${ids[5]}`)).toMatchObject({ items: [{ data: 7 }, { data: 8 }], gap: null });
    const late = await page(`?since=${ids[0]}`);
    expect(datas(late)).toEqual([4, 5, 6, 7, 8]);
    expect(late.gap).toEqual({ channel, from: ids[0], to: expect.stringMatching(/\.3$/) });
    for (let n = 9; n <= 12; n++) await publish(channel, { data: n });
    const overtaken = await page(`?limit=2&cursor=${first.next}`);
    expect(datas(overtaken)).toEqual([8, 9]);
    expect(overtaken.gap?.from).toMatch(/\.5$/);
    expect(overtaken.gap?.to).toMatch(/\.7$/);
    expectProblem(
      await service.admin.get(`/v1/channels/other/messages?cursor=${first.next}`),
      422,
      'pagination.invalid-cursor',
    );
  });

  it('of a channel that nobody used is empty', async () => {
    const { status, body } = await service.admin.get('/v1/channels/never/messages');
    expect([status, body]).toEqual([200, { items: [], next: null, gap: null }]);
  });
});

describe('a channel', () => {
  it('has the default settings until it is told others', async () => {
    const defaults = { channel: 'set', historySize: 1000, historyTtlMs: 600_000, slowConsumer: 'disconnect' };
    expect((await service.admin.get('/v1/channels/set')).body).toEqual(defaults);
    const changed = await service.admin.put('/v1/channels/set', { historySize: 0, slowConsumer: 'conflate' });
    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({ ...defaults, historySize: 0, slowConsumer: 'conflate' });
    const back = await service.admin.put('/v1/channels/set', { historySize: null });
    expect(back.body).toEqual({ ...defaults, slowConsumer: 'conflate' });
    expect((await messages.send('messaging.channels.get', { channel: 'set' })).slowConsumer).toBe('conflate');
  });

  it('that keeps nothing still gives ids', async () => {
    await service.admin.put('/v1/channels/kept.nothing', { historySize: 0 });
    const first = await publish('kept.nothing', { data: 1 });
    const second = await publish('kept.nothing', { data: 2 });
    expect(first.body.id).not.toBe(second.body.id);
    expect((await service.admin.get('/v1/channels/kept.nothing/messages')).body.items).toEqual([]);
  });

  it('is listed while it has messages, for who may read it', async () => {
    for (const channel of ['list.a', 'list.b', 'list.c']) await publish(channel, { data: 1 });
    const { secret } = await newKey(service.admin, { roles: [], permissions: ['messaging:read:list.*'] });
    const reader = service.as(secret);
    const first = await reader.get('/v1/channels?limit=2');
    expect(pluck(first.body.items, 'channel')).toEqual(['list.a', 'list.b']);
    expect(first.body.items[0]).toEqual({
      channel: 'list.a',
      subscriptions: 0,
      messages: 1,
      lastId: expect.any(String),
    });
    const rest = await reader.get(`/v1/channels?cursor=${first.body.next}`);
    expect(rest.body).toMatchObject({ items: [{ channel: 'list.c' }], next: null });
  });
});
