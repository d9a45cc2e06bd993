import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../support/api-client.js';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { newKey } from '../access/credentials.js';
import { at, endOf, type Job, JOBS } from './harness.js';

const DAY_MS = 86_400_000;

let topology: Topology;
/** Only answers, so that what waits stays; the other one works. */
let waiting: TestService;
let working: TestService;

beforeAll(async () => {
  topology = await startTopology();
  waiting = await startService({ ...topology.settings, ROLE: 'api' });
});

afterAll(async () => {
  await working?.stop();
  await waiting?.stop();
  await topology?.stop();
});

async function tenant(): Promise<ApiClient> {
  return waiting.as((await newKey(waiting.admin, { tenant: randomUUID(), roles: ['admin'] })).secret);
}

async function create(client: ApiClient, jobId: string, more: object = {}): Promise<void> {
  const payload = { stream: 'listed', data: 1 };
  const { status } = await client.post(JOBS, { kind: 'streams.append', payload, jobId, ...more });
  expect(status).toBe(202);
}

/** The ids of all pages of `limit` items, and how many pages there were. */
async function pages(
  client: ApiClient,
  query: string,
  limit: number,
): Promise<{ ids: string[]; count: number }> {
  const ids: string[] = [];
  let cursor = '';
  for (let count = 1; ; count++) {
    const { status, body } = await client.get(`${JOBS}?limit=${limit}${query}${cursor}`);
    expect(status, JSON.stringify(body)).toBe(200);
    const { items, next } = body as { items: Job[]; next: string | null };
    expect(items.length).toBeLessThanOrEqual(limit);
    ids.push(...items.map(({ id }) => id));
    if (next === null) return { ids, count };
    cursor = `&cursor=${next}`;
  }
}

