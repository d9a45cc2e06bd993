import { setTimeout as pause } from 'node:timers/promises';
import { Cluster, type Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StreamsKeys } from '../../../src/features/streams/streams.keys.js';
import { MessageClient } from '../../support/message-client.js';
import { expectProblem } from '../../support/problem.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { idsOf, pluck, StreamUser } from './harness.js';

let topology: Topology;
let nodes: [TestService, TestService];
let messages: MessageClient;
let redis: Redis | Cluster;

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService(topology.settings)];
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
  redis = topology.connect();
});

afterAll(async () => {
  redis?.disconnect();
  await messages?.close();
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

async function started(stream: string, datas: readonly unknown[], settings: object = {}) {
  const user = new StreamUser(nodes[0], stream);
  const ids = await user.append(...datas);
  expect((await user.configure(settings)).status).toBe(201);
  return { user, ids };
}

/** For what is delivered from now on: whoever gets it keeps it for as long as a test takes, however slow the machine is. */
async function keepForLong(user: StreamUser): Promise<void> {
  expect((await user.configure({ visibilityTimeoutMs: 3_600_000 })).status).toBe(200);
}

/** By Redis' clock: from when on all that the group has delivered so far may be taken by somebody else. */
async function lastDeadline({ node, stream, group }: StreamUser): Promise<number> {
  const { pending } = node.application.nest.get(StreamsKeys).group('default', stream, group);
  return Number((await redis.zrange(pending, -1, -1, 'WITHSCORES'))[1]);
}

/** Every server of a cluster is on this machine, and so has the same clock. */
async function untilRedisIsAt(instant: number): Promise<void> {
  await waitUntil('an instant of Redis’ clock', async () => {
    const [seconds, micros] = await redis.time();
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000) >= instant;
  });
}

describe('a consumer group', () => {
  it('is made with its stream, shows its settings, and keeps those that are left out', async () => {
    const user = new StreamUser(nodes[0], 'made-by-group');
    const made = await user.configure({ maxDeliveries: 3, visibilityTimeoutMs: 5000 });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      stream: 'made-by-group',
      group: 'workers',
      lag: 0,
      pending: 0,
      deadLetters: 0,
      maxDeliveries: 3,
      visibilityTimeoutMs: 5000,
      consumers: [],
      createdAt: expect.stringMatching(/Z$/),
    });
    const changed = await user.configure({ maxDeliveries: 4 });
    expect([changed.status, changed.body.maxDeliveries, changed.body.visibilityTimeoutMs]).toEqual([
      200, 4, 5000,
    ]);
    expect((await nodes[0].admin.get('/v1/streams/made-by-group')).status).toBe(200);
    for (const bad of [{ startAt: 'never' }, { maxDeliveries: 0 }, { visibilityTimeoutMs: 1 }, { x: 1 }]) {
      expectProblem(await user.configure(bad), 422, 'request.invalid');
    }
    expect((await nodes[0].admin.delete(user.groupPath)).status).toBe(204);
    expectProblem(await user.view(), 404, 'streams.group-not-found');
    expectProblem(await user.receive('ann'), 404, 'streams.group-not-found');
    expectProblem(await user.call('ack', { consumer: 'ann', ids: ['1-1'] }), 404, 'streams.group-not-found');
  });

  it('begins where it is told to', async () => {
    const { user, ids } = await started('starts', [1, 2, 3]);
    const at = async (group: string, startAt: string) => {
      const one = new StreamUser(nodes[0], 'starts', group);
      await one.configure({ startAt });
      return idsOf(await one.receive('ann'));
    };
    expect(idsOf(await user.receive('ann'))).toEqual(ids);
    expect(await at('late', 'now')).toEqual([]);
    expect(await at('middle', ids[1] ?? '')).toEqual(ids.slice(1));
  });

  it('has at most a hundred on a stream', async () => {
    const many = (at: number) => new StreamUser(nodes[0], 'crowded', `g${at}`).configure();
    for (let at = 0; at < 100; at++) expect((await many(at)).status).toBe(201);
    expectProblem(await many(100), 409, 'streams.too-many-groups');
    expect((await many(5)).status).toBe(200);
  });

  it('asks for the permission to consume', async () => {
    await started('guarded', [1]);
    const key = await nodes[0].admin.post('/v1/api-keys', { name: 'writer', roles: ['writer'] });
    const writer = nodes[0].as(key.body.secret);
    const path = '/v1/streams/guarded/groups/workers';
    expect((await writer.get(path)).status).toBe(200);
    expect((await writer.get(`${path}/dead-letters`)).status).toBe(200);
    for (const [what, body] of [
      ['receive', { consumer: 'ann' }],
      ['ack', { consumer: 'ann', ids: ['1-1'] }],
      ['seek', { to: 'begin' }],
      ['dead-letters/replay', {}],
    ] as const) {
      const answer = await writer.post(`${path}/${what}`, body);
      expectProblem(answer, 403, 'access.forbidden');
      expect(answer.body.permission).toBe('streams:consume');
    }
  });
});

