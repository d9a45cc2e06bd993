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

const put = (board: string, body: object) => service.admin.put(`/v1/leaderboards/${board}`, body);
const submit = (board: string, member: string, score: number, more: object = {}) =>
  service.admin.post(`/v1/leaderboards/${board}/submissions`, { member, score, ...more });
const ranks = async (board: string, ranking: string): Promise<unknown> => {
  const { status, body } = await service.admin.get(
    `/v1/leaderboards/${board}/entries?ranking=${ranking}&limit=1000`,
  );
  return status === 200 ? listed(body.items).map(({ rank }) => rank) : status;
};
const standing = async (board: string): Promise<unknown> => {
  const { body } = await service.admin.get(`/v1/leaderboards/${board}/entries?limit=1000`);
  return listed(body.items).map(({ member, score }) => [member, score]);
};

describe('configuring a board', () => {
  it('answers the board, also while others delete it', async () => {
    const statuses = new Set<number>();
    for (let round = 0; round < 20; round++) {
      const puts = Array.from({ length: 10 }, () => put('contested', { keepSeasons: round }));
      const deletions = Array.from({ length: 10 }, () => service.admin.delete('/v1/leaderboards/contested'));
      for (const { status } of await Promise.all(puts)) statuses.add(status);
      await Promise.all(deletions);
    }
    expect([...statuses].filter((status) => status !== 200 && status !== 201)).toEqual([]);
  });

  it('answers 201 when it is new and 200 when it stood, and leaves what is left out', async () => {
    const made = await put('settings', {
      order: 'ascending',
      operator: 'best',
      ties: 'member',
      denseRanks: true,
      reset: { cron: '0 0 * * 1', timeZone: 'Europe/Berlin' },
      keepSeasons: 3,
      capacity: 50,
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      board: 'settings',
      order: 'ascending',
      operator: 'best',
      ties: 'member',
      denseRanks: true,
      reset: { cron: '0 0 * * 1', timeZone: 'Europe/Berlin' },
      keepSeasons: 3,
      capacity: 50,
      total: 0,
    });
    expect(Date.parse(made.body.season.endsAt)).toBeGreaterThan(Date.parse(made.body.season.startedAt));
    const again = await put('settings', {});
    expect(again.status).toBe(200);
    expect(again.body).toEqual(made.body);
    const changed = await put('settings', { reset: null, capacity: null, operator: 'set' });
    expect(changed.body).toEqual({
      ...made.body,
      reset: null,
      capacity: null,
      operator: 'set',
      season: { ...made.body.season, endsAt: null },
    });
    expect((await put('settings', { reset: { cron: '0 0 * * *' } })).body.reset).toEqual({
      cron: '0 0 * * *',
      timeZone: 'UTC',
    });
    expect((await service.admin.put('/v1/leaderboards/no-body')).status).toBe(201);
  });

  it.each([
    ['order', 'ascending'],
    ['ties', 'member'],
  ])('refuses another %s while the board has entries', async (field, value) => {
    const board = `fixed-${field}`;
    await put(board, { [field]: value });
    await put(board, { order: 'descending', ties: 'arrival' });
    await submit(board, 'a', 1);
    const before = await dumpKeys(topology);
    const refused = await put(board, { [field]: value, operator: 'best', capacity: 1, denseRanks: true });
    expectProblem(refused, 409, 'leaderboards.immutable');
    expect(refused.body.errors).toEqual([{ pointer: `/${field}`, detail: expect.any(String) }]);
    expect(await dumpKeys(topology)).toEqual(before);
    expect((await put(board, { order: 'descending', ties: 'arrival', operator: 'best' })).status).toBe(200);
    await service.admin.delete(`/v1/leaderboards/${board}/entries/a`);
    expect((await put(board, { [field]: value })).body[field]).toBe(value);
  });
});

