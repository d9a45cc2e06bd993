import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, ApiClient } from '../support/api-client.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';

const BOARD = '/v1/leaderboards/scores';

let redis: TestRedis;
let service: TestService;
let direct: Redis;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  redis = await startRedis();
  cleanups.push(() => redis.stop());
  service = await startService({ REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '1000' });
  cleanups.push(() => service.stop());
  direct = new Redis(redis.url);
  cleanups.push(() => direct.disconnect());
  await service.admin.post(`${BOARD}/submissions`, { member: 'one', score: 11 });
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** A request of each kind that changes something; none of them may change anything. */
const CHANGES: Readonly<Record<string, (api: ApiClient) => Promise<Answer>>> = {
  submission: (api) => api.post(`${BOARD}/submissions`, { member: 'one', score: 1, operator: 'increment' }),
  'keyed submission': (api) =>
    api.post(`${BOARD}/submissions`, { member: 'one', score: 1 }, { 'idempotency-key': 'refused' }),
  batch: (api) =>
    api.post(`${BOARD}/submissions/batch`, {
      submissions: Array.from({ length: 150 }, (_, at) => ({
        member: `member-${at}`,
        score: 1,
        operator: 'increment',
      })),
    }),
  configure: (api) => api.put('/v1/leaderboards/another', { capacity: 5 }),
  'close season': (api) => api.post(`${BOARD}/seasons`, {}),
  'create key': (api) => api.post('/v1/api-keys', { name: 'refused', roles: ['reader'] }),
};

/** Every key with its content, but for what only says who asked, and what the service changes by itself. */
async function contents(): Promise<Record<string, string>> {
  const keys = (await direct.keys('*'))
    .filter((key) => !/\{(idempotency:|jobs:maintenance\}|sessions:_\}:count)/.test(key))
    .sort();
  const dumps = await Promise.all(keys.map((key) => direct.dumpBuffer(key)));
  return Object.fromEntries(keys.map((key, at) => [key, dumps[at]?.toString('base64') ?? '']));
}

/** Sends every change and checks that each is refused as it should be; then that nothing has changed. */
async function expectRefusals(except: readonly string[] = []): Promise<void> {
  const before = await contents();
  const wrong: Record<string, unknown> = {};
  for (const [name, send] of Object.entries(CHANGES).filter(([each]) => !except.includes(each))) {
    const { status, headers, body } = await send(service.admin);
    const isRight =
      status === 503 &&
      headers.get('content-type')?.startsWith('application/problem+json') === true &&
      body.code === 'redis.unavailable' &&
      body.retryable === true;
    if (!isRight) wrong[name] = { status, body };
    else if (/OOM|MISCONF|READONLY|maxmemory|replica/i.test(JSON.stringify(body))) wrong[name] = body;
  }
  expect(wrong).toEqual({});
  expect(await contents()).toEqual(before);
}

/** The same requests once more, as their answers said: each takes effect. */
async function expectSuccesses(): Promise<void> {
  const statuses: Record<string, number> = {};
  for (const [name, send] of Object.entries(CHANGES)) statuses[name] = (await send(service.admin)).status;
  expect(statuses).toEqual({
    submission: 200,
    'keyed submission': 200,
    batch: 200,
    configure: 201,
    'close season': 201,
    'create key': 201,
  });
}

describe('a change that Redis refuses', () => {
  it('for want of memory has no effect and may be repeated', async () => {
    await direct.config('SET', 'maxmemory', '1');
    // Redis lets a script through whose first write frees memory, and then all of it: these two do not fail.
    await expectRefusals(['close season', 'create key']);
    expect((await service.admin.get(`${BOARD}/entries/one`)).body).toMatchObject({ score: 11 });
    await direct.config('SET', 'maxmemory', '0');
    await expectSuccesses();
  });

  it('because it cannot save has no effect and may be repeated', async () => {
    await direct.config('SET', 'save', '3600 1');
    // A snapshot cannot take the place of a folder that is not empty.
    const obstacle = join(String(((await direct.config('GET', 'dir')) as string[])[1]), 'dump.rdb');
    await mkdir(obstacle);
    await writeFile(join(obstacle, 'in-the-way'), '');
    await direct.bgsave();
    const failed = async () => (await direct.info('persistence')).includes('rdb_last_bgsave_status:err');
    await waitUntil('the snapshot has failed', failed);
    await expectRefusals();
    await rm(obstacle, { recursive: true });
    await direct.config('SET', 'save', '');
    await expectSuccesses();
  });

  it('because it is a replica has no effect and may be repeated', async () => {
    const { port } = new URL(redis.url);
    // Of itself, so that no other server's data takes the place of this one's.
    await direct.replicaof('127.0.0.1', String(port));
    await expectRefusals();
    await direct.replicaof('NO', 'ONE');
    await expectSuccesses();
  }, 60_000);

  it('is found to be changed when nothing refuses it', async () => {
    await expect(expectRefusals()).rejects.toThrow();
  });
});

describe('a Redis that has forgotten the scripts', () => {
  it('is taught them again without the client noticing', async () => {
    await direct.script('FLUSH');
    await expectSuccesses();
    await direct.script('FLUSH');
    expect((await service.admin.get(`${BOARD}/entries?limit=2`)).status).toBe(200);
    expect((await service.admin.get('/health/ready')).status).toBe(200);
  });
});
