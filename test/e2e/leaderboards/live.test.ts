import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LeaderboardKeys } from '../../../src/features/leaderboards/leaderboards.keys.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { EventReader } from '../../support/event-reader.js';
import { expectProblem } from '../../support/problem.js';

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

const submit = (board: string, member: string, score: number, node = nodes[0]) =>
  node.admin.post(`/v1/leaderboards/${board}/submissions`, { member, score });

async function watch(board: string, query = '', token = ADMIN_KEY, node = nodes[0]): Promise<EventReader> {
  const reader = await EventReader.open(`${node.url}/v1/leaderboards/${board}/live${query}`, token);
  readers.push(reader);
  expect(reader.status).toBe(200);
  expect(reader.contentType).toMatch(/^text\/event-stream/);
  await waitUntil('the snapshot', () => reader.events.length > 0);
  expect(reader.events[0]?.event).toBe('snapshot');
  return reader;
}

const top = (reader: EventReader): [string, number, number][] => {
  const { items } = JSON.parse(reader.events.findLast(({ event }) => event !== 'end')?.data ?? '{}') as {
    items: { member: string; score: number; rank: number }[];
  };
  return items.map(({ member, score, rank }) => [member, score, rank]);
};

describe('watching a board', () => {
  it('begins with a snapshot and goes on with each change of the top', async () => {
    await submit('watched', 'a', 1);
    const reader = await watch('watched');
    expect(reader.datas('snapshot')).toEqual([{ items: [{ member: 'a', score: 1, rank: 1 }], total: 1 }]);
    await submit('watched', 'b', 2);
    await waitUntil('b on top', () => top(reader)[0]?.[0] === 'b');
    expect(reader.datas('change').at(-1)).toEqual({
      items: [
        { member: 'b', score: 2, rank: 1 },
        { member: 'a', score: 1, rank: 2 },
      ],
      total: 2,
    });
    await nodes[0].admin.delete('/v1/leaderboards/watched/entries/b');
    await waitUntil('b is gone', () => top(reader)[0]?.[0] === 'a');
    await nodes[0].admin.post('/v1/leaderboards/watched/submissions', {
      member: 'a',
      score: 1,
      metadata: { name: 'Ada' },
    });
    await waitUntil('the metadata', () => reader.events.at(-1)?.data.includes('Ada'));
    await nodes[0].admin.post('/v1/leaderboards/watched/seasons');
    await waitUntil('an empty season', () => top(reader).length === 0);
    expect(reader.datas('snapshot')).toHaveLength(1);
  });

  it('tells of no change below the top', async () => {
    for (const [at, member] of ['a', 'b', 'c', 'd'].entries()) await submit('below', member, 100 - at);
    const two = await watch('below', '?top=2');
    const three = await watch('below', '?top=3');
    expect(top(two)).toHaveLength(2);
    await submit('below', 'd', 50);
    await submit('below', 'e', 40);
    await submit('below', 'c', 98.5);
    await waitUntil('c in the top three', () => top(three)[2]?.[1] === 98.5);
    // What the change of the third place was to the first two would have come with it.
    await submit('below', 'b', 99.5);
    await waitUntil('b in the top two', () => top(two)[1]?.[1] === 99.5);
    expect(two.datas('change')).toHaveLength(1);
    for (const { items } of three.datas('change')) expect(items).toHaveLength(3);
    const shown = three.events.map(({ data }) => JSON.stringify(JSON.parse(data).items));
    expect(new Set(shown).size).toBe(shown.length);
  });

  it('is announced that a smaller capacity took entries of the top, and nothing of those below it', async () => {
    for (const [at, member] of ['a', 'b', 'c', 'd'].entries()) await submit('shrunk', member, 100 - at);
    const reader = await watch('shrunk', '?top=2');
    const listener = topology.connect();
    try {
      const channel = nodes[0].application.nest.get(LeaderboardKeys).live('default', 'shrunk').changes;
      let announced = 0;
      listener.on('message', () => announced++);
      await listener.subscribe(channel);
      const shrink = (capacity: number) => nodes[0].admin.put('/v1/leaderboards/shrunk', { capacity });
      await shrink(2);
      await shrink(1);
      await waitUntil('a alone', () => top(reader).length === 1);
      expect(announced).toBe(1);
    } finally {
      listener.disconnect();
    }
  });

  it('is told of a burst in at most 10 events a second, the last of which is how it ended', async () => {
    await submit('burst', 'a', 0);
    const reader = await watch('burst');
    const started = performance.now();
    let score = 0;
    while (performance.now() - started < 1000 || score < 100)
      await submit('burst', 'a', ++score, nodes[score % 2]);
    await waitUntil('the last score', () => top(reader)[0]?.[1] === score);
    const changes = reader.events.filter(({ event }) => event === 'change');
    // Any time that passed allows for 10 events a second, and one more for where it is cut.
    const seconds = (performance.now() - started) / 1000;
    expect(changes.length).toBeLessThanOrEqual(10 * seconds + 1);
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.length).toBeLessThan(score);
  });

  it('shows on each node what was submitted to the other', async () => {
    await submit('both', 'a', 1);
    const one = await watch('both', '?top=5', ADMIN_KEY, nodes[0]);
    const other = await watch('both', '?top=1', ADMIN_KEY, nodes[1]);
    for (const [at, node] of nodes.entries()) {
      await submit('both', `from ${at}`, 10 + at, node);
      for (const reader of [one, other]) {
        await waitUntil('the newcomer', () => top(reader)[0]?.[0] === `from ${at}`);
      }
    }
    expect(top(one)).toHaveLength(3);
    expect(top(other)).toHaveLength(1);
  });

  it('shows an empty top when the board is deleted, and the board when it is made again', async () => {
    await submit('removed', 'a', 1);
    const reader = await watch('removed');
    await nodes[1].admin.delete('/v1/leaderboards/removed');
    await waitUntil('an empty top', () => top(reader).length === 0);
    await submit('removed', 'z', 3, nodes[1]);
    await waitUntil('the new board', () => top(reader)[0]?.[0] === 'z');
    expect(reader.ended).toBe(false);
  });

  it('is refused as any other request is', async () => {
    expectProblem(
      await nodes[0].admin.get('/v1/leaderboards/nowhere/live'),
      404,
      'leaderboards.board-not-found',
    );
    await submit('refused', 'a', 1);
    for (const query of ['?top=0', '?top=1001', '?top=x', '?limit=1']) {
      expectProblem(
        await nodes[0].admin.get(`/v1/leaderboards/refused/live${query}`),
        422,
        'request.invalid',
      );
    }
    expectProblem(await nodes[0].as(undefined).get('/v1/leaderboards/refused/live'), 401);
  });
});