describe('a list of jobs', () => {
  it('has those that wait in the order in which they are taken: those without a priority first', async () => {
    const client = await tenant();
    for (const [id, priority] of [['c', 9], ['a'], ['d', 9], ['b'], ['e', 2]] as const)
      await create(client, id, priority === undefined ? {} : { priority });
    for (const limit of [1, 2, 1000]) {
      expect((await pages(client, '&state=waiting', limit)).ids).toEqual(['a', 'b', 'e', 'c', 'd']);
    }
    expect((await pages(client, '', 2)).ids).toEqual(['a', 'b', 'e', 'c', 'd']);
  });

  it('has those for later by their time, and schedules by their next run', async () => {
    const client = await tenant();
    for (const [id, delayMs] of [
      ['c', 3],
      ['a', 1],
      ['b', 2],
      ['d', 4],
    ] as const)
      await create(client, id, { delayMs: delayMs * DAY_MS });
    await create(client, 'leap day', { cron: '0 0 29 2 *' });
    await create(client, 'new year', { cron: '0 0 1 1 *' });
    for (const limit of [1, 3, 1000]) {
      const { ids } = await pages(client, '&state=delayed', limit);
      expect(ids.filter((id) => id.length === 1)).toEqual(['a', 'b', 'c', 'd']);
      expect((await pages(client, '&state=scheduled', limit)).ids).toEqual(['new year', 'leap day']);
      const all = await pages(client, '', limit);
      expect(all.ids.slice(0, 2)).toEqual(['new year', 'leap day']);
      expect(all.ids).toHaveLength(8);
    }
  });

  it('goes on after a job that has left, also among many of the same instant', async () => {
    const client = await tenant();
    const ids = Array.from({ length: 30 }, (_each, n) => `job-${String(n).padStart(2, '0')}`);
    const runAt = new Date(Date.now() + DAY_MS).toISOString();
    for (const id of ids) await create(client, id, { runAt });
    const first = (await client.get(`${JOBS}?state=delayed&limit=10`)).body as { items: Job[]; next: string };
    await client.delete(at(first.items.at(-1)?.id ?? ''));
    const rest = (await client.get(`${JOBS}?state=delayed&limit=30&cursor=${first.next}`)).body;
    expect([...first.items, ...(rest as { items: Job[] }).items].map(({ id }) => id)).toEqual(ids);
    // Of a list as well.
    for (const id of ids) await create(client, `waits ${id}`);
    const page = (await client.get(`${JOBS}?state=waiting&limit=10`)).body as { items: Job[]; next: string };
    const more = (await client.get(`${JOBS}?state=waiting&limit=30&cursor=${page.next}`)).body;
    expect([...page.items, ...(more as { items: Job[] }).items].map(({ id }) => id)).toEqual(
      ids.map((id) => `waits ${id}`),
    );
  });

  it('never begins again where it lost its place', async () => {
    const client = await tenant();
    const ids = Array.from({ length: 12 }, (_each, n) => `job-${n}`);
    for (const id of ids) await create(client, id);
    const page = async (cursor: string, limit = 1) => {
      const answer = await client.get(`${JOBS}?state=waiting&limit=${limit}&cursor=${cursor}`);
      return { ...answer, ids: ((answer.body.items ?? []) as Job[]).map(({ id }) => id) };
    };
    let cursor = String((await client.get(`${JOBS}?state=waiting&limit=4`)).body.next);
    // Whoever pages and removes what it gets goes on with what is next.
    for (const id of ids.slice(0, 4)) await client.delete(at(id));
    const second = await page(cursor, 2);
    expect(second.ids).toEqual(['job-4', 'job-5']);
    cursor = String(second.body.next);
    // The last one and the next one leave from the middle, the one before stays.
    for (const id of ['job-5', 'job-6']) await client.delete(at(id));
    const third = await page(cursor, 2);
    expect(third.ids).toEqual(['job-7', 'job-8']);
    // Page by page, so that the cursor has jobs of earlier pages.
    const fourth = await page(String(third.body.next));
    expect(fourth.ids).toEqual(['job-9']);
    for (const id of ['job-9', 'job-10']) await client.delete(at(id));
    expect((await page(String(fourth.body.next))).ids).toEqual(['job-11']);
    for (const id of ['job-7', 'job-8']) await client.delete(at(id));
    // Of those that marked the place none is left. What had its page long ago is, and would come again.
    expect((await client.get(at('job-4'))).status).toBe(200);
    expectProblem(await page(String(fourth.body.next)), 422, 'pagination.invalid-cursor');
    for (const id of ['job-4', 'job-11']) await client.delete(at(id));
    // There is nothing left that could come.
    expect((await page(String(fourth.body.next))).ids).toEqual([]);
  });

  it('has ids as long as can be in its cursors', async () => {
    const client = await tenant();
    const ids = Array.from({ length: 7 }, (_each, n) => `${'é'.repeat(127)}${n}`);
    for (const id of ids) await create(client, id);
    expect((await pages(client, '&state=waiting', 1)).ids).toEqual(ids);
  });

  it('has those that ended from the last one on', async () => {
    const client = await tenant();
    await client.put('/v1/streams/strict', { schema: { type: 'string' } });
    working ??= await startService(topology.settings);
    for (const id of ['1', '2', '3']) {
      await create(client, `done ${id}`);
      await endOf(client, `done ${id}`);
      await create(client, `failed ${id}`, { payload: { stream: 'strict', data: 1 } });
      await endOf(client, `failed ${id}`);
    }
    for (const [state, what] of [
      ['completed', 'done'],
      ['failed', 'failed'],
    ]) {
      const { ids, count } = await pages(client, `&state=${state}`, 1);
      expect([ids, count]).toEqual([[`${what} 3`, `${what} 2`, `${what} 1`], 3]);
    }
  });

  it('takes no cursor of another list or tenant, and no other state', async () => {
    const [client, other] = [await tenant(), await tenant()];
    for (const id of ['a', 'b'])
      for (const each of [client, other]) await create(each, id, { delayMs: DAY_MS });
    const { next } = (await client.get(`${JOBS}?state=delayed&limit=1`)).body as { next: string };
    for (const answer of [
      await other.get(`${JOBS}?state=delayed&cursor=${next}`),
      await client.get(`${JOBS}?state=waiting&cursor=${next}`),
      await client.get(`${JOBS}?cursor=${next}`),
      await client.get(`${JOBS}?cursor=none`),
    ])
      expectProblem(answer, 422, 'pagination.invalid-cursor');
    for (const query of ['state=paused', 'state=', 'limit=0', 'limit=1001', 'kind=streams.append'])
      expectProblem(await client.get(`${JOBS}?${query}`), 422, 'request.invalid');
  });
});
