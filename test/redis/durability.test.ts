import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Durability } from '../../src/redis/durability.js';
import { RedisGateway } from '../../src/redis/redis-gateway.js';
import { expectProblem } from '../support/problem.js';
import type { RedisProcess } from '../support/redis-process.js';
import { type SentinelSet, startSentinels } from '../support/sentinels.js';
import { startService, type TestService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';

const APPEND = '/v1/streams/durable/entries';
const ENTRIES = 'fulcrum:default:{streams:durable}:entries';

let set: SentinelSet;
let service: TestService;
let master: RedisProcess;
let replicas: RedisProcess[];

beforeAll(async () => {
  set = await startSentinels({ replicas: 2, sentinels: 1 });
  service = await startService({ ...set.settings, REDIS_TIMEOUT_MS: '1000' });
  master = await set.master();
  replicas = set.servers.filter((server) => server !== master);
});

afterAll(async () => {
  await service?.stop();
  await set?.stop();
});

const append = async (data: string, durability?: string) =>
  await service.admin.post(APPEND, { data }, durability === undefined ? {} : { durability });

const has = async (server: RedisProcess, data: string) =>
  JSON.stringify(await server.ask((client) => client.xrange(ENTRIES, '-', '+'))).includes(data);

const reachedOf = ({ headers }: { headers: Headers }) =>
  Number(/^replica=(\d)$/.exec(headers.get('durability') ?? '')?.[1]);

/** How often the master was asked to wait so far. */
const waits = async () => {
  const stats = await master.ask((client) => client.info('commandstats'));
  return Number(/cmdstat_wait:calls=(\d+)/.exec(stats)?.[1] ?? 0);
};

/** Runs `work` while servers answer nothing. */
async function frozen<T>(servers: readonly RedisProcess[], work: () => Promise<T>): Promise<T> {
  for (const server of servers) server.freeze();
  try {
    return await work();
  } finally {
    for (const server of servers) server.thaw();
    await set.settled();
  }
}

describe('a write that asks for replicas', () => {
  it.each([1, 2])('is answered once %i of them have it', async (wanted) => {
    for (let at = 0; at < 20; at++) {
      const data = `${wanted}-${at}`;
      const answer = await append(data, `replica=${wanted}`);
      expect(answer.status).toBe(201);
      const having = (await Promise.all(replicas.map((each) => has(each, data)))).filter(Boolean).length;
      expect(reachedOf(answer)).toBeGreaterThanOrEqual(wanted);
      expect(having).toBeGreaterThanOrEqual(wanted);
    }
  });

  it('takes effect with fewer, and is told how many there were', async () => {
    expect(reachedOf(await append('three', 'replica=3'))).toBe(2);
    const [frozenOne] = replicas;
    await frozen(frozenOne ? [frozenOne] : [], async () => {
      expect(reachedOf(await append('one-frozen', 'replica=2'))).toBe(1);
      expect(reachedOf(await append('one-is-enough', 'replica=1'))).toBe(1);
    });
    await frozen(replicas, async () => {
      const before = performance.now();
      const answer = await append('both-frozen', 'replica=1');
      expect([answer.status, reachedOf(answer), await has(master, 'both-frozen')]).toEqual([201, 0, true]);
      expect(performance.now() - before).toBeLessThan(3000);
    });
  });

  it('would be told of replicas that lack it by who counts the connected ones', async () => {
    const counted = await frozen(replicas, async () => {
      await append('naive');
      return await master.ask((client) => client.info('replication'));
    });
    expect(counted).toContain('connected_slaves:2');
  });

  it('shares its question with all that come while another one is on its way', async () => {
    const durability = service.application.nest.get(Durability);
    const before = await waits();
    const reached = Array.from({ length: 200 }, () => durability.reached(1, durability.begin()));
    expect(Math.min(...(await Promise.all(reached)))).toBeGreaterThan(0);
    expect((await waits()) - before).toBeLessThanOrEqual(2);
  });

  it('is not claimed for a connection that was lost in between', async () => {
    const durability = service.application.nest.get(Durability);
    const gateway = service.application.nest.get(RedisGateway);
    const write = async () =>
      await gateway.execute((client) => client.set('fulcrum:_:{durability:test}:mark', '1', 'PX', 10_000), {
        repeatable: true,
      });
    const undisturbed = durability.begin();
    await write();
    expect(await durability.reached(1, undisturbed)).toBeGreaterThan(0);
    const disturbed = durability.begin();
    await write();
    await master.ask((client) => client.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
    await waitUntil(
      'the service is connected again',
      async () => (await service.admin.get('/health/ready')).status === 200,
    );
    expect(await durability.reached(1, disturbed)).toBe(0);
  });

  it.each(['replica=0', 'replica=6', 'replica', 'replica=1, replica=2', 'quorum'])(
    'changes nothing if it asks by %s',
    async (durability) => {
      expectProblem(await append('never', durability), 422, 'durability.invalid');
      expectProblem(
        await service.admin.get('/v1/streams/durable', { durability }),
        422,
        'durability.invalid',
      );
      expect(await has(master, 'never')).toBe(false);
    },
  );

  it('says nothing where nothing was written', async () => {
    const durability = 'replica=1';
    expect((await service.admin.get('/v1/streams/durable', { durability })).headers.has('durability')).toBe(
      false,
    );
    const refused = await service.admin.post(APPEND, {}, { durability });
    expectProblem(refused, 422, 'request.invalid');
    expect(refused.headers.has('durability')).toBe(false);
  });

  it('may not be about locks on servers of their own', async () => {
    const other = await startService({ ...set.settings, LOCK_REDIS_URLS: master.serviceUrl });
    try {
      const lock = { resources: ['durable'], ttlMs: 1000 };
      const refused = await other.admin.post('/v1/locks', lock, { durability: 'replica=1' });
      expectProblem(refused, 422, 'durability.not-supported');
      const granted = await service.admin.post('/v1/locks', lock, { durability: 'replica=1' });
      expect([granted.status, reachedOf(granted)]).toEqual([201, expect.any(Number)]);
    } finally {
      await other.stop();
    }
  });
});
