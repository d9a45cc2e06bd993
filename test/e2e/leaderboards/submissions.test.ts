import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { listed } from './answers.js';
import { dumpKeys } from './key-dump.js';
import { expectProblem } from '../../support/problem.js';

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

const submit = (board: string, body: object, headers: Record<string, string> = {}) =>
  service.admin.post(`/v1/leaderboards/${board}/submissions`, body, headers);
const order = async (board: string): Promise<string[]> => {
  const { body } = await service.admin.get(`/v1/leaderboards/${board}/entries?limit=1000`);
  return listed(body.items).map(({ member }) => member);
};

describe('submissions', () => {
  it('makes a board that nobody configured and answers ranks before and after', async () => {
    const first = await submit('article_views', { member: 'my-article-slug', score: 1500 });
    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      member: 'my-article-slug',
      score: 1500,
      rank: 1,
      previousScore: null,
      previousRank: null,
      changed: true,
    });
    await submit('article_views', { member: 'another', score: 2000 });
    const again = await submit('article_views', { member: 'my-article-slug', score: 2500 });
    expect(again.body).toMatchObject({ rank: 1, previousScore: 1500, previousRank: 2, changed: true });
    const board = await service.admin.get('/v1/leaderboards/article_views');
    expect(board.body).toEqual({
      board: 'article_views',
      order: 'descending',
      operator: 'set',
      ties: 'arrival',
      denseRanks: false,
      reset: null,
      keepSeasons: 10,
      capacity: null,
      total: 2,
      season: { id: '1', startedAt: expect.any(String), endsAt: null },
    });
  });
});

describe('operators', () => {
  // Operator, order, the scores that are submitted, and each time the score that stands then.
  it.each([
    ['set', 'descending', [5, 3, 8, 8], [5, 3, 8, 8]],
    ['set', 'ascending', [5, 3, 8, 8], [5, 3, 8, 8]],
    ['best', 'descending', [5, 3, 8, 8, 7], [5, 5, 8, 8, 8]],
    ['best', 'ascending', [5, 3, 8, 3, 2.5], [5, 3, 3, 3, 2.5]],
    ['increment', 'descending', [5, -3, 0, 1e-3, 2 ** 52], [5, 2, 2, 2.001, 2.001 + 2 ** 52]],
    ['increment', 'ascending', [5, -7, 0, 2], [5, -2, -2, 0]],
  ] as const)('%s on a board in %s order', async (operator, boardOrder, submitted, standing) => {
    const byBoard = `op-${operator}-${boardOrder}`;
    await service.admin.put(`/v1/leaderboards/${byBoard}`, { operator, order: boardOrder });
    const bySubmission = `op-override-${operator}-${boardOrder}`;
    const other = operator === 'set' ? 'increment' : 'set';
    await service.admin.put(`/v1/leaderboards/${bySubmission}`, { operator: other, order: boardOrder });
    let previous: number | null = null;
    for (const [at, score] of submitted.entries()) {
      const wanted = {
        member: 'a',
        score: standing[at],
        rank: 1,
        previousScore: previous,
        previousRank: previous === null ? null : 1,
        changed: standing[at] !== previous,
      };
      expect((await submit(byBoard, { member: 'a', score })).body).toEqual(wanted);
      expect((await submit(bySubmission, { member: 'a', score, operator })).body).toEqual(wanted);
      previous = standing[at] ?? null;
    }
  });

  it('keep the place among equal scores when the same score is submitted again', async () => {
    for (const member of ['a', 'b', 'c']) await submit('places', { member, score: 10 });
    for (const operator of ['set', 'best', 'increment']) {
      const { body } = await submit('places', {
        member: 'a',
        score: operator === 'increment' ? 0 : 10,
        operator,
      });
      expect(body).toEqual({
        member: 'a',
        score: 10,
        rank: 1,
        previousScore: 10,
        previousRank: 1,
        changed: false,
      });
    }
    await submit('places', { member: 'a', score: 9, operator: 'best' });
    expect(await order('places')).toEqual(['a', 'b', 'c']);
    // Who leaves the score and comes back arrives anew.
    await submit('places', { member: 'a', score: 9 });
    await submit('places', { member: 'a', score: 10 });
    expect(await order('places')).toEqual(['b', 'c', 'a']);
  });

  it('take minus zero as zero', async () => {
    const first = await submit('zero', '{"member": "a", "score": -0}' as unknown as object);
    expect(Object.is(first.body.score, 0)).toBe(true);
    await submit('zero', { member: 'b', score: 0 });
    const third = await submit('zero', '{"member": "a", "score": -0.0}' as unknown as object);
    expect(third.body).toMatchObject({ changed: false, rank: 1 });
    const { body } = await service.admin.get('/v1/leaderboards/zero/entries?ranking=competition');
    expect(body.items).toEqual([
      { member: 'a', score: 0, rank: 1 },
      { member: 'b', score: 0, rank: 1 },
    ]);
  });

  it('take every score from -2^53 to 2^53 as it is', async () => {
    const scores = [2 ** 53, -(2 ** 53), 2 ** 53 - 1, 0.1, 1 / 3, 5e-324, -1e-300, 123456789.123456];
    for (const score of scores) {
      const { body } = await submit('range', { member: String(score), score });
      expect(body.score).toBe(score);
    }
    const { body } = await service.admin.get('/v1/leaderboards/range/entries');
    expect(listed(body.items).map(({ score }) => score)).toEqual([...scores].sort((a, b) => b - a));
  });
});

