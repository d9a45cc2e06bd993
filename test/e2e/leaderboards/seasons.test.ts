import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { type Item, listed } from './answers.js';
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

const path = (board: string, rest = '') => `/v1/leaderboards/${board}${rest}`;
const submit = (board: string, member: string, score: number, more: object = {}) =>
  service.admin.post(path(board, '/submissions'), { member, score, ...more });
const close = (board: string, headers: Record<string, string> = {}) =>
  service.admin.post(path(board, '/seasons'), undefined, headers);
const ids = async (board: string): Promise<string[]> => {
  const { body } = await service.admin.get(path(board, '/seasons?limit=1000'));
  return listed(body.items).map(({ id }) => id);
};
const keysOf = async (board: string) => (await topology.keys()).filter((key) => key.includes(`:${board}}:`));

describe('closing a season', () => {
  it('archives what stood, begins the next empty, and says so', async () => {
    for (const [member, score] of Object.entries({ a: 3, b: 2 })) await submit('by-hand', member, score);
    const started = (await service.admin.get(path('by-hand'))).body.season.startedAt;
    const closed = await close('by-hand');
    expect(closed.status).toBe(201);
    expect(closed.body).toEqual({ id: '1', startedAt: started, endedAt: expect.any(String), total: 2 });
    expect(closed.body.endedAt >= started).toBe(true);
    const after = await service.admin.get(path('by-hand'));
    expect(after.body).toMatchObject({
      total: 0,
      season: { id: '2', startedAt: closed.body.endedAt, endsAt: null },
    });
    expect((await service.admin.get(path('by-hand', '/entries'))).body).toEqual({
      items: [],
      next: null,
      total: 0,
    });
    expectProblem(
      await service.admin.get(path('by-hand', '/entries/a')),
      404,
      'leaderboards.member-not-found',
    );
    expect((await submit('by-hand', 'a', 1)).body).toMatchObject({
      previousScore: null,
      previousRank: null,
      rank: 1,
    });
    expect((await service.admin.get(path('by-hand', '/seasons'))).body).toEqual({
      items: [closed.body],
      next: null,
    });
    expectProblem(await close('no-such-board'), 404, 'leaderboards.board-not-found');
    expectProblem(
      await service.admin.get(path('no-such-board', '/seasons')),
      404,
      'leaderboards.board-not-found',
    );
    expectProblem(
      await service.admin.post(path('by-hand', '/seasons'), { force: true }),
      422,
      'request.invalid',
    );
  });

  it('closes an empty one too', async () => {
    await service.admin.put(path('empty'), {});
    expect((await close('empty')).body).toMatchObject({ id: '1', total: 0 });
    expect((await service.admin.get(path('empty', '/seasons/1/entries'))).body).toEqual({
      items: [],
      next: null,
      total: 0,
    });
  });

  it('happens once for one Idempotency-Key', async () => {
    await submit('keyed-season', 'a', 1);
    const answers = [];
    for (let time = 0; time < 3; time++)
      answers.push(await close('keyed-season', { 'idempotency-key': 'close-1' }));
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body);
    expect(answers.map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true', 'true']);
    expect(await ids('keyed-season')).toEqual(['1']);
  });

  it('from 20 clients at once gives 20 seasons, and every entry to one of them', async () => {
    await service.admin.put(path('crowd'), { keepSeasons: 1000 });
    const closed = await Promise.all(
      Array.from({ length: 20 }, async (_each, at) => {
        const entry = await submit('crowd', `m${at}`, at);
        expect(entry.status).toBe(200);
        return (await close('crowd')).body as Item;
      }),
    );
    expect(closed.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_e, at) => at + 1),
    );
    const live = (await service.admin.get(path('crowd'))).body.total as number;
    expect(closed.reduce((sum, { total }) => sum + total, live)).toBe(20);
  });
});

describe('the list of seasons', () => {
  it('is newest first, in pages', async () => {
    await service.admin.put(path('many'), { keepSeasons: 1000 });
    for (let season = 1; season <= 23; season++) {
      if (season % 2) await submit('many', 'a', season);
      await close('many');
    }
    const listed: { id: string; startedAt: string; endedAt: string; total: number }[] = [];
    const sizes: number[] = [];
    let next: string | null = null;
    do {
      const cursor: string = next === null ? '' : `&cursor=${next}`;
      const { body } = await service.admin.get(path('many', `/seasons?limit=5${cursor}`));
      listed.push(...body.items);
      sizes.push(body.items.length);
      next = body.next;
    } while (next !== null);
    expect(sizes).toEqual([5, 5, 5, 5, 3]);
    expect(listed.map(({ id, total }) => [id, total])).toEqual(
      Array.from({ length: 23 }, (_each, at) => [String(23 - at), (23 - at) % 2]),
    );
    for (const [at, { startedAt }] of listed.slice(0, -1).entries())
      expect(startedAt).toBe(listed[at + 1]?.endedAt);
    const { body } = await service.admin.get(path('many', '/seasons?limit=1'));
    await service.admin.put(path('many-other'), {});
    const foreign = await service.admin.get(path('many-other', `/seasons?cursor=${body.next}`));
    expectProblem(foreign, 422, 'pagination.invalid-cursor');
    expect((await service.admin.get(path('many', '/seasons?limit=23'))).body.next).toBeNull();
  });
});