describe('receiving', () => {
  it('gives each entry to one consumer, with how often and since when, until it is acknowledged', async () => {
    const { user, ids } = await started('shared', [{ n: 1 }, { n: 2 }, { n: 3 }]);
    const ann = await user.receive('ann', { limit: 2 });
    const bob = await user.receive('bob');
    expect([idsOf(ann), idsOf(bob)]).toEqual([ids.slice(0, 2), ids.slice(2)]);
    expect(ann.body.entries[0]).toEqual({
      id: ids[0],
      data: { n: 1 },
      deliveries: 1,
      firstDeliveredAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const view = await user.view();
    expect(view.body).toMatchObject({ lag: 0, pending: 3 });
    expect(pluck(view.body.consumers, 'consumer').sort()).toEqual(['ann', 'bob']);
    expect(pluck(view.body.consumers, 'pending').sort()).toEqual([1, 2]);
    const acked = await user.call('ack', { consumer: 'ann', ids: [...ids.slice(0, 2), ids[2], '1-1'] });
    expect(acked.body).toEqual({
      acknowledged: 2,
      refused: [
        { id: ids[2], reason: 'not-owner' },
        { id: '1-1', reason: 'not-pending' },
      ],
    });
    expect((await user.view()).body).toMatchObject({ lag: 0, pending: 1 });
  });

  it('gives again what a consumer left, to another one first, and refuses it what is no longer its own', async () => {
    const { user, ids } = await started('left', [1, 2], { visibilityTimeoutMs: 150 });
    await user.receive('ann', { limit: 1 });
    await keepForLong(user);
    await untilRedisIsAt(await lastDeadline(user));
    const taken = await user.receive('bob');
    expect([idsOf(taken), pluck(taken.body.entries, 'deliveries')]).toEqual([ids, [2, 1]]);
    for (const what of ['ack', 'nack', 'extend']) {
      const answer = await user.call(what, { consumer: 'ann', ids: [ids[0]] });
      expect(answer.body.refused, what).toEqual([{ id: ids[0], reason: 'not-owner' }]);
    }
    const item = { id: ids[0], deliveries: 1, effects: [] };
    const commit = await user.call('commit', { consumer: 'ann', items: [item] });
    expect(commit.body).toEqual({ acknowledged: 0, refused: [{ id: ids[0], reason: 'not-owner' }] });
    expect((await user.call('ack', { consumer: 'bob', ids })).body).toEqual({ acknowledged: 2, refused: [] });
  });

  it('waits, for no longer than it is told, until there is something for it', async () => {
    const { user, ids } = await started('waited', [1], { visibilityTimeoutMs: 1800 });
    await user.receive('ann');
    await keepForLong(user);
    const early = performance.now();
    expect((await user.receive('bob', { waitMs: 100 })).body.entries).toEqual([]);
    expect(performance.now() - early).toBeGreaterThanOrEqual(95);
    // What ann lets lie comes by itself.
    expect(idsOf(await user.receive('bob', { waitMs: 10_000 }))).toEqual(ids);
    const other = new StreamUser(nodes[1], 'waited');
    const waiting = [user.receive('bob', { waitMs: 10_000 }), other.receive('eve', { waitMs: 10_000 })];
    const [next = ''] = await user.append(2);
    const first = await Promise.race(waiting);
    expect(idsOf(first)).toEqual([next]);
    const [last = ''] = await user.append(3);
    expect((await Promise.all(waiting)).flatMap(idsOf).sort()).toEqual([next, last].sort());
    for (const bad of [{ waitMs: 20_001 }, { waitMs: -1 }, { limit: 0 }, { limit: 1001 }, { consumer: '' }]) {
      expectProblem(await user.receive('bob', bad), 422, 'request.invalid');
    }
  });

  it('wakes who waits when something is given back or put back, and when the group is moved', async () => {
    const { user, ids } = await started('woken', [1], { maxDeliveries: 2 });
    await user.receive('ann');
    let waiting = user.receive('bob', { waitMs: 10_000 });
    await user.call('nack', { consumer: 'ann', ids });
    expect(idsOf(await waiting)).toEqual(ids);
    await user.call('nack', { consumer: 'bob', ids, reason: 'broken' });
    waiting = user.receive('bob', { waitMs: 10_000 });
    expect((await user.call('dead-letters/replay', {})).body).toEqual({ replayed: 1, refused: [] });
    expect(idsOf(await waiting)).toEqual(ids);
    await user.call('ack', { consumer: 'bob', ids });
    waiting = user.receive('bob', { waitMs: 10_000 });
    expect((await user.call('seek', { to: 'begin' })).body).toMatchObject({ pending: 0 });
    expect(idsOf(await waiting)).toEqual(ids);
  });

  it('of five hundred at once holds up nobody, and needs no connection for each', async () => {
    const { user } = await started('crowd', []);
    // Of all nodes: they have different numbers of clients.
    const clients = async () => {
      const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
      const infos = await Promise.all(nodes.map((node) => node.info('clients')));
      return infos.reduce((sum, info) => sum + Number(/connected_clients:(\d+)/.exec(info)?.[1]), 0);
    };
    // The first look opens connections of its own.
    await clients();
    const before = await clients();
    const waiting = Array.from({ length: 500 }, (_each, at) =>
      user.receive(`c${at}`, { waitMs: 15_000, limit: 1 }),
    );
    await waitUntil('all of them wait', async () => (await user.view()).body.consumers.length === 500);
    expect((await clients()) - before).toBeLessThan(5);
    const asked = performance.now();
    for (let at = 0; at < 20; at++) expect((await user.view()).status).toBe(200);
    expect(performance.now() - asked).toBeLessThan(15_000);
    const { body } = await nodes[0].admin.post(`${user.path}/entries/batch`, {
      entries: Array.from({ length: 500 }, (_each, n) => ({ data: n })),
    });
    const answers = await Promise.all(waiting);
    expect(answers.flatMap(idsOf).sort()).toEqual([...body.ids].sort());
  });

  it('that nobody waits for any more takes nothing', async () => {
    const { user } = await started('gone', []);
    const controller = new AbortController();
    const left = fetch(`${nodes[0].url}${user.groupPath}/receive`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ consumer: 'ann', waitMs: 20_000 }),
      signal: controller.signal,
    });
    await waitUntil('ann waits', async () => (await user.view()).body.consumers.length === 1);
    controller.abort();
    await expect(left).rejects.toThrow();
    await pause(200);
    const ids = await user.append(1);
    expect(idsOf(await user.receive('bob', { waitMs: 5000 }))).toEqual(ids);
  });

  it('with the same key gives the same deliveries, and asks for no more', async () => {
    const { user, ids } = await started('again', [1, 2]);
    const headers = { 'idempotency-key': 'receive-1' };
    const first = await user.receive('ann', { limit: 1 }, headers);
    const again = await user.receive('ann', { limit: 1 }, headers);
    expect(idsOf(first)).toEqual(ids.slice(0, 1));
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await user.view()).body).toMatchObject({ lag: 1, pending: 1 });
    const ack = { 'idempotency-key': 'ack-1' };
    const done = { consumer: 'ann', ids: ids.slice(0, 1) };
    expect((await user.call('ack', done, ack)).body).toEqual({ acknowledged: 1, refused: [] });
    expect((await user.call('ack', done, ack)).body).toEqual({ acknowledged: 1, refused: [] });
    expect((await user.call('ack', done)).body.acknowledged).toBe(0);
  });
});