describe('dense ranks', () => {
  it.each(['arrival', 'member'] as const)(
    'are switched on for a filled board and off again (%s)',
    async (ties) => {
      const board = `dense-${ties}`;
      await put(board, { ties });
      const submissions = Array.from({ length: 2500 }, (_each, at) => ({
        member: `m${at}`,
        score: at % 1300,
      }));
      for (let at = 0; at < submissions.length; at += 1000) {
        await service.admin.post(`/v1/leaderboards/${board}/submissions/batch`, {
          submissions: submissions.slice(at, at + 1000),
        });
      }
      for (const path of ['entries', 'entries/m1', 'entries/m1/around']) {
        const refused = await service.admin.get(`/v1/leaderboards/${board}/${path}?ranking=dense`);
        expectProblem(refused, 422, 'leaderboards.no-dense-ranks');
      }
      const lookup = { members: ['m1'], ranking: 'dense' };
      expectProblem(await service.admin.post(`/v1/leaderboards/${board}/entries/lookup`, lookup), 422);
      expect((await put(board, { denseRanks: true })).body.denseRanks).toBe(true);
      expect((await service.admin.get(`/v1/leaderboards/${board}/entries/m0?ranking=dense`)).body.rank).toBe(
        1300,
      );
      // 1299 to 1200 are held once, all below twice.
      expect(
        (await service.admin.get(`/v1/leaderboards/${board}/entries/m1199?ranking=dense`)).body,
      ).toMatchObject({
        rank: 101,
      });
      await service.admin.delete(`/v1/leaderboards/${board}/entries/m1299`);
      await submit(board, 'm1298', -1);
      expect(
        (await service.admin.get(`/v1/leaderboards/${board}/entries/m1199?ranking=dense`)).body.rank,
      ).toBe(99);
      expect((await put(board, { denseRanks: false })).body.denseRanks).toBe(false);
      expect(await ranks(board, 'dense')).toBe(422);
      expect((await topology.keys()).filter((key) => key.includes(board) && key.endsWith(':scores'))).toEqual(
        [],
      );
      await submit(board, 'm5', 10_000);
      await put(board, { denseRanks: true });
      expect((await service.admin.get(`/v1/leaderboards/${board}/entries/m0?ranking=dense`)).body.rank).toBe(
        1299,
      );
    },
  );

  it('are 1 2 2 3 where competition has 1 2 2 4', async () => {
    await put('small', { denseRanks: true });
    for (const [member, score] of Object.entries({ a: 4, b: 3, c: 3, d: 1 }))
      await submit('small', member, score);
    expect(await ranks('small', 'ordinal')).toEqual([1, 2, 3, 4]);
    expect(await ranks('small', 'competition')).toEqual([1, 2, 2, 4]);
    expect(await ranks('small', 'dense')).toEqual([1, 2, 2, 3]);
  });
});

describe('capacity', () => {
  it.each(['arrival', 'member'] as const)('keeps the best alone (%s)', async (ties) => {
    const board = `full-${ties}`;
    await put(board, { capacity: 3, ties, denseRanks: true });
    for (const [member, score] of Object.entries({ a: 3, b: 2, c: 1 })) await submit(board, member, score);
    const before = await standing(board);
    const newcomer = await submit(board, 'z', 0.5, { metadata: { lost: true } });
    expect(newcomer.body).toEqual({
      member: 'z',
      score: 0.5,
      rank: null,
      previousScore: null,
      previousRank: null,
      changed: false,
    });
    // An equal score that came later, or whose bytes are higher, is no better.
    expect((await submit(board, 'zz', 1)).body).toMatchObject({ rank: null, changed: false });
    expect(await standing(board)).toEqual(before);
    expect((await submit(board, 'd', 2.5)).body).toMatchObject({ rank: 2, changed: true });
    expect(await standing(board)).toEqual([
      ['a', 3],
      ['d', 2.5],
      ['b', 2],
    ]);
    expect((await submit(board, 'a', -5)).body).toMatchObject({ rank: 3, previousRank: 1, changed: true });
    expect(await ranks(board, 'dense')).toEqual([1, 2, 3]);
    const keys = (await topology.keys()).filter((key) => key.includes(`:${board}}`));
    expect(keys.filter((key) => key.endsWith(':metadata'))).toEqual([]);
  });

  it('takes off the worst when it is lowered, and lets more in when it is raised or lifted', async () => {
    await put('shrink', { denseRanks: true });
    const submissions = Array.from({ length: 1000 }, (_each, at) => ({
      member: `m${at}`,
      score: at,
      metadata: {},
    }));
    for (const offset of [0, 1000, 2000]) {
      await service.admin.post('/v1/leaderboards/shrink/submissions/batch', {
        submissions: submissions.map(({ member, score }) => ({
          member: `${member}+${offset}`,
          score: score + offset,
        })),
      });
    }
    const lowered = await put('shrink', { capacity: 5 });
    expect(lowered.body).toMatchObject({ capacity: 5, total: 5 });
    expect(await standing('shrink')).toEqual(
      [2999, 2998, 2997, 2996, 2995].map((n) => [`m${n - 2000}+2000`, n]),
    );
    expect(await ranks('shrink', 'dense')).toEqual([1, 2, 3, 4, 5]);
    const client = topology.connect();
    const sizes = await Promise.all([
      client.hlen('fulcrum:default:{leaderboards:shrink}:arrivals'),
      client.zcard('fulcrum:default:{leaderboards:shrink}:scores'),
    ]);
    client.disconnect();
    expect(sizes).toEqual([5, 5]);
    await put('shrink', { capacity: 6 });
    expect((await submit('shrink', 'x', 0)).body.rank).toBe(6);
    expect((await submit('shrink', 'y', 0)).body.rank).toBeNull();
    await put('shrink', { capacity: null });
    expect((await submit('shrink', 'y', 0)).body.rank).toBe(7);
  });
});
