import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { Answer, ApiClient } from '../support/api-client.js';
import { startHost } from '../e2e/jobs/host.js';
import { RedisProcess } from '../support/redis-process.js';
import { SESSION_KEYS, startService, type TestService } from '../support/service.js';
import { startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { DEADLINE_MS } from './sizes.js';

const IN_PROCESS = fileURLToPath(new URL('jobs-in-process.mjs', import.meta.url));
const JOBS = '/v1/jobs';
const FROZEN_MS = 3000;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function newRedis(): Promise<RedisProcess> {
  const redis = await RedisProcess.start();
  cleanups.push(() => redis.stop());
  return redis;
}

async function newService(redis: RedisProcess, more: Record<string, string> = {}): Promise<TestService> {
  const service = await startService({ REDIS_URL: redis.serviceUrl, SESSION_KEYS, ...more });
  cleanups.push(() => service.stop());
  return service;
}

const append = (n: number, more: object = {}) => ({
  kind: 'streams.append',
  payload: { stream: 'outage', data: n },
  ...more,
});

async function lengthOf(client: ApiClient): Promise<number> {
  const { status, body } = await client.get('/v1/streams/outage');
  return status === 200 ? Number(body.length) : 0;
}

const inTime = async (answer: Promise<Answer>): Promise<Answer> => {
  const late = pause(DEADLINE_MS).then(() => undefined);
  const given = await Promise.race([answer, late]);
  if (given === undefined) throw new Error(`no answer within ${DEADLINE_MS} ms`);
  return given;
};

/** Jobs are done again, the ones that were left and new ones, and each once. */
async function expectRecovery({ admin }: TestService, before: number): Promise<void> {
  const ready = async () => (await admin.get('/health/ready')).status === 200;
  await waitUntil('the service is ready again', ready, { timeoutMs: 20_000 });
  for (let n = 0; n < 20; n++) expect((await admin.post(JOBS, append(n))).status).toBe(202);
  await waitUntil('all are done', async () => (await lengthOf(admin)) === before + 20, { timeoutMs: 30_000 });
}

describe('a Redis that is away', () => {
  it('costs no job: one that is frozen for 3 s', async () => {
    const redis = await newRedis();
    const service = await newService(redis);
    await service.admin.post(JOBS, append(0));
    // These come due while it is frozen.
    for (let n = 1; n <= 20; n++) await service.admin.post(JOBS, append(n, { delayMs: 500 }));
    redis.freeze();
    const frozenAt = performance.now();
    const keyed = { 'idempotency-key': 'frozen' };
    const [plain, named, withKey] = await Promise.all([
      inTime(service.admin.post(JOBS, append(21, { delayMs: 86_400_000 }))),
      inTime(service.admin.post(JOBS, append(22, { jobId: 'frozen' }))),
      inTime(service.admin.post(JOBS, append(23), keyed)),
    ]);
    // What may be sent again says so; a job without a name only if it is certain that it was not added.
    for (const answer of [plain, named, withKey]) {
      expect(answer.status).toBe(503);
      expect(answer.body.code).toMatch(/^redis\.(unavailable|outcome-unknown)$/);
    }
    expect([named.body.retryable, withKey.body.retryable]).toEqual([true, true]);
    await pause(Math.max(0, FROZEN_MS - (performance.now() - frozenAt)));
    redis.thaw();
    const ready = async () => (await service.admin.get('/health/ready')).status === 200;
    await waitUntil('the service is ready again', ready, { timeoutMs: 20_000 });
    const delayed = (await service.admin.get(`${JOBS}?state=delayed&limit=1000`)).body;
    const isAdded = JSON.stringify(delayed.items).includes('"data":21');
    expect(isAdded && plain.body.retryable === true).toBe(false);
    for (let time = 0; time < 2; time++) {
      expect((await service.admin.post(JOBS, append(22, { jobId: 'frozen' }))).status).toBe(202);
      expect((await service.admin.post(JOBS, append(23), keyed)).status).toBe(202);
    }
    await waitUntil('all are done', async () => (await lengthOf(service.admin)) === 23, {
      timeoutMs: 30_000,
    });
    await expectRecovery(service, 23);
  });

  it('costs no job: one that is killed and started again', async () => {
    const redis = await newRedis();
    const service = await newService(redis);
    for (let n = 0; n < 20; n++) await service.admin.post(JOBS, append(n, { delayMs: 1000 }));
    await redis.kill();
    const answer = await inTime(service.admin.post(JOBS, append(20)));
    expect([answer.status, answer.body.code, answer.body.retryable]).toEqual([
      503,
      'redis.unavailable',
      true,
    ]);
    await redis.begin();
    await waitUntil('those from before are done', async () => (await lengthOf(service.admin)) === 20, {
      timeoutMs: 30_000,
    });
    await expectRecovery(service, 20);
  });

  it('costs no job: one that comes back without its data', async () => {
    const redis = await newRedis();
    const service = await newService(redis);
    await service.admin.post(JOBS, append(0));
    await waitUntil('it is done', async () => (await lengthOf(service.admin)) === 1);
    await redis.kill();
    await redis.wipe();
    await redis.begin();
    // The key and what signs cursors went with the data.
    await service.stop();
    cleanups.pop();
    await expectRecovery(await newService(redis), 0);
  });
});

describe('a worker that is stopped', () => {
  it('finishes what runs, and leaves the rest to others', async () => {
    const redis = await newRedis();
    const host = await startHost();
    cleanups.push(() => host.stop());
    const environment = { REDIS_URL: redis.serviceUrl, OUTGOING_HOSTS: `127.0.0.1:${host.port}` };
    const api = await newService(redis, { ROLE: 'api', OUTGOING_HOSTS: environment.OUTGOING_HOSTS });
    const worker = await startServiceProcess({ ...environment, ROLE: 'worker', SHUTDOWN_GRACE_MS: '500' });
    cleanups.push(() => worker.stop('SIGKILL'));
    host.answers.push('hang');
    const payload = { url: host.url, timeoutMs: 60_000 };
    const { body } = await api.admin.post(JOBS, { kind: 'http.request', payload });
    await waitUntil('the request is there', () => host.received.length === 1);
    const started = performance.now();
    expect(await worker.stop()).toBe(0);
    expect(performance.now() - started).toBeLessThan(DEADLINE_MS);
    const other = await newService(redis, { OUTGOING_HOSTS: environment.OUTGOING_HOSTS });
    await waitUntil(
      'another one has taken it over',
      async () => (await other.admin.get(`${JOBS}/${body.id}`)).body.state === 'completed',
      { timeoutMs: 30_000 },
    );
    // The receiver can tell that it is the same.
    const keys = host.received.map(({ headers }) => headers['idempotency-key']);
    expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
  });

  it.each(['is there', 'is away'])('leaves nothing that keeps its process while Redis %s', async (how) => {
    const redis = await newRedis();
    const api = await newService(redis, { ROLE: 'api' });
    const env = { PATH: process.env.PATH, REDIS_URL: redis.serviceUrl, SESSION_KEYS, ROLE: 'worker' };
    const child = spawn(process.execPath, [IN_PROCESS], { env: { ...env, SHUTDOWN_GRACE_MS: '500' } });
    cleanups.push(() => child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    await api.admin.post(JOBS, append(0));
    await waitUntil('it is done', async () => (await lengthOf(api.admin)) === 1);
    if (how === 'is away') await redis.kill();
    child.kill('SIGTERM');
    const late = pause(6 * DEADLINE_MS).then(() => ['it does not end']);
    expect(await Promise.race([ended, late])).toEqual([0, null]);
  });
});
