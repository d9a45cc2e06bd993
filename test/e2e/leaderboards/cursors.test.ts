import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { listed } from './answers.js';
import type { ApiClient } from '../../support/api-client.js';
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

const submit = (client: ApiClient, board: string, member = 'a', score = 1) =>
  client.post(`/v1/leaderboards/${board}/submissions`, { member, score });

async function credential(body: object): Promise<ApiClient> {
  const made = await service.admin.post('/v1/api-keys', { name: 'test', roles: [], ...body });
  expect(made.status).toBe(201);
  return service.as(made.body.secret);
}

async function listAll(client: ApiClient, limit: number): Promise<{ names: string[]; pages: number[] }> {
  const names: string[] = [];
  const pages: number[] = [];
  let next: string | null = null;
  do {
    const cursor: string = next === null ? '' : `&cursor=${next}`;
    const { status, body } = await client.get(`/v1/leaderboards?limit=${limit}${cursor}`);
    expect(status).toBe(200);
    names.push(...listed(body.items).map(({ board }) => board));
    pages.push(body.items.length);
    next = body.next;
  } while (next !== null);
  return { names, pages };
}

describe('the list of boards', () => {
  it('is of the tenant, by name, of what the credential may read, and ends where it says', async () => {
    const tenant = await credential({ roles: ['admin'], tenant: 'lists' });
    const names = ['a.1', 'a.2', 'a.3', 'B', 'b.1', 'b.2', 'b:x', 'b_y', '0'];
    for (const name of names) await submit(tenant, name);
    await submit(service.admin, 'of-another-tenant');
    const inOrder = [...names].sort();
    for (const limit of [1, 2, 3, 4, 8, 9, 10, 1000]) {
      const { names: listed, pages } = await listAll(tenant, limit);
      expect(listed).toEqual(inOrder);
      expect(pages).toHaveLength(Math.ceil(names.length / limit));
    }
    expect((await tenant.get('/v1/leaderboards')).body.items[0]).toMatchObject({ board: '0', total: 1 });
    const limited = await tenant.post('/v1/api-keys', {
      name: 'limited',
      roles: [],
      permissions: ['leaderboards:read:b.*'],
    });
    for (const limit of [1, 2, 3]) {
      const { names: listed, pages } = await listAll(service.as(limited.body.secret), limit);
      expect(listed).toEqual(['b.1', 'b.2']);
      expect(pages).toHaveLength(Math.ceil(2 / limit));
    }
  });

  it('has no cursor of another tenant, of another list, or of no list', async () => {
    const [one, other] = await Promise.all([
      credential({ roles: ['admin'], tenant: 'cursors-1' }),
      credential({ roles: ['admin'], tenant: 'cursors-2' }),
    ]);
    for (const client of [one, other]) for (const board of ['a', 'b']) await submit(client, board);
    for (const client of [one, other]) await submit(client, 'a', 'b', 2);
    const boards: string = (await one.get('/v1/leaderboards?limit=1')).body.next;
    const entries: string = (await one.get('/v1/leaderboards/a/entries?limit=1')).body.next;
    expect([typeof boards, typeof entries]).toEqual(['string', 'string']);
    const foreign = [
      [other, `/v1/leaderboards?cursor=${boards}`],
      [one, `/v1/leaderboards?cursor=${entries}`],
      [one, `/v1/leaderboards/a/entries?cursor=${boards}`],
      [one, `/v1/leaderboards/b/entries?cursor=${entries}`],
      [other, `/v1/leaderboards/a/entries?cursor=${entries}`],
      [one, `/v1/leaderboards/a/seasons?cursor=${entries}`],
      [one, `/v1/leaderboards/a/entries?cursor=${entries.slice(0, -1)}`],
      [one, `/v1/leaderboards/a/entries?cursor=${entries}A`],
      [one, `/v1/leaderboards/a/entries?cursor=A${entries.slice(1)}`],
      [one, '/v1/leaderboards/a/entries?cursor=AAAA'],
      [one, `/v1/leaderboards/a/entries?cursor=${Buffer.from('[]').toString('base64url')}`],
    ] as const;
    for (const [client, path] of foreign) {
      const refused = await client.get(path);
      expectProblem(refused, 422, 'pagination.invalid-cursor');
      expect(refused.body.errors).toEqual([{ pointer: '/cursor', detail: expect.any(String) }]);
    }
    expect((await one.get(`/v1/leaderboards/a/entries?cursor=${entries}`)).body.items).toEqual([
      { member: 'a', score: 1, rank: 2 },
    ]);
  });
});

describe('deleting a board', () => {
  it('takes its seasons along and makes its cursors stale, also when it is made again', async () => {
    const fill = async () => {
      for (const member of ['a', 'b', 'c']) await submit(service.admin, 'gone', member);
    };
    await fill();
    await service.admin.post('/v1/leaderboards/gone/seasons');
    await fill();
    const live = (await service.admin.get('/v1/leaderboards/gone/entries?limit=1')).body.next;
    const closed = (await service.admin.get('/v1/leaderboards/gone/seasons/1/entries?limit=1')).body.next;
    expect((await service.admin.delete('/v1/leaderboards/gone')).status).toBe(204);
    expect((await topology.keys()).filter((key) => key.includes('{leaderboards:gone}'))).toEqual([]);
    for (const path of ['', '/entries', '/entries/a', '/entries/a/around', '/seasons']) {
      expectProblem(
        await service.admin.get(`/v1/leaderboards/gone${path}`),
        404,
        'leaderboards.board-not-found',
      );
    }
    expectProblem(await service.admin.get('/v1/leaderboards/gone/seasons/1/entries'), 404);
    expectProblem(await service.admin.delete('/v1/leaderboards/gone'), 404, 'leaderboards.board-not-found');
    const { body } = await service.admin.get('/v1/leaderboards?limit=1000');
    expect(listed(body.items).map(({ board }) => board)).not.toContain('gone');
    await fill();
    await service.admin.post('/v1/leaderboards/gone/seasons');
    await fill();
    for (const [path, cursor] of [
      ['entries', live],
      ['seasons/1/entries', closed],
    ]) {
      const stale = await service.admin.get(`/v1/leaderboards/gone/${path}?cursor=${cursor}`);
      expectProblem(stale, 422, 'pagination.invalid-cursor');
    }
  });
});