describe('the end of a stream', () => {
  it('comes when its credential is revoked, on whichever node', async () => {
    await submit('ends', 'a', 1);
    const made = await nodes[0].admin.post('/v1/api-keys', { name: 'watcher', roles: ['reader'] });
    const revoked = await watch('ends', '', made.body.secret, nodes[1]);
    const stays = await watch('ends', '', ADMIN_KEY, nodes[1]);
    expect((await nodes[0].admin.delete(`/v1/api-keys/${made.body.id}`)).status).toBe(204);
    await waitUntil('the stream ends', () => revoked.ended);
    expect(revoked.events.at(-1)).toMatchObject({
      event: 'end',
      data: JSON.stringify({ reason: 'access.invalid-credential' }),
      retry: expect.stringMatching(/^\d+$/),
    });
    await submit('ends', 'b', 2);
    await waitUntil('the other stream goes on', () => top(stays)[0]?.[0] === 'b');
    expect(revoked.datas('change')).toEqual([]);
  });

  it('comes with a reason and a time to come back when the service stops, which then stops', async () => {
    const third = await startService(topology.settings);
    await submit('stops', 'a', 1, third);
    const streams = await Promise.all([1, 2, 3].map(() => watch('stops', '', ADMIN_KEY, third)));
    await third.stop();
    for (const stream of streams) {
      await waitUntil('the stream ends', () => stream.ended);
      expect(stream.events.at(-1)).toMatchObject({ event: 'end', retry: expect.stringMatching(/^\d+$/) });
      expect(stream.datas('end')).toEqual([{ reason: expect.stringMatching(/./) }]);
    }
    await expect(EventReader.open(`${third.url}/v1/leaderboards/stops/live`, ADMIN_KEY)).rejects.toThrow();
  });
});
