import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { patience, sized } from './sizes.js';

const WORKER = fileURLToPath(new URL('pipeline-worker.mjs', import.meta.url));
const PAYLOADS = sized(200, 3000);
const KILLS = sized(2, 20);
const WORKERS = 2;
/** How long the payloads of a worker that is gone wait for another one. */
const VISIBILITY_TIMEOUT_MS = 500;
const SEED = seedOfRun();

let redis: TestRedis;
let api: ServiceProcess;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  redis = await startRedis();
  cleanups.push(() => redis.stop());
  api = await startServiceProcess({ REDIS_URL: redis.url, ROLE: 'api' });
  cleanups.push(() => api.stop());
  const group = '/v1/streams/pipeline.payloads/groups/workers';
  await api.admin.put(group, { visibilityTimeoutMs: VISIBILITY_TIMEOUT_MS });
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

const idOf = (at: number) => `payload-${at}`;

/** Queues payloads, kills workers while they process them, starts others in their place, and waits until none is left. */
async function runUnderKills(count: number, kills: number, environment: Record<string, string> = {}) {
  const random = new Random(SEED);
  for (let at = 0; at < count; at++) {
    const payload = { id: idOf(at), value: at };
    const { status } = await api.admin.post('/v1/pipeline/payloads', payload, { prefer: 'respond-async' });
    expect(status).toBe(202);
  }
  const state = async () => {
    const { body } = await api.admin.get('/v1/pipeline');
    return body as { processing: number; processed: number; failed: number };
  };
  const workers = await Promise.all(Array.from({ length: WORKERS }, () => startWorker(environment)));
  for (let kill = 0; kill < kills; kill++) {
    await waitUntil('work, or its end', async () => {
      const { processing, processed } = await state();
      return processing > 0 || processed === count;
    });
    await pause(random.below(50));
    // Of the broken variant all: which of them has work is chance.
    const one = random.below(workers.length);
    const killed = environment.NAIVE === '1' ? [...workers.keys()] : [one];
    await Promise.all(killed.map(async (at) => workers[at]?.stop('SIGKILL')));
    for (const at of killed) workers[at] = await startWorker(environment);
  }
  await waitUntil(
    'all are processed',
    async () => {
      const { processed, failed } = await state();
      return processed + failed === count;
    },
    { timeoutMs: patience(count, 20) },
  );
}

/** How often each payload was counted. */
async function counts(count: number): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let at = 0; at < count; at += 1000) {
    const members = Array.from({ length: Math.min(1000, count - at) }, (_each, n) => idOf(at + n));
    const { body } = await api.admin.post('/v1/leaderboards/counted/entries/lookup', { members });
    for (const { member, score } of body.items as { member: string; score: number }[])
      found.set(member, score);
  }
  return found;
}

describe('workers of the pipeline that are killed', () => {
  it(
    `process ${PAYLOADS} payloads across ${KILLS} SIGKILLs, each with its effect once (seed ${SEED})`,
    async () => {
      await runUnderKills(PAYLOADS, KILLS);
      expect((await api.admin.get('/v1/pipeline')).body).toEqual({
        active: true,
        queued: 0,
        processing: 0,
        processed: PAYLOADS,
        failed: 0,
      });
      const counted = await counts(PAYLOADS);
      const wrong = [...counted].filter(([, score]) => score !== 1);
      console.log(
        `${PAYLOADS - counted.size} missing, ${wrong.length} double effects of ${PAYLOADS} payloads across ${KILLS} SIGKILLs`,
      );
      expect([counted.size, wrong]).toEqual([PAYLOADS, []]);
      for (const at of [0, 1, PAYLOADS - 1]) {
        const { body } = await api.admin.get(`/v1/pipeline/payloads/${idOf(at)}`);
        expect(body).toMatchObject({ status: 'processed', result: { doubled: at * 2 } });
        // Sent again it is answered what it became then.
        expect((await api.admin.post('/v1/pipeline/payloads', { id: idOf(at) })).body).toEqual(body.result);
      }
    },
    patience(PAYLOADS, 100),
  );

  it(
    'are found to double effects that they bring about without the key of their step',
    async () => {
      const count = sized(200, 400);
      await runUnderKills(count, 3, { NAIVE: '1' });
      const doubles = [...(await counts(count)).values()].filter((score) => score > 1);
      console.log(`without keys: ${doubles.length} double effects of ${count} payloads across 3 SIGKILLs`);
      expect(doubles.length).toBeGreaterThan(0);
    },
    patience(PAYLOADS, 100),
  );
});
