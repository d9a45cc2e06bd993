import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { expectProblem } from '../../support/problem.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { pluck, StreamUser } from './harness.js';

let topology: Topology;
let nodes: [TestService, TestService];
let messages: MessageClient;

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService(topology.settings)];
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
});

afterAll(async () => {
  await messages?.close();
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

const admin = () => nodes[0].admin;

describe('a stream', () => {
  it('is made by the first entry, shown with its length and ids, listed, and removed with its groups', async () => {
    const orders = new StreamUser(nodes[0], 'orders');
    const [first = '', last = ''] = await orders.append({ n: 1 }, { n: 2 });
    await orders.configure();
    expect((await admin().get('/v1/streams/orders')).body).toEqual({
      stream: 'orders',
      length: 2,
      firstId: first,
      lastId: last,
      maxLength: null,
      maxAgeMs: null,
      schema: null,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      groups: [{ group: 'workers', lag: 2, pending: 0, deadLetters: 0 }],
    });
    const list = await admin().get('/v1/streams?limit=1000');
    expect(pluck(list.body.items, 'stream')).toContain('orders');
    expect((await admin().delete('/v1/streams/orders')).status).toBe(204);
    expectProblem(await admin().get('/v1/streams/orders'), 404, 'streams.stream-not-found');
    expectProblem(await orders.view(), 404, 'streams.stream-not-found');
    const left = (await topology.keys()).filter((key) => key.includes('{streams:orders}'));
    expect(left).toEqual([]);
  });

  it('takes settings, keeps those left out, and forgets those set to null', async () => {
    const made = await admin().put('/v1/streams/configured', { maxLength: 3, maxAgeMs: 60_000 });
    expect(made.status).toBe(201);
    const changed = await admin().put('/v1/streams/configured', { maxAgeMs: null });
    expect([changed.status, changed.body.maxLength, changed.body.maxAgeMs]).toEqual([200, 3, null]);
    for (const bad of [{ maxLength: 0 }, { maxAgeMs: 1.5 }, { schema: 1 }, { retention: 5 }]) {
      expectProblem(await admin().put('/v1/streams/configured', bad), 422, 'request.invalid');
    }
    expectProblem(await admin().put('/v1/streams/-bad', {}), 422, 'request.invalid');
  });

  it('keeps what retention says: the last entries, and none that is too old', async () => {
    const short = new StreamUser(nodes[0], 'short');
    await admin().put(short.path, { maxLength: 2 });
    const ids = await short.append(1, 2, 3);
    const page = await admin().get(`${short.path}/entries`);
    expect(pluck(page.body.items, 'id')).toEqual(ids.slice(1));

    const brief = new StreamUser(nodes[0], 'brief');
    await admin().put(brief.path, { maxAgeMs: 300 });
    await brief.append(1);
    await waitUntil('the entry is too old', async () => {
      return (await admin().get(`${brief.path}/entries`)).body.items.length === 0;
    });
    expect((await admin().get(brief.path)).body).toMatchObject({ length: 0, firstId: null });
  });

  it('gives the memory of old entries back though nobody looks', async () => {
    const left = new StreamUser(nodes[0], 'left-alone');
    await admin().put(left.path, { maxAgeMs: 100 });
    await left.append(1);
    const redis = topology.connect();
    // The look is half a minute away; here it is due.
    await redis.zadd('fulcrum:_:{streams:_}:aging', 0, 'default/left-alone');
    const entries = 'fulcrum:default:{streams:left-alone}:entries';
    await waitUntil('it is empty', async () => (await redis.xlen(entries)) === 0);
    redis.disconnect();
  });

  it('is listed page by page, each once, without those that the credential may not read', async () => {
    for (const name of ['paged-a', 'paged-b', 'paged-c']) await admin().put(`/v1/streams/${name}`, {});
    const key = await admin().post('/v1/api-keys', {
      name: 'paged',
      roles: [],
      permissions: ['streams:read:paged-*'],
    });
    const reader = nodes[0].as(key.body.secret);
    const names: unknown[] = [];
    let cursor = '';
    do {
      const page = await reader.get(`/v1/streams?limit=2${cursor && `&cursor=${cursor}`}`);
      names.push(...pluck(page.body.items, 'stream'));
      cursor = page.body.next ?? '';
    } while (cursor !== '');
    expect(names).toEqual(['paged-a', 'paged-b', 'paged-c']);
    expectProblem(await reader.get('/v1/streams/orders'), 403, 'access.forbidden');
    expectProblem(await reader.post('/v1/streams/paged-a/entries', { data: 1 }), 403, 'access.forbidden');
  });
});

describe('an entry', () => {
  it('comes back as it was, whatever JSON it is, with its key and its time', async () => {
    const kinds = new StreamUser(nodes[0], 'kinds');
    const datas = [{ a: [1, null, { b: 'ä\u0000"' }] }, [1, 2], 'text', -0.5, true, null, ''];
    const ids = await kinds.append(...datas);
    const page = await admin().get(`${kinds.path}/entries`);
    expect(pluck(page.body.items, 'data')).toEqual(datas);
    expect(page.body.next).toBeNull();
    const keyed = await admin().post(`${kinds.path}/entries`, { data: 1, key: '@nestjs/core' });
    expect(keyed.status).toBe(201);
    const one = await admin().get(`${kinds.path}/entries/${keyed.body.id}`);
    expect(one.body).toEqual({
      id: keyed.body.id,
      data: 1,
      key: '@nestjs/core',
      appendedAt: new Date(Number(String(keyed.body.id).split('-')[0])).toISOString(),
    });
    expect((await admin().delete(`${kinds.path}/entries/${ids[0]}`)).status).toBe(204);
    expectProblem(await admin().get(`${kinds.path}/entries/${ids[0]}`), 404, 'streams.entry-not-found');
    expectProblem(await admin().delete(`${kinds.path}/entries/${ids[0]}`), 404, 'streams.entry-not-found');
    expectProblem(await admin().get(`${kinds.path}/entries/abc`), 422, 'request.invalid');
  });

  it('is refused, and nothing is appended, if it is too large, has no data, or has a field that is not known', async () => {
    const strict = new StreamUser(nodes[0], 'strict');
    const bad = [{}, { data: 'x'.repeat(65_535) }, { data: 1, id: '1-1' }, { data: 1, key: '' }];
    for (const body of bad) {
      expectProblem(await admin().post(`${strict.path}/entries`, body), 422, 'request.invalid');
    }
    const batch = await admin().post(`${strict.path}/entries/batch`, {
      entries: [{ data: 1 }, { key: 'k' }, { data: 2, more: 3 }],
    });
    expectProblem(batch, 422, 'request.invalid');
    expect(pluck(batch.body.errors, 'pointer')).toEqual(['/entries/1/data', '/entries/2/more']);
    for (const entries of [[], Array.from({ length: 1001 }, () => ({ data: 1 }))]) {
      expectProblem(await admin().post(`${strict.path}/entries/batch`, { entries }), 422, 'request.invalid');
    }
    expectProblem(await admin().get(strict.path), 404, 'streams.stream-not-found');
  });

  it('is appended once for a key, alone and in a batch', async () => {
    const keyed = new StreamUser(nodes[0], 'keyed');
    const headers = { 'idempotency-key': 'append-1' };
    const first = await admin().post(`${keyed.path}/entries`, { data: 1 }, headers);
    const again = await nodes[1].admin.post(`${keyed.path}/entries`, { data: 1 }, headers);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect([first, again].map((answer) => answer.headers.get('idempotency-replayed'))).toEqual([
      null,
      'true',
    ]);
    const other = await admin().post(`${keyed.path}/entries`, { data: 2 }, headers);
    expectProblem(other, 422, 'idempotency.key-reused');
    const entries = [{ data: 1 }, { data: 2, key: 'k' }];
    const batch = { 'idempotency-key': 'append-2' };
    const ids = await admin().post(`${keyed.path}/entries/batch`, { entries }, batch);
    expect(ids.status).toBe(201);
    expect((await admin().post(`${keyed.path}/entries/batch`, { entries }, batch)).body).toEqual(ids.body);
    expect((await admin().get(keyed.path)).body.length).toBe(3);
  });

  it('is found by range, in both orders, page by page, and a cursor is good for its list alone', async () => {
    const ranged = new StreamUser(nodes[0], 'ranged');
    const ids = await ranged.append(1, 2, 3, 4, 5);
    const read = async (query: string) => {
      const answer = await admin().get(`${ranged.path}/entries?${query}`);
      return pluck(answer.body.items, 'id');
    };
    expect(await read(`from=${ids[1]}&to=${ids[3]}`)).toEqual(ids.slice(1, 4));
    expect(await read(`from=${ids[1]}&to=${ids[3]}&order=desc`)).toEqual(ids.slice(1, 4).reverse());
    expect(await read(`from=${Number(ids[0]?.split('-')[0])}`)).toEqual(ids);
    expect(await read(`from=${ids[3]}&to=${ids[1]}`)).toEqual([]);
    for (const order of ['asc', 'desc']) {
      const seen: unknown[] = [];
      let cursor = '';
      do {
        const page = await admin().get(`${ranged.path}/entries?limit=2&order=${order}${cursor}`);
        seen.push(...pluck(page.body.items, 'id'));
        cursor = page.body.next === null ? '' : `&cursor=${page.body.next}`;
      } while (cursor !== '');
      expect(seen).toEqual(order === 'asc' ? ids : [...ids].reverse());
    }
    const { next } = (await admin().get(`${ranged.path}/entries?limit=2`)).body;
    const foreign = await admin().get(`${ranged.path}/entries?limit=2&order=desc&cursor=${next}`);
    expectProblem(foreign, 422, 'pagination.invalid-cursor');
    await admin().delete(ranged.path);
    await ranged.append(1);
    const stale = await admin().get(`${ranged.path}/entries?limit=2&cursor=${next}`);
    expectProblem(stale, 422, 'pagination.invalid-cursor');
    for (const query of ['from=x', 'order=up', 'limit=0', 'limit=1001', 'start=1']) {
      expectProblem(await admin().get(`${ranged.path}/entries?${query}`), 422, 'request.invalid');
    }
  });

  it('takes the same way by message', async () => {
    const { id } = await messages.send('streams.entries.append', { stream: 'told', data: { by: 'message' } });
    const page = await messages.send('streams.entries.list', { stream: 'told' });
    expect(page.items).toMatchObject([{ id, data: { by: 'message' } }]);
    expect(await messages.send('streams.entries.get', { stream: 'told', id })).toMatchObject({ id });
    expect(await messages.send('streams.streams.get', { stream: 'told' })).toMatchObject({ length: 1 });
    await expect(messages.send('streams.entries.append', { stream: 'told' })).rejects.toMatchObject({
      code: 'request.invalid',
    });
  });
});

describe('a schema', () => {
  const schema = {
    type: 'object',
    required: ['kind'],
    additionalProperties: false,
    properties: {
      kind: { type: 'string', pattern: '^[a-z]+$' },
      at: { type: 'string', format: 'date-time' },
    },
  };

  it('holds for what is appended from then on, on every node, alone, in batches and by effects', async () => {
    const typed = new StreamUser(nodes[0], 'typed');
    await typed.append({ anything: true });
    await nodes[1].admin.post(`${typed.path}/entries`, { data: 'also' });
    expect((await admin().put(typed.path, { schema })).body.schema).toEqual(schema);
    for (const node of nodes) {
      const bad = await node.admin.post(`${typed.path}/entries`, {
        data: { kind: 'A1', more: 1, at: 'now' },
      });
      expectProblem(bad, 422, 'streams.schema-violation');
      expect(pluck(bad.body.errors, 'pointer').sort()).toEqual(['/data/at', '/data/kind', '/data/more']);
      expect((await node.admin.post(`${typed.path}/entries`, { data: { kind: 'a' } })).status).toBe(201);
    }
    const batch = await admin().post(`${typed.path}/entries/batch`, {
      entries: [{ data: { kind: 'a' } }, { data: {} }],
    });
    expectProblem(batch, 422, 'streams.schema-violation');
    expect(batch.body.errors).toEqual([{ pointer: '/entries/1/data/kind', detail: 'is required' }]);
    expect((await admin().get(typed.path)).body.length).toBe(4);
    await admin().put(typed.path, { schema: null });
    expect((await nodes[1].admin.post(`${typed.path}/entries`, { data: 1 })).status).toBe(201);
  });

  it('does not take a keyed request back that was good before', async () => {
    const typed = new StreamUser(nodes[0], 'typed-keyed');
    const headers = { 'idempotency-key': 'typed' };
    const first = await admin().post(`${typed.path}/entries`, { data: 1 }, headers);
    await admin().put(typed.path, { schema: { type: 'object' } });
    expectProblem(await admin().post(`${typed.path}/entries`, { data: 2 }), 422, 'streams.schema-violation');
    const again = await admin().post(`${typed.path}/entries`, { data: 1 }, headers);
    expect([again.status, again.body]).toEqual([201, first.body]);
  });

  it.each([
    [{ type: 'nothing' }],
    [{ pattern: '(' }],
    [{ pattern: '(a)\\1' }],
    [{ requried: ['a'] }],
    [{ $ref: 'https://example.com/schema' }],
    [{ $schema: 'https://example.com/dialect' }],
  ])('that cannot be used is refused: %j', async (bad) => {
    const answer = await admin().put('/v1/streams/untyped', { schema: bad });
    expectProblem(answer, 422, 'streams.invalid-schema');
    expect(answer.body.errors[0].pointer).toBe('/schema');
  });

  it('with a pattern that backtracks for ever elsewhere answers at once here', async () => {
    await admin().put('/v1/streams/slow', { schema: { type: 'string', pattern: '^(a+)+$' } });
    const started = performance.now();
    const answer = await admin().post('/v1/streams/slow/entries', { data: `${'a'.repeat(50_000)}!` });
    expectProblem(answer, 422, 'streams.schema-violation');
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('may be of draft 7', async () => {
    const draft = 'http://json-schema.org/draft-07/schema#';
    const tuple = { $schema: draft, items: [{ type: 'string' }, { type: 'number' }], additionalItems: false };
    expect((await admin().put('/v1/streams/draft', { schema: { ...tuple, type: 'array' } })).status).toBe(
      201,
    );
    expect((await admin().post('/v1/streams/draft/entries', { data: ['a', 1] })).status).toBe(201);
    const bad = await admin().post('/v1/streams/draft/entries', { data: ['a', 'b'] });
    expectProblem(bad, 422, 'streams.schema-violation');
  });
});