describe('a cursor', () => {
  it('is stale once the season that it was read from is closed, and the archive has its own', async () => {
    for (const member of ['a', 'b', 'c']) await submit(service.admin, 'ended', member);
    const { next } = (await service.admin.get('/v1/leaderboards/ended/entries?limit=1')).body;
    await service.admin.post('/v1/leaderboards/ended/seasons');
    for (const member of ['a', 'b', 'c']) await submit(service.admin, 'ended', member);
    for (const path of ['entries', 'seasons/1/entries']) {
      const stale = await service.admin.get(`/v1/leaderboards/ended/${path}?cursor=${next}`);
      expectProblem(stale, 422, 'pagination.invalid-cursor');
    }
    const archive = (await service.admin.get('/v1/leaderboards/ended/seasons/1/entries?limit=1')).body;
    const rest = await service.admin.get(
      `/v1/leaderboards/ended/seasons/1/entries?limit=2&cursor=${archive.next}`,
    );
    expect(rest.body).toEqual({
      items: [
        { member: 'b', score: 1, rank: 2 },
        { member: 'c', score: 1, rank: 3 },
      ],
      next: null,
      total: 3,
    });
  });

  it.each(['arrival', 'member'] as const)(
    'goes on behind the place of an entry that has moved or is gone (ties by %s)',
    async (ties) => {
      const board = `moved-${ties}`;
      await service.admin.put(`/v1/leaderboards/${board}`, { ties });
      for (const member of ['a', 'b', 'c', 'd', 'e', 'f']) await submit(service.admin, board, member, 5);
      const page = (cursor: string) =>
        service.admin.get(`/v1/leaderboards/${board}/entries?limit=2&cursor=${cursor}`);
      const first = (await service.admin.get(`/v1/leaderboards/${board}/entries?limit=3`)).body;
      const shown = async () => {
        const { body } = await page(first.next);
        return listed(body.items).map(({ member, rank }) => [member, rank]);
      };
      await submit(service.admin, board, 'c', 9);
      expect(await shown()).toEqual([
        ['d', 4],
        ['e', 5],
      ]);
      await submit(service.admin, board, 'c', 1);
      expect(await shown()).toEqual([
        ['d', 3],
        ['e', 4],
      ]);
      await service.admin.delete(`/v1/leaderboards/${board}/entries/c`);
      await service.admin.delete(`/v1/leaderboards/${board}/entries/d`);
      await submit(service.admin, board, 'new', 5.5);
      expect(await shown()).toEqual([
        ['e', 4],
        ['f', 5],
      ]);
      for (const member of ['e', 'f'])
        await service.admin.delete(`/v1/leaderboards/${board}/entries/${member}`);
      expect((await page(first.next)).body).toEqual({ items: [], next: null, total: 3 });
    },
  );

  it('may be used with another limit and ranking', async () => {
    await service.admin.put('/v1/leaderboards/mixed', { denseRanks: true });
    for (const [member, score] of Object.entries({ a: 9, b: 5, c: 5, d: 5, e: 1 })) {
      await submit(service.admin, 'mixed', member, score);
    }
    const { next } = (await service.admin.get('/v1/leaderboards/mixed/entries?limit=2')).body;
    for (const [ranking, wanted] of Object.entries({
      ordinal: [3, 4, 5],
      competition: [2, 2, 5],
      dense: [2, 2, 3],
    })) {
      const { body } = await service.admin.get(
        `/v1/leaderboards/mixed/entries?limit=10&ranking=${ranking}&cursor=${next}`,
      );
      expect(listed(body.items).map(({ rank }) => rank)).toEqual(wanted);
    }
  });
});

describe('limit', () => {
  it('is 10 for entries and 100 elsewhere if left out, and at most 1000', async () => {
    const submissions = Array.from({ length: 1000 }, (_each, at) => ({ member: `m${at}`, score: 1000 - at }));
    await service.admin.post('/v1/leaderboards/limits/submissions/batch', { submissions });
    await submit(service.admin, 'limits', 'last', -1);
    const sizes = async (path: string): Promise<{ items: unknown[]; next: string | null }> =>
      (await service.admin.get(`/v1/leaderboards/limits/${path}`)).body as {
        items: unknown[];
        next: string | null;
      };
    for (const path of ['entries', 'entries/m500/around']) {
      expect((await sizes(path)).items).toHaveLength(10);
      for (const limit of [1, 2, 999, 1000]) {
        expect((await sizes(`${path}?limit=${limit}`)).items).toHaveLength(limit);
      }
    }
    const exact = await sizes('entries?limit=1000');
    expect((await sizes(`entries?cursor=${exact.next}`)).items).toEqual([
      { member: 'last', score: -1, rank: 1001 },
    ]);
    await service.admin.delete('/v1/leaderboards/limits/entries/last');
    expect((await sizes('entries?limit=1000')).next).toBeNull();
  });
});
