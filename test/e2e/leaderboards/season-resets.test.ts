import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Redis, Cluster } from 'ioredis';
import { LeaderboardKeys } from '../../../src/features/leaderboards/leaderboards.keys.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { type Item, listed } from './answers.js';
import { waitUntil } from '../../support/wait-until.js';

let topology: Topology;
let nodes: [TestService, TestService];
let redis: Redis | Cluster;
let keys: LeaderboardKeys;

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService(topology.settings)];
  redis = topology.connect();
  keys = nodes[0].application.nest.get(LeaderboardKeys);
});

afterAll(async () => {
  redis?.disconnect();
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

const TENANT = 'default';
/** Far away, so that no tick but those that a test sets comes while it runs. */
const YEARLY = { cron: '0 0 1 1 *', timeZone: 'UTC' };
const nextNewYear = (fromMs: number) => Date.UTC(new Date(fromMs).getUTCFullYear() + 1, 0, 1);
const path = (board: string, rest = '') => `/v1/leaderboards/${board}${rest}`;
const infoOf = (board: string) => redis.hgetall(keys.live(TENANT, board).info);

/** Makes the season of `board` end at `tick`, as if its schedule had named that instant. */
async function resetAt(board: string, tick: number): Promise<void> {
  await redis.hset(keys.live(TENANT, board).info, 'nextResetAt', tick);
  await redis.zadd(keys.resets(), tick, `${TENANT}/${board}`);
}

async function closedSeasons(
  board: string,
): Promise<{ id: string; startedAt: string; endedAt: string; total: number }[]> {
  const { body } = await nodes[0].admin.get(path(board, '/seasons?limit=1000'));
  return body.items as { id: string; startedAt: string; endedAt: string; total: number }[];
}

describe('a reset', () => {
  it('happens by itself, once, as at its tick, on boards that nobody asks for', async () => {
    const boards = Array.from({ length: 30 }, (_each, at) => `idle-${at}`);
    const tick = Date.now() - 5000;
    for (const board of boards) {
      await nodes[0].admin.put(path(board), { reset: YEARLY });
      for (const member of ['a', 'b'])
        await nodes[1].admin.post(path(board, '/submissions'), { member, score: 1 });
    }
    for (const board of boards) await resetAt(board, tick);
    await waitUntil('every season is closed', async () => {
      const closed = await Promise.all(boards.map((board) => redis.zcard(keys.seasons(TENANT, board))));
      return closed.every((count) => count > 0);
    });
    await waitUntil('every next reset is listed', async () => {
      const listed = await redis.zrange(keys.resets(), '-inf', Date.now(), 'BYSCORE');
      return listed.length === 0;
    });
    for (const board of boards) {
      const info = await infoOf(board);
      expect(info).toMatchObject({
        season: '2',
        startedAt: String(tick),
        nextResetAt: String(nextNewYear(Date.now())),
      });
      expect(await closedSeasons(board)).toEqual([
        { id: '1', startedAt: expect.any(String), endedAt: new Date(tick).toISOString(), total: 2 },
      ]);
      expect(await redis.zscore(keys.resets(), `${TENANT}/${board}`)).toBe(info.nextResetAt);
    }
  });

  it('is shown as the end of the season, and several that were missed end one', async () => {
    await nodes[0].admin.put(path('missed'), { reset: { cron: '0 5 * * *', timeZone: 'Asia/Kathmandu' } });
    await nodes[0].admin.post(path('missed', '/submissions'), { member: 'a', score: 1 });
    const tick = Date.now() - 3 * 86_400_000;
    await resetAt('missed', tick);
    const { body } = await nodes[1].admin.get(path('missed'));
    expect(body.total).toBe(0);
    expect(body.season).toMatchObject({ id: '2', startedAt: new Date(tick).toISOString() });
    // 05:00 in Kathmandu, UTC+5:45 all the year.
    expect(body.season.endsAt).toMatch(/T23:15:00\.000Z$/);
    const away = Date.parse(body.season.endsAt) - Date.now();
    expect(away > 0 && away <= 86_400_000).toBe(true);
    expect((await closedSeasons('missed')).map(({ endedAt, total }) => [endedAt, total])).toEqual([
      [new Date(tick).toISOString(), 1],
    ]);
  });

  it.each([
    ['GET', '/entries', undefined],
    ['GET', '', undefined],
    ['GET', '/seasons', undefined],
    ['POST', '/entries/lookup', { members: ['a'] }],
    ['POST', '/seasons', undefined],
    ['POST', '/submissions', { member: 'z', score: 1 }],
    ['POST', '/submissions/batch', { submissions: [{ member: 'z', score: 1 }] }],
    ['PUT', '', { reset: { cron: '0 0 1 6 *', timeZone: 'UTC' } }],
    ['PUT', '', { reset: null }],
    ['PUT', '', { capacity: 1, order: 'ascending', operator: 'best' }],
  ])('that has come is carried out before %s %s %j', async (method, rest, body) => {
    const board = 'lazy';
    const [node] = nodes;
    await node.admin.put(path(board), { order: 'descending', capacity: null, reset: YEARLY });
    for (const member of ['a', 'b', 'c'])
      await node.admin.post(path(board, '/submissions'), { member, score: 1 });
    const tick = Date.now() - 10;
    // Without the index, so that only the request itself can have noticed.
    await redis.zrem(keys.resets(), `${TENANT}/${board}`);
    await redis.hset(keys.live(TENANT, board).info, 'nextResetAt', tick);
    const answer = await node.admin.send(method, path(board, rest), body);
    expect([200, 201]).toContain(answer.status);
    const [ended] = (await closedSeasons(board)).filter(({ endedAt }) => Date.parse(endedAt) === tick);
    expect(ended).toMatchObject({ total: 3 });
    await node.admin.delete(path(board));
  });

  it('that is taken back does not happen, and one that is refused puts off no other', async () => {
    await nodes[0].admin.put(path('taken-back'), { reset: YEARLY });
    await nodes[0].admin.post(path('taken-back', '/submissions'), { member: 'a', score: 1 });
    await nodes[0].admin.put(path('taken-back'), { reset: null });
    await redis.zadd(keys.resets(), Date.now() - 1, `${TENANT}/taken-back`);
    await waitUntil('the index forgets the board', async () => {
      return (await redis.zscore(keys.resets(), `${TENANT}/taken-back`)) === null;
    });
    expect((await nodes[0].admin.get(path('taken-back'))).body).toMatchObject({
      total: 1,
      season: { id: '1' },
    });

    await nodes[0].admin.put(path('refused'), { reset: { cron: '* * * * *' } });
    await nodes[0].admin.post(path('refused', '/submissions'), { member: 'a', score: 1 });
    const refused = await nodes[0].admin.put(path('refused'), { order: 'ascending', reset: YEARLY });
    expect(refused.status).toBe(409);
    const { nextResetAt } = await infoOf('refused');
    const listed = Number(await redis.zscore(keys.resets(), `${TENANT}/refused`));
    expect(listed).toBeLessThanOrEqual(Number(nextResetAt));
  });

  it('listed too early is listed anew and ends nothing', async () => {
    await nodes[0].admin.put(path('early'), { reset: YEARLY });
    await redis.zadd(keys.resets(), Date.now() - 1000, `${TENANT}/early`);
    const due = await waitUntil('the board is listed at its reset', async () => {
      const listed = Number(await redis.zscore(keys.resets(), `${TENANT}/early`));
      return listed > Date.now() && listed;
    });
    expect(due).toBe(nextNewYear(Date.now()));
    expect((await infoOf('early')).season).toBe('1');
  });
});

/** What became of submissions that went on from both nodes while `reset` ended one season after the other. */
async function hammer(
  board: string,
  rounds: number,
  reset: (round: number, progress: () => number) => Promise<void>,
): Promise<{ acknowledged: number; lost: number; twice: number; lostMembers: string[] }> {
  await nodes[0].admin.put(path(board), { reset: YEARLY, keepSeasons: 1000 });
  const members: string[] = [];
  let sums = 0;
  let isOver = false;
  const client = async (node: TestService, name: number) => {
    for (let count = 0; !isOver; count++) {
      const member = `${name}-${count}`;
      const single = await node.admin.post(path(board, '/submissions'), { member, score: count });
      expect(single.status, JSON.stringify(single.body)).toBe(200);
      members.push(member);
      const shared = await node.admin.post(path(board, '/submissions/batch'), {
        submissions: [
          { member: 'shared', score: 1, operator: 'increment' },
          { member: 'shared', score: 1, operator: 'increment' },
        ],
      });
      expect(listed(shared.body.results).map(({ status }) => status)).toEqual([200, 200]);
      sums += 2;
    }
  };
  const clients = Promise.all(Array.from({ length: 8 }, (_each, at) => client(nodes[at % 2 ? 0 : 1], at)));
  try {
    for (let round = 0; round < rounds; round++) {
      const before = members.length;
      await waitUntil('both nodes submit', () => members.length > before + 40);
      await reset(round, () => members.length);
    }
    const last = members.length;
    await waitUntil('submissions go on', () => members.length > last + 40);
  } finally {
    isOver = true;
    await clients;
  }

  const found: Item[] = [];
  for (const from of [
    ...(await closedSeasons(board)).map(({ id }) => `/seasons/${id}/entries`),
    '/entries',
  ]) {
    let next: string | null = null;
    do {
      const cursor: string = next === null ? '' : `&cursor=${next}`;
      const { body } = await nodes[1].admin.get(path(board, `${from}?limit=1000${cursor}`));
      found.push(...listed(body.items));
      next = body.next;
    } while (next !== null);
  }
  const own = found.filter(({ member }) => member !== 'shared').map(({ member }) => member);
  const shared = found.reduce((sum, { member, score }) => (member === 'shared' ? sum + score : sum), 0);
  const kept = new Set(own);
  const lostMembers = members.filter((member) => !kept.has(member));
  return {
    lostMembers,
    acknowledged: members.length + sums,
    lost: lostMembers.length + Math.max(0, sums - shared),
    twice: own.length - kept.size + Math.max(0, shared - sums),
  };
}

describe('submissions from two nodes across resets', () => {
  it('are each in one season, none lost and none twice', async () => {
    const ROUNDS = 4;
    const ticks: number[] = [];
    const outcome = await hammer('hammered', ROUNDS, async (round) => {
      const tick = Date.now() + 100;
      ticks.push(tick);
      await resetAt('hammered', tick);
      await waitUntil('the season is closed', async () => {
        return (await redis.zcard(keys.seasons(TENANT, 'hammered'))) === round + 1;
      });
    });
    console.log(
      `${outcome.lost} lost, ${outcome.twice} twice of ${outcome.acknowledged} submissions from 2 nodes across ${ROUNDS} resets (${topology.kind})`,
    );
    expect(outcome).toMatchObject({ lost: 0, twice: 0 });
    expect((await closedSeasons('hammered')).map(({ id, endedAt }) => [id, Date.parse(endedAt)])).toEqual(
      ticks.map((tick, at) => [String(at + 1), tick]).reverse(),
    );
  });

  it('are lost by a reset that copies first and clears then', async () => {
    const { entries, arrivals } = keys.live(TENANT, 'copied');
    const copied = new Set<string>();
    const outcome = await hammer('copied', 1, async (_round, progress) => {
      // Seven bytes of arrival stand before each member.
      for (const element of await redis.zrangeBuffer(entries, 0, -1))
        copied.add(element.subarray(7).toString());
      const before = progress();
      await waitUntil('submissions go on', () => progress() > before + 20);
      await redis.del(entries, arrivals);
    });
    const lost = outcome.lostMembers.filter((member) => !copied.has(member)).length;
    console.log(`with a reset in two steps: ${lost} members lost (${topology.kind})`);
    expect(lost).toBeGreaterThan(0);
  });
});