describe.each(['arrival', 'member'] as const)('an archived season with ties by %s', (ties) => {
  const board = `archive-${ties}`;

  beforeAll(async () => {
    await service.admin.put(path(board), { ties, denseRanks: true });
    for (const [member, score] of Object.entries({ b: 4, a: 4, c: 9, d: 1 })) {
      await submit(board, member, score, member === 'c' ? { metadata: { crown: true } } : {});
    }
    await close(board);
    // What the board becomes later is no matter of its archive.
    await service.admin.put(path(board), {
      order: 'ascending',
      ties: ties === 'member' ? 'arrival' : 'member',
      denseRanks: false,
    });
    await submit(board, 'a', 77);
  });

  it.each([
    ['ordinal', [1, 2, 3, 4]],
    ['competition', [1, 2, 2, 4]],
    ['dense', [1, 2, 2, 3]],
  ])('is read by %s rank', async (ranking, wanted) => {
    const members = ties === 'arrival' ? ['c', 'b', 'a', 'd'] : ['c', 'a', 'b', 'd'];
    const scores = [9, 4, 4, 1];
    const { body } = await service.admin.get(path(board, `/seasons/1/entries?ranking=${ranking}`));
    expect(body).toEqual({
      items: members.map((member, at) => ({
        member,
        score: scores[at],
        rank: wanted[at],
        ...(member === 'c' ? { metadata: { crown: true } } : {}),
      })),
      next: null,
      total: 4,
    });
    for (const [at, member] of members.entries()) {
      const entry = await service.admin.get(path(board, `/seasons/1/entries/${member}?ranking=${ranking}`));
      expect(entry.body).toEqual({
        member,
        score: scores[at],
        rank: wanted[at],
        percentile: [100, 75, 75, 25][at],
        metadata: member === 'c' ? { crown: true } : null,
        updatedAt: ties === 'arrival' ? expect.any(String) : null,
      });
    }
  });

  it('says what is not there', async () => {
    const at = (rest: string) => service.admin.get(path(board, rest));
    expectProblem(await at('/seasons/1/entries/nobody'), 404, 'leaderboards.member-not-found');
    expectProblem(await at('/seasons/2/entries'), 404, 'leaderboards.season-not-found');
    expectProblem(await at('/seasons/2/entries/a'), 404, 'leaderboards.season-not-found');
    expectProblem(await at('/seasons/0/entries'), 422, 'request.invalid');
    expectProblem(await at('/seasons/live/entries'), 422, 'request.invalid');
    expectProblem(await at('/entries?ranking=dense'), 422, 'leaderboards.no-dense-ranks');
  });
});

describe('keepSeasons', () => {
  it.each([
    [0, []],
    [1, ['6']],
    [4, ['6', '5', '4', '3']],
    [1000, ['6', '5', '4', '3', '2', '1']],
  ])('%d keeps the newest %j of six', async (keepSeasons, kept) => {
    const board = `keep-${keepSeasons}`;
    await service.admin.put(path(board), { keepSeasons });
    for (let season = 1; season <= 6; season++) {
      await submit(board, 'a', season, { metadata: {} });
      expect((await close(board)).body).toMatchObject({ id: String(season), total: 1 });
    }
    expect(await ids(board)).toEqual(kept);
    const archived = (await keysOf(board)).filter((key) => key.includes(':season:'));
    expect(new Set(archived.map((key) => key.split(':season:')[1]?.split(':')[0]))).toEqual(new Set(kept));
    const { body } = await service.admin.get(path(board));
    expect(body.season.id).toBe('7');
    for (let season = 1; season <= 6; season++) {
      const { status } = await service.admin.get(path(board, `/seasons/${season}/entries`));
      expect(status).toBe(kept.includes(String(season)) ? 200 : 404);
    }
  });

  it('drops what is too much as soon as it is lowered', async () => {
    for (let season = 1; season <= 4; season++) {
      await submit('lowered', 'a', season);
      await close('lowered');
    }
    await service.admin.put(path('lowered'), { keepSeasons: 2 });
    expect(await ids('lowered')).toEqual(['4', '3']);
    await service.admin.put(path('lowered'), { capacity: 5 });
    expect(await ids('lowered')).toEqual(['4', '3']);
    await service.admin.put(path('lowered'), { keepSeasons: 0 });
    expect((await keysOf('lowered')).map((key) => key.split('}:')[1]).sort()).toEqual(['info']);
  });
});

describe('removing a member', () => {
  it('from every season leaves no trace, from the live one leaves the archives', async () => {
    await service.admin.put(path('erase'), { denseRanks: true });
    for (let season = 1; season <= 3; season++) {
      await submit('erase', 'a', season, { metadata: { secret: 'a' } });
      if (season !== 2) await submit('erase', 'b', 5);
      if (season < 3) await close('erase');
    }
    expect((await service.admin.delete(path('erase', '/entries/b'))).status).toBe(204);
    expect((await service.admin.get(path('erase', '/seasons/1/entries/b'))).status).toBe(200);
    expectProblem(await service.admin.delete(path('erase', '/entries/b?seasons=live')), 404);
    // b stands in the first season alone by now.
    expect((await service.admin.delete(path('erase', '/entries/b?seasons=all'))).status).toBe(204);
    expectProblem(
      await service.admin.delete(path('erase', '/entries/b?seasons=all')),
      404,
      'leaderboards.member-not-found',
    );
    const { body } = await service.admin.get(path('erase', '/seasons/1/entries/a?ranking=dense'));
    expect(body).toMatchObject({ rank: 1, percentile: 100 });
    expect((await service.admin.delete(path('erase', '/entries/a?seasons=all'))).status).toBe(204);
    const { items } = (await service.admin.get(path('erase', '/seasons'))).body;
    expect(listed(items).map(({ total }) => total)).toEqual([0, 0]);
    expect((await keysOf('erase')).map((key) => key.split('}:')[1]).sort()).toEqual([
      'info',
      'season:1:info',
      'season:2:info',
      'seasons',
    ]);
  });
});
