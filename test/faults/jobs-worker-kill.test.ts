import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { patience, sized } from './sizes.js';

const WORKER = fileURLToPath(new URL('jobs-worker.mjs', import.meta.url));
const JOBS = sized(200, 10_000);
const KILLS = sized(2, 50);
const WORKERS = 2;
const LINGER_MS = 1000;
const TICKS = sized(3, 60);
const SCHEDULERS = 3;
const SEED = seedOfRun();

let redis: TestRedis;
let api: ServiceProcess;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  redis = await startRedis();
  cleanups.push(() => redis.stop());
  api = await startServiceProcess({ REDIS_URL: redis.url, ROLE: 'api' });
  cleanups.push(() => api.stop());
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function startWorker(environment: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const worker = await startServiceProcess(
    { REDIS_URL: redis.url, ROLE: 'worker', ...environment },
    { program: WORKER },
  );
  cleanups.push(() => worker.stop('SIGKILL'));
  return worker;
}

const memberOf = (at: number) => `job-${at}`;

/** A job that counts a member of a board. */
const counting = (board: string, member: string, more: object = {}) => ({
  kind: 'leaderboards.submit',
  payload: { board, member, score: 1, operator: 'increment' },
  ...more,
});

async function createJobs(count: number): Promise<void> {
  for (let at = 0; at < count; at += 50) {
    const some = Array.from({ length: Math.min(50, count - at) }, (_each, n) => memberOf(at + n));
    const answers = await Promise.all(
      some.map((member) => api.admin.post('/v1/jobs', counting('jobs', member))),
    );
    for (const { status } of answers) expect(status).toBe(202);
  }
}

/** How many jobs' effects stand. */
async function effects(): Promise<number> {
  const { status, body } = await api.admin.get('/v1/leaderboards/jobs/entries?limit=1');
  return status === 404 ? 0 : Number(body.total);
}

/** How many jobs there are in a state. */
async function jobsThatAre(state: string): Promise<number> {
  let found = 0;
  for (let cursor = ''; ;) {
    const { status, body } = await api.admin.get(`/v1/jobs?state=${state}&limit=1000${cursor}`);
    expect(status).toBe(200);
    found += (body.items as unknown[]).length;
    if (body.next === null) return found;
    cursor = `&cursor=${String(body.next)}`;
  }
}

/** Creates jobs, kills workers that run some of them, starts others in their place, and waits until none is left. */
async function runUnderKills(count: number, kills: number, more: Record<string, string> = {}) {
  const random = new Random(SEED);
  const environment = { LINGER_MS: String(LINGER_MS), ...more };
  const isNaive = more.NAIVE === '1';
  await createJobs(count);
  const workers = await Promise.all(Array.from({ length: WORKERS }, () => startWorker(environment)));
  for (let kill = 0; kill < kills; kill++) {
    const share = Math.floor((kill * count) / kills);
    await waitUntil('work of which there is an effect', async () => (await effects()) > share, {
      timeoutMs: 60_000,
    });
    if (!isNaive) await pause(random.below(200));
    // Of the broken variant all, so that those die that have just brought about an effect.
    const killed = isNaive ? [...workers.keys()] : [random.below(workers.length)];
    await Promise.all(killed.map(async (at) => workers[at]?.stop('SIGKILL')));
    for (const at of killed) workers[at] = await startWorker(environment);
  }
  await waitUntil(
    'all are done',
    async () => (await jobsThatAre('completed')) + (await jobsThatAre('failed')) >= count,
    { timeoutMs: patience(count, 20), everyMs: 500 },
  );
}

/** How often each job was counted. */
async function counts(count: number): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let at = 0; at < count; at += 1000) {
    const members = Array.from({ length: Math.min(1000, count - at) }, (_each, n) => memberOf(at + n));
    const { body } = await api.admin.post('/v1/leaderboards/jobs/entries/lookup', { members });
    for (const { member, score } of body.items as { member: string; score: number }[])
      found.set(member, score);
  }
  return found;
}

/** What a schedule came to after so many of its instants: those that were done, and how often it was counted. */
async function runTicks(ticks: number, more: Record<string, string>) {
  // Every two seconds, so that a machine which stands still for one leaves none out.
  const job = counting('ticks', 'tick', { cron: '*/2 * * * * *', jobId: 'ticks' });
  await Promise.all(Array.from({ length: SCHEDULERS }, () => startWorker(more)));
  const created = await Promise.all(
    Array.from({ length: SCHEDULERS }, () => api.admin.post('/v1/jobs', job)),
  );
  for (const { status } of created) expect(status).toBe(202);
  const done = () => jobsThatAre('completed');
  await waitUntil('the ticks', async () => (await done()) >= ticks, { timeoutMs: patience(ticks, 4000) });
  expect((await api.admin.delete('/v1/jobs/ticks')).status).toBe(204);
  await waitUntil('what has begun is done', async () => (await jobsThatAre('active')) === 0);
  const { body } = await api.admin.get('/v1/jobs?state=completed&limit=1000');
  const instants = (body.items as { id: string }[]).map(({ id }) => Number(id.split(':').at(-1)));
  const first = Math.min(...instants);
  const expected = Array.from({ length: instants.length }, (_each, at) => first + at * 2000);
  const { body: entry } = await api.admin.get('/v1/leaderboards/ticks/entries/tick');
  return { instants: instants.sort((a, b) => a - b), expected, runs: Number(entry.score) };
}

describe('workers of jobs that are killed', () => {
  it(
    `do ${JOBS} jobs across ${KILLS} SIGKILLs, each with its effect once (seed ${SEED})`,
    async () => {
      await runUnderKills(JOBS, KILLS);
      const counted = await counts(JOBS);
      const wrong = [...counted].filter(([, score]) => score !== 1);
      console.log(
        `${JOBS - counted.size} lost, ${wrong.length} double effects of ${JOBS} jobs across ${KILLS} SIGKILLs (seed ${SEED})`,
      );
      expect([counted.size, wrong]).toEqual([JOBS, []]);
      const left = await Promise.all(
        ['waiting', 'delayed', 'active', 'failed', 'completed'].map((state) => jobsThatAre(state)),
      );
      expect(left).toEqual([0, 0, 0, 0, JOBS]);
    },
    patience(JOBS, 100),
  );

  it(
    'are found to double effects whose operation is made anew for each run',
    async () => {
      const count = 100;
      await runUnderKills(count, 2, { NAIVE: '1' });
      const doubles = [...(await counts(count)).values()].filter((score) => score > 1);
      console.log(`with new operations: ${doubles.length} double effects of ${count} jobs across 2 SIGKILLs`);
      expect(doubles.length).toBeGreaterThan(0);
    },
    patience(JOBS, 100),
  );
});

describe('schedules', () => {
  it(
    `are done once at each of ${TICKS} instants by ${SCHEDULERS} processes, though each does it twice`,
    async () => {
      const { instants, expected, runs } = await runTicks(TICKS, { TWICE: '1' });
      console.log(
        `${runs} runs of ${instants.length} instants by ${SCHEDULERS} schedulers, ` +
          `${expected.filter((instant) => !instants.includes(instant)).length} left out`,
      );
      expect(instants).toEqual(expected);
      expect(runs).toBe(instants.length);
    },
    patience(TICKS, 5000),
  );

  it('are found to be done more often where an operation is not that of its instant', async () => {
    const { instants, runs } = await runTicks(2, { TWICE: '1', NAIVE: '1' });
    console.log(`with new operations: ${runs} runs of ${instants.length} instants`);
    expect(runs).toBeGreaterThan(instants.length);
  });
});