describe('a keyed request to a group', () => {
  it('is answered as it was the first time, also when its group has moved on or is gone', async () => {
    const { user, ids } = await started('answered', [1, 2, 3, 4], { maxDeliveries: 9 });
    const calls: [what: string, body: object][] = [
      ['receive', { consumer: 'ann', limit: 3 }],
      ['extend', { consumer: 'ann', ids: ids.slice(0, 1) }],
      ['nack', { consumer: 'ann', ids: ids.slice(0, 1) }],
      ['ack', { consumer: 'ann', ids: ids.slice(1, 2) }],
      ['commit', { consumer: 'ann', items: [{ id: ids[2], deliveries: 1, effects: [] }] }],
      ['seek', { to: 'begin' }],
      ['dead-letters/replay', { ids: ids.slice(0, 1) }],
    ];
    const send = ([what, body]: (typeof calls)[number]) =>
      user.call(what, body, { 'idempotency-key': `answered-${what}` });
    const first = [];
    for (const call of calls) first.push(await send(call));
    expect(first.map(({ status }) => status)).toEqual(calls.map(() => 200));
    await user.receive('bob');
    for (const [at, call] of calls.entries()) {
      // What was received is read where it is.
      if (at > 0) expect((await send(call)).body, call[0]).toEqual(first[at]?.body);
    }
    await nodes[0].admin.delete(user.path);
    for (const [at, call] of calls.entries()) {
      const again = await send(call);
      if (at > 0) expect([again.status, again.body], call[0]).toEqual([200, first[at]?.body]);
      expect(again.headers.get('idempotency-replayed'), call[0]).toBe('true');
    }
  });
});

