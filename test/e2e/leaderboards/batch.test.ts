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

const batch = (board: string, submissions: unknown, headers: Record<string, string> = {}) =>
  service.admin.post(`/v1/leaderboards/${board}/submissions/batch`, { submissions }, headers);
const rows = (count: number) =>
  Array.from({ length: count }, (_each, at) => ({ member: `m${at}`, score: at % 7, operator: 'increment' }));

describe('a batch', () => {
  it('is taken in order, and later rows see what earlier ones did', async () => {
    const { status, body } = await batch('order', [
      { member: 'a', score: 1 },
      { member: 'b', score: 2, metadata: { n: 1 } },
      { member: 'a', score: 4, operator: 'increment' },
      { member: 'b', score: 1, operator: 'best' },
      { member: 'a', score: 5 },
    ]);
    expect(status).toBe(200);
    const row = (
      member: string,
      score: number,
      rank: number,
      before: number | null,
      at: number | null,
      changed = true,
    ) => ({
      status: 200,
      member,
      score,
      rank,
      previousScore: before,
      previousRank: at,
      changed,
    });
    expect(body).toEqual({
      results: [
        row('a', 1, 1, null, null),
        row('b', 2, 1, null, null),
        row('a', 5, 1, 1, 2),
        row('b', 2, 2, 2, 2, false),
        row('a', 5, 1, 5, 1, false),
      ],
    });
  });

  it('is not spoiled by bad rows, each of which is answered in its place', async () => {
    const bad: [unknown, number, string][] = [
      [null, 422, ''],
      [7, 422, ''],
      ['a', 422, ''],
      [[], 422, ''],
      [{}, 422, '/member'],
      [{ member: 'x' }, 422, '/score'],
      [{ member: 'x', score: '1' }, 422, '/score'],
      [{ member: 'x', score: 2 ** 53 + 2 }, 422, '/score'],
      [{ member: '', score: 1 }, 422, '/member'],
      [{ member: 'x'.repeat(257), score: 1 }, 422, '/member'],
      [{ member: 'x', score: 1, operator: 'max' }, 422, '/operator'],
      [{ member: 'x', score: 1, metadata: [] }, 422, '/metadata'],
      [{ member: 'x', score: 1, board: 'y' }, 422, '/board'],
      [{ member: 'x', score: 1, constructor: 1 }, 422, '/constructor'],
    ];
    const submissions = bad.flatMap(([row], at) => [row, { member: `good ${at}`, score: -at }]);
    const { status, body } = await batch('spoiled', submissions);
    expect(status).toBe(200);
    expect(body.results).toHaveLength(submissions.length);
    for (const [at, [row, wanted, pointer]] of bad.entries()) {
      expect(body.results[2 * at], JSON.stringify(row)).toMatchObject({
        status: wanted,
        code: 'request.invalid',
        detail: expect.any(String),
      });
      expect(body.results[2 * at].errors).toContainEqual({ pointer, detail: expect.any(String) });
      expect(body.results[2 * at + 1]).toMatchObject({ status: 200, member: `good ${at}`, rank: at + 1 });
    }
    expect((await service.admin.get('/v1/leaderboards/spoiled')).body.total).toBe(bad.length);
  });

  it('answers a sum beyond 2^53 in its place', async () => {
    const { body } = await batch('overflowing', [
      { member: 'a', score: 2 ** 53 },
      { member: 'a', score: 1, operator: 'increment' },
      { member: 'a', score: -1, operator: 'increment' },
    ]);
    expect(body.results).toMatchObject([
      { status: 200, score: 2 ** 53 },
      { status: 409, code: 'leaderboards.score-overflow' },
      { status: 200, score: 2 ** 53 - 1, previousScore: 2 ** 53 },
    ]);
    expect(Object.keys(body.results[1]).sort()).toEqual(['code', 'detail', 'status']);
  });

  it('has 1 to 1000 rows', async () => {
    const before = await dumpKeys(topology);
    expectProblem(await batch('sizes', []), 422, 'request.invalid');
    expectProblem(await batch('sizes', rows(1001)), 422, 'request.invalid');
    expectProblem(await batch('sizes', undefined), 422, 'request.invalid');
    expectProblem(await batch('sizes', { member: 'a', score: 1 }), 422, 'request.invalid');
    expect(await dumpKeys(topology)).toEqual(before);
    const { body } = await batch('sizes', rows(1000));
    expect(listed(body.results).filter(({ status }) => status === 200)).toHaveLength(1000);
    expect((await batch('sizes', rows(1))).body.results).toHaveLength(1);
    expect((await service.admin.get('/v1/leaderboards/sizes')).body.total).toBe(1000);
  });

  it('with an Idempotency-Key is replayed whole, bad rows included, and takes effect once', async () => {
    const submissions = [...rows(450), { member: 'bad' }, ...rows(549)];
    const headers = { 'idempotency-key': 'batch-1' };
    const first = await batch('keyed', submissions, headers);
    const sum = async () => {
      const { body } = await service.admin.get('/v1/leaderboards/keyed/entries?limit=1000');
      return listed(body.items).reduce((total, { score }) => total + score, 0);
    };
    const total = await sum();
    await service.admin.post('/v1/leaderboards/keyed/submissions', { member: 'later', score: 0.5 });
    const again = await Promise.all([
      batch('keyed', submissions, headers),
      batch('keyed', submissions, headers),
    ]);
    for (const answer of again) {
      expect(answer.body).toEqual(first.body);
      expect(answer.headers.get('idempotency-replayed')).toBe('true');
    }
    expect(await sum()).toBe(total + 0.5);
    expectProblem(await batch('keyed', rows(450), headers), 422, 'idempotency.key-reused');
  });
});
