import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { RedisProxy } from '../support/tcp-proxy.js';
import { waitUntil } from '../support/wait-until.js';

const JOBS = '/v1/jobs';
const SCHEDULES = 'fulcrum:default:{jobs:queue}:schedules';
const RUNS = 'fulcrum:default:{jobs:queue}:jobs:repeat';
const NEW_YEAR = '0 0 1 1 *';
const UNKNOWN = { status: 503, code: 'redis.outcome-unknown' };

let proxy: RedisProxy;
let service: TestService;
let direct: Redis;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  proxy = await RedisProxy.start(redis.url);
  cleanups.push(() => proxy.stop());
  service = await startService({ REDIS_URL: proxy.url, REDIS_TIMEOUT_MS: '500', ROLE: 'api' });
  cleanups.push(() => service.stop());
  direct = new Redis(redis.url);
  cleanups.push(() => direct.disconnect());
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Commands of which the reply may be lost, so that nobody knows whether there is a schedule now. */
const LOSSES: [string, (words: readonly string[]) => boolean][] = [
  ['that writes it down', ([command]) => command?.toUpperCase() === 'HSETNX'],
  ['that begins its runs', ([, , keys, first]) => keys === '11' && first === RUNS],
];

const NAMES: [string, object, Record<string, string>][] = [
  ['a jobId', { jobId: 'named' }, {}],
  ['a key', {}, { 'idempotency-key': 'named' }],
];

describe.each(LOSSES)(
  'a schedule of whose creation Redis loses the reply to the command %s',
  (_what, isTarget) => {
    const post = (more: object, headers: Record<string, string>) =>
      service.admin.post(
        JOBS,
        { kind: 'streams.append', payload: { stream: 's', data: 1 }, cron: NEW_YEAR, ...more },
        headers,
      );

    async function lost(more: object, headers: Record<string, string>): Promise<object> {
      proxy.lose({ isTarget, after: 0, outage: true });
      const { status, body } = await post(more, headers);
      expect(proxy.lost.filter(({ words }) => isTarget(words))).toHaveLength(1);
      proxy.accept();
      const ready = async () => (await service.admin.get('/health/ready')).status === 200;
      await waitUntil('Redis is there again', ready);
      return { status, code: body.code as unknown, retryable: body.retryable as unknown };
    }

    it('may not be asked for again without a name: there would be two', async () => {
      expect(await lost({}, {})).toEqual({ ...UNKNOWN, retryable: false });
    });

    it.each(NAMES)('may be asked for again with %s, and is one', async (_name, more, headers) => {
      expect(await lost(more, headers)).toEqual({ ...UNKNOWN, retryable: true });
      expect((await post(more, headers)).status).toBe(202);
      expect([await direct.hlen(SCHEDULES), await direct.zcard(RUNS)]).toEqual([1, 1]);
    });

    it.each(NAMES.concat([['no name', {}, {}]]))(
      'is made all the same if Redis is back at once, and is one with %s',
      async (_name, more, headers) => {
        proxy.lose({ isTarget, after: 0 });
        expect((await post(more, headers)).status).toBe(202);
        expect([await direct.hlen(SCHEDULES), await direct.zcard(RUNS)]).toEqual([1, 1]);
      },
    );
  },
);