describe('giving back', () => {
  it('delays the next delivery, and after the last one leaves a dead letter with the reason', async () => {
    const { user, ids } = await started('returned', [{ n: 1 }], { maxDeliveries: 2 });
    await user.receive('ann');
    const given = await user.call('nack', { consumer: 'ann', ids, delayMs: 1500, reason: 'try later' });
    expect(given.body).toEqual({ returned: 1, refused: [] });
    expect(idsOf(await user.receive('bob'))).toEqual([]);
    expect(idsOf(await user.receive('bob', { waitMs: 5000 }))).toEqual(ids);
    await user.call('nack', { consumer: 'bob', ids, reason: 'poison' });
    const dead = await nodes[0].admin.get(`${user.groupPath}/dead-letters`);
    expect(dead.body).toEqual({
      items: [
        {
          id: ids[0],
          data: { n: 1 },
          reason: 'poison',
          deliveries: 2,
          deadAt: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ],
      next: null,
    });
    expect((await user.view()).body).toMatchObject({ pending: 0, deadLetters: 1 });
    const replayed = await user.call('dead-letters/replay', { ids: [ids[0], '1-1'] });
    expect(replayed.body).toEqual({ replayed: 1, refused: [{ id: '1-1', reason: 'no-dead-letter' }] });
    const again = await user.receive('bob');
    expect(again.body.entries).toMatchObject([{ id: ids[0], data: { n: 1 }, deliveries: 1 }]);
  });

  it('shows what timed out too often, page by page, and forgets all of it', async () => {
    const { user, ids } = await started('timed-out', [1, 2, 3], {
      maxDeliveries: 1,
      visibilityTimeoutMs: 100,
    });
    await user.receive('ann');
    await pause(150);
    const path = `${user.groupPath}/dead-letters`;
    const first = await nodes[0].admin.get(`${path}?limit=2`);
    expect(first.body.items).toMatchObject([
      { id: ids[0], reason: 'visibility-timeout' },
      { id: ids[1], reason: 'visibility-timeout' },
    ]);
    const rest = await nodes[0].admin.get(`${path}?limit=2&cursor=${first.body.next}`);
    expect([rest.body.items.length, rest.body.next]).toEqual([1, null]);
    expect((await nodes[0].admin.delete(path)).status).toBe(204);
    expect((await nodes[0].admin.get(path)).body.items).toEqual([]);
    await nodes[0].admin.delete(user.groupPath);
    await user.configure();
    expectProblem(
      await nodes[0].admin.get(`${path}?cursor=${first.body.next}`),
      422,
      'pagination.invalid-cursor',
    );
  });

  it('is not needed by who takes its time: extending keeps others away', async () => {
    const { user, ids } = await started('extended', [1], { visibilityTimeoutMs: 1200 });
    const extend = async () => {
      const { body } = await user.call('extend', { consumer: 'ann', ids });
      expect(body).toEqual({ extended: 1, refused: [] });
    };
    await user.receive('ann');
    const first = await lastDeadline(user);
    // Each deadline is a second after what has to be done before it; the last is out of reach.
    await user.configure({ visibilityTimeoutMs: 2200 });
    await extend();
    const second = await lastDeadline(user);
    await keepForLong(user);
    await untilRedisIsAt(first);
    expect(idsOf(await user.receive('bob'))).toEqual([]);
    await extend();
    await untilRedisIsAt(second);
    expect(idsOf(await user.receive('bob'))).toEqual([]);
    expect((await user.call('ack', { consumer: 'ann', ids })).body.acknowledged).toBe(1);
  });
});

describe('moving a group', () => {
  it('to the beginning, to now and to an entry changes its lag, and what was pending is so no longer', async () => {
    const { user, ids } = await started('moved', [1, 2, 3]);
    await user.receive('ann', { limit: 2 });
    expect((await user.call('seek', { to: 'begin' })).body).toMatchObject({ lag: 3, pending: 0 });
    const late = await user.call('ack', { consumer: 'ann', ids: ids.slice(0, 1) });
    expect(late.body.refused).toEqual([{ id: ids[0], reason: 'not-pending' }]);
    expect((await user.call('seek', { to: 'now' })).body).toMatchObject({ lag: 0 });
    expect((await user.call('seek', { to: ids[1] })).body).toMatchObject({ lag: 2 });
    expect(idsOf(await user.receive('ann'))).toEqual(ids.slice(1));
    expectProblem(await user.call('seek', {}), 422, 'request.invalid');
  });
});

describe('by message', () => {
  it('a group is made, receives, acknowledges, and waits', async () => {
    const path = { stream: 'told-group', group: 'workers' };
    await messages.send('streams.groups.configure', path);
    const waiting = messages.send('streams.groups.receive', { ...path, consumer: 'ann', waitMs: 4000 });
    const { id } = await messages.send('streams.entries.append', { stream: path.stream, data: 1 });
    expect((await waiting).entries).toMatchObject([{ id, deliveries: 1 }]);
    const acked = await messages.send('streams.groups.ack', { ...path, consumer: 'ann', ids: [id] });
    expect(acked).toEqual({ acknowledged: 1, refused: [] });
    expect(await messages.send('streams.groups.get', path)).toMatchObject({ lag: 0, pending: 0 });
    expect(await messages.send('streams.dead-letters.list', path)).toEqual({ items: [], next: null });
  });
});

describe('stopping the service', () => {
  it('answers at once who waits for entries', async () => {
    const node = await startService(topology.settings);
    const user = new StreamUser(node, 'stopped');
    await user.configure();
    const waiting = user.receive('ann', { waitMs: 20_000 });
    await waitUntil('ann waits', async () => (await user.view()).body.consumers.length === 1);
    await pause(100);
    const stopping = performance.now();
    const stopped = node.stop();
    expect((await waiting).body).toEqual({ entries: [] });
    await stopped;
    expect(performance.now() - stopping).toBeLessThan(15_000);
  });
});
