import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { expectProblem } from '../../support/problem.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { pluck, StreamUser } from './harness.js';

let topology: Topology;
let node: TestService;
let messages: MessageClient;

beforeAll(async () => {
  topology = await startTopology();
  node = await startService(topology.settings);
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
});

afterAll(async () => {
  await messages?.close();
  await node?.stop();
  await topology?.stop();
});

async function received(stream: string, count: number) {
  const user = new StreamUser(node, stream);
  const ids = await user.append(...Array.from({ length: count }, (_each, n) => n));
  await user.configure();
  await user.receive('ann');
  return { user, ids };
}

const add = (board: string, member: string, score: number) => ({
  kind: 'leaderboards.submit',
  board,
  member,
  score,
  operator: 'increment',
});

async function scoreOf(board: string, member: string): Promise<unknown> {
  return (await node.admin.get(`/v1/leaderboards/${board}/entries/${member}`)).body.score as unknown;
}

/** Keys of records of effects that nothing lets go, and of commits that are not settled. */
async function leftovers(): Promise<string[]> {
  const redis = topology.connect();
  const found: string[] = [];
  for (const key of await topology.keys()) {
    if (/:(outbox|effects)$/.test(key)) found.push(key);
    if (key.includes(':operation:') && (await redis.pttl(key)) < 0) found.push(key);
  }
  redis.disconnect();
  return found;
}

describe('a commit', () => {
  it('brings about its effects once, in other slots too, before it answers, and leaves nothing behind', async () => {
    const { user, ids } = await received('committed', 3);
    const items = ids.map((id, at) => ({
      id,
      deliveries: 1,
      effects: [
        add('committed', 'sum', at + 1),
        { kind: 'streams.append', stream: 'derived', data: { from: id }, key: `k${at}` },
      ],
    }));
    const done = await user.call('commit', { consumer: 'ann', items });
    expect(done.body).toEqual({ acknowledged: 3, refused: [] });
    expect(await scoreOf('committed', 'sum')).toBe(6);
    const derived = await node.admin.get('/v1/streams/derived/entries');
    expect(pluck(pluck(derived.body.items, 'data'), 'from').sort()).toEqual([...ids].sort());
    const again = await user.call('commit', { consumer: 'ann', items });
    expect(pluck(again.body.refused, 'reason')).toEqual(Array(3).fill('not-pending'));
    expect(await scoreOf('committed', 'sum')).toBe(6);
    await waitUntil('all is settled', async () => (await leftovers()).length === 0);
  });

  it('with the same key gives the same answer and does nothing twice', async () => {
    const { user, ids } = await received('commit-keyed', 1);
    const headers = { 'idempotency-key': 'commit-1' };
    const body = {
      consumer: 'ann',
      items: [{ id: ids[0], deliveries: 1, effects: [add('commit-keyed', 'sum', 5)] }],
    };
    const first = await user.call('commit', body, headers);
    const again = await user.call('commit', body, headers);
    expect([first.body, again.body]).toEqual(Array(2).fill({ acknowledged: 1, refused: [] }));
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await scoreOf('commit-keyed', 'sum')).toBe(5);
  });

  it('of another delivery than the last is refused, and its effects do not take place', async () => {
    const { user, ids } = await received('commit-stale', 2);
    const items = [
      { id: ids[0], deliveries: 2, effects: [add('commit-stale', 'sum', 1)] },
      { id: ids[1], deliveries: 1, effects: [add('commit-stale', 'sum', 10)] },
    ];
    const done = await user.call('commit', { consumer: 'ann', items });
    expect(done.body).toEqual({ acknowledged: 1, refused: [{ id: ids[0], reason: 'not-owner' }] });
    expect(await scoreOf('commit-stale', 'sum')).toBe(10);
    expect((await user.view()).body.pending).toBe(1);
  });

  it('is refused as a whole if an effect is not well formed, with a pointer to it', async () => {
    const { user, ids } = await received('commit-bad', 1);
    const bad: (readonly [unknown, string])[] = [
      [{ kind: 'nothing.known' }, '/items/0/effects/0/kind'],
      [5, '/items/0/effects/0'],
      [{ ...add('b', 'm', 1), score: 'many' }, '/items/0/effects/0/score'],
      [{ ...add('b', 'm', 1), more: 1 }, '/items/0/effects/0/more'],
      [{ kind: 'streams.append', stream: 's' }, '/items/0/effects/0/data'],
    ];
    for (const [effect, pointer] of bad) {
      const answer = await user.call('commit', {
        consumer: 'ann',
        items: [{ id: ids[0], deliveries: 1, effects: [effect] }],
      });
      expectProblem(answer, 422, 'request.invalid');
      expect(answer.body.errors[0].pointer).toBe(pointer);
    }
    for (const items of [[], [{ id: ids[0], effects: [] }], [{ id: 'x', deliveries: 1, effects: [] }]]) {
      expectProblem(await user.call('commit', { consumer: 'ann', items }), 422, 'request.invalid');
    }
    expect((await user.view()).body.pending).toBe(1);
  });

  it('needs the permission of each of its effects', async () => {
    const { ids } = await received('commit-limited', 1);
    const key = await node.admin.post('/v1/api-keys', {
      name: 'limited',
      roles: [],
      permissions: ['streams:consume', 'leaderboards:write:mine.*'],
    });
    const limited = node.as(key.body.secret);
    const commit = (board: string) =>
      limited.post('/v1/streams/commit-limited/groups/workers/commit', {
        consumer: 'ann',
        items: [{ id: ids[0], deliveries: 1, effects: [add(board, 'sum', 1)] }],
      });
    const refused = await commit('yours');
    expectProblem(refused, 403, 'access.forbidden');
    expect(refused.body.permission).toBe('leaderboards:write');
    expect((await commit('mine.board')).body).toEqual({ acknowledged: 1, refused: [] });
  });

  it('whose effect can never take place leaves a dead letter that says why, and its other effects', async () => {
    const { user, ids } = await received('commit-overflow', 1);
    await node.admin.post('/v1/leaderboards/full/submissions', { member: 'sum', score: 2 ** 53 });
    const effects = [add('full', 'sum', 2 ** 53), add('full', 'other', 1)];
    const done = await user.call('commit', {
      consumer: 'ann',
      items: [{ id: ids[0], deliveries: 1, effects }],
    });
    expect(done.body).toEqual({ acknowledged: 1, refused: [] });
    const dead = await node.admin.get(`${user.groupPath}/dead-letters`);
    expect(dead.body.items).toMatchObject([
      { id: ids[0], reason: 'leaderboards.score-overflow', deliveries: 1 },
    ]);
    expect(await scoreOf('full', 'sum')).toBe(2 ** 53);
    expect(await scoreOf('full', 'other')).toBe(1);
    await waitUntil('all is settled', async () => (await leftovers()).length === 0);
  });

  it('goes by message too', async () => {
    const { user, ids } = await received('commit-told', 1);
    const items = [{ id: ids[0], deliveries: 1, effects: [add('commit-told', 'sum', 3)] }];
    const path = { stream: user.stream, group: user.group };
    expect(await messages.send('streams.groups.commit', { ...path, consumer: 'ann', items })).toEqual({
      acknowledged: 1,
      refused: [],
    });
    expect(await scoreOf('commit-told', 'sum')).toBe(3);
  });
});