describe('a sum that leaves ±2^53', () => {
  it.each([
    [2 ** 53, 1],
    [2 ** 53, 0.5],
    [2 ** 53 - 1, 2],
    [2 ** 53 - 1, 1.25],
    [2 ** 53, 2 ** 53],
    [-(2 ** 53), -1],
    [-(2 ** 53) + 1, -3],
    [0.5, 2 ** 53],
  ])('%d and %d is refused and changes nothing', async (score, delta) => {
    for (const boardOrder of ['descending', 'ascending']) {
      const board = `overflow-${boardOrder}`;
      await service.admin.put(`/v1/leaderboards/${board}`, { order: boardOrder });
      await submit(board, { member: 'a', score, metadata: { kept: true } });
      const before = await dumpKeys(topology);
      const refused = await submit(board, {
        member: 'a',
        score: delta,
        operator: 'increment',
        metadata: { kept: false },
      });
      expectProblem(refused, 409, 'leaderboards.score-overflow');
      expect(await dumpKeys(topology)).toEqual(before);
      await service.admin.delete(`/v1/leaderboards/${board}`);
    }
  });

  it('may reach the limit itself', async () => {
    await submit('limit', { member: 'a', score: 2 ** 53 - 1 });
    const up = await submit('limit', { member: 'a', score: 1, operator: 'increment' });
    expect(up.body).toMatchObject({ score: 2 ** 53, changed: true });
    const down = await submit('limit', { member: 'a', score: -1, operator: 'increment' });
    expect(down.body).toMatchObject({ score: 2 ** 53 - 1, changed: true });
    await submit('limit', { member: 'b', score: -(2 ** 53), operator: 'increment' });
    const far = await submit('limit', { member: 'b', score: 2 ** 53, operator: 'increment' });
    expect(far.body).toMatchObject({ score: 0, previousScore: -(2 ** 53) });
  });
});

describe('a keyed submission', () => {
  it('takes effect once and is answered the same again', async () => {
    const body = { member: 'a', score: 5, operator: 'increment' };
    const headers = { 'idempotency-key': 'submission-1' };
    const first = await submit('keyed', body, headers);
    await submit('keyed', { member: 'a', score: 1, operator: 'increment' });
    const again = await submit('keyed', { operator: 'increment', score: 5, member: 'a' }, headers);
    expect(again.body).toEqual(first.body);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await service.admin.get('/v1/leaderboards/keyed/entries/a')).body.score).toBe(6);
    expectProblem(await submit('keyed', { ...body, score: 6 }, headers), 422, 'idempotency.key-reused');
    expectProblem(await submit('other-board', body, headers), 422, 'idempotency.key-reused');
  });

  it('that was refused for overflow is refused the same again', async () => {
    await submit('keyed-overflow', { member: 'a', score: 2 ** 53 });
    const body = { member: 'a', score: 2, operator: 'increment' };
    const headers = { 'idempotency-key': 'submission-2' };
    expectProblem(await submit('keyed-overflow', body, headers), 409, 'leaderboards.score-overflow');
    await submit('keyed-overflow', { member: 'a', score: 0 });
    expectProblem(await submit('keyed-overflow', body, headers), 409, 'leaderboards.score-overflow');
    expect((await service.admin.get('/v1/leaderboards/keyed-overflow/entries/a')).body.score).toBe(0);
  });
});

describe('removing an entry', () => {
  it('closes the gap, and a member without an entry or a board is not found', async () => {
    for (const [at, member] of ['@nestjs/core', 'lookup', 'around', 'd'].entries()) {
      await submit('removal', { member, score: -at });
    }
    const path = (member: string) => `/v1/leaderboards/removal/entries/${encodeURIComponent(member)}`;
    const gone = await service.admin.delete(path('@nestjs/core'));
    expect(gone.status).toBe(204);
    expect(gone.body).toBe('');
    expectProblem(await service.admin.delete(path('@nestjs/core')), 404, 'leaderboards.member-not-found');
    expectProblem(await service.admin.get(path('@nestjs/core')), 404, 'leaderboards.member-not-found');
    expectProblem(
      await service.admin.get(`${path('@nestjs/core')}/around`),
      404,
      'leaderboards.member-not-found',
    );
    expectProblem(
      await service.admin.delete('/v1/leaderboards/nowhere/entries/a'),
      404,
      'leaderboards.board-not-found',
    );
    expect(await order('removal')).toEqual(['lookup', 'around', 'd']);
  });

  it('works for members who are called as a part of a route', async () => {
    for (const member of ['lookup', 'around']) {
      const path = `/v1/leaderboards/removal/entries/${member}`;
      expect((await service.admin.get(path)).body).toMatchObject({ member });
      expect((await service.admin.get(`${path}/around`)).body).toMatchObject({ total: expect.any(Number) });
      expect((await service.admin.delete(path)).status).toBe(204);
    }
    expectProblem(await service.admin.put('/v1/leaderboards/removal/entries/lookup', {}), 405);
  });
});
