import { setTimeout as pause } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/errors/app-error.js';
import { LocksService } from '../../../src/features/locking/locking.locks.service.js';
import { Stalls } from '../../faults/locking-freeze-watch.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { startLockServers } from './locks.js';
import { packagedRedlock } from './redlock-flaws-package.js';
import { SlowProxy } from './redlock-flaws-slow-proxy.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function newRedis(): Promise<TestRedis> {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  return redis;
}

async function newService(environment: Readonly<Record<string, string>>): Promise<TestService> {
  const service = await startService(environment);
  cleanups.push(() => service.stop());
  return service;
}

function newClient(url: string): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: 1 });
  client.on('error', () => undefined);
  cleanups.push(() => client.disconnect());
  return client;
}

/** The way through a proxy for the user that may do everything. */
function asAdmin({ url }: SlowProxy, redis: TestRedis): string {
  const admin = new URL(redis.url);
  admin.port = new URL(url).port;
  return admin.href;
}

/** What a promise rejects with. */
const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => new Error('it was fulfilled'),
    (error: unknown) => error as Error,
  );

const codeOf = (error: unknown): string => (error instanceof AppError ? error.code : String(error));

const lock = (service: TestService, resources: readonly string[], more: object = {}) =>
  service.admin.post('/v1/locks', { resources, ttlMs: 10_000, ...more });

/** Stops a server until the returned function is called, or the test is over. */
function freeze({ server: { pid } }: TestRedis): () => void {
  process.kill(pid, 'SIGSTOP');
  const thaw = () => void process.kill(pid, 'SIGCONT');
  cleanups.push(thaw);
  return thaw;
}

const until = (signal: AbortSignal) =>
  new Promise<number>((resolve) => {
    signal.addEventListener('abort', () => resolve(performance.now()), { once: true });
  });

if (process.env.FULCRUM_TEST_TOPOLOGY === 'cluster') {
  describe('several resources on a cluster', () => {
    it('fail with redlock unless their names are tagged, and are one lock here', async () => {
      const topology = await startTopology();
      cleanups.push(() => topology.stop());
      const client = topology.connect();
      cleanups.push(() => client.disconnect());
      if (!(client instanceof Cluster)) throw new Error('this is no cluster');
      const redlock = packagedRedlock([client], { retryCount: 0 });
      const names = ['order-1', 'order-2', 'order-3'];
      expect((await failure(redlock.acquire(names, 5000))).name).toBe('ExecutionError');
      await (await redlock.acquire(['{order}-1', '{order}-2'], 5000)).release();

      const service = await newService(topology.settings);
      const both = await lock(service, names);
      expect(both.status).toBe(201);
      for (const name of names) expect((await lock(service, [name])).status).toBe(423);
      expect((await service.admin.delete(`/v1/locks/${both.body.lockId}`)).status).toBe(204);
      expect((await lock(service, names)).status).toBe(201);
    });
  });
} else {
  describe('what somebody else holds', () => {
    it('is to redlock what an outage is, and here has another answer', async () => {
      const [redis, held] = [await newRedis(), await newRedis()];
      const way = await SlowProxy.start(held.serviceUrl);
      cleanups.push(() => way.stop());
      const service = await newService({ REDIS_URL: redis.serviceUrl, LOCK_REDIS_URLS: way.url });
      const redlock = packagedRedlock([newClient(asAdmin(way, held))], { retryCount: 0 });
      await redlock.acquire(['r'], 60_000);
      const contention = await failure(redlock.acquire(['r'], 60_000));
      expect((await lock(service, ['r'])).status).toBe(201);
      expect(await lock(service, ['r'])).toMatchObject({ status: 423, body: { code: 'locking.held' } });

      await way.stop();
      const outage = await failure(redlock.acquire(['r'], 60_000));
      expect([contention.name, contention.message]).toEqual([outage.name, outage.message]);
      expect(await lock(service, ['r'])).toMatchObject({ status: 503, body: { retryable: true } });
    });
  });

  describe('the signal of work whose Redis freezes', () => {
    it('comes after the lock with redlock, and before its end here', async () => {
      const redis = await newRedis();
      const ttlMs = 2000;
      const client = newClient(redis.url);
      let lateMs = 0;
      const work = packagedRedlock([client]).using(['r'], ttlMs, async (signal) => {
        const end = performance.now() + ttlMs;
        const thaw = freeze(redis);
        setTimeout(thaw, ttlMs + 300);
        lateMs = (await until(signal)) - end;
      });
      await failure(work);
      expect(lateMs).toBeGreaterThan(0);

      const service = await newService({ REDIS_URL: redis.serviceUrl });
      const locks = service.application.nest.get(LocksService);
      const stalls = new Stalls();
      cleanups.push(async () => stalls.stop());
      let [atMs, began, rounds] = [Infinity, 0, 0];
      do {
        began = performance.now();
        const ours = locks.using([`r${rounds}`], { ttlMs }, async (signal) => {
          const thaw = freeze(redis);
          atMs = (await until(signal)) - began;
          thaw();
        });
        expect(codeOf(await failure(ours))).toBe('locking.lost');
        // A process without a processor hears no signal.
      } while (atMs >= ttlMs && stalls.before(began + atMs, ttlMs) && ++rounds < 5);
      expect(atMs).toBeLessThan(ttlMs);
    });
  });

  describe('a lock that was granted more slowly than it lasts', () => {
    it('is given out by redlock when it is over, and never here', async () => {
      const [redis, held] = [await newRedis(), await newRedis()];
      const slow = await SlowProxy.start(held.serviceUrl);
      cleanups.push(() => slow.stop());
      const settings = { REDIS_URL: redis.serviceUrl, LOCK_REDIS_URLS: slow.url };
      const service = await newService(settings);
      expect((await lock(service, ['warm'])).status).toBe(201);
      const client = newClient(asAdmin(slow, held));
      await client.ping();

      slow.delayMs = 300;
      const given = await packagedRedlock([client], { retryCount: 0 }).acquire(['r'], 100);
      expect(given.expiration).toBeLessThan(Date.now());
      expect(await lock(service, ['r'], { ttlMs: 100 })).toMatchObject({
        status: 503,
        body: { code: 'locking.no-quorum', retryable: true },
      });
      let began = false;
      const locks = service.application.nest.get(LocksService);
      const work = locks.using(['r'], { ttlMs: 100, waitMs: 1000 }, async () => {
        began = true;
      });
      expect(codeOf(await failure(work))).toBe('locking.no-quorum');
      expect(began).toBe(false);
      // What lasts longer is given for what is left of it.
      const asked = Date.now();
      const { status, body } = await lock(service, ['r'], { ttlMs: 5000, waitMs: 5000 });
      expect(status).toBe(201);
      expect(Date.parse(body.expiresAt)).toBeLessThanOrEqual(asked + 5300);
    });
  });

  describe('the clock of the machine', () => {
    const HOUR_MS = 3_600_000;
    const step = (ms: number) => {
      const now = Date.now.bind(Date);
      vi.spyOn(Date, 'now').mockImplementation(() => now() + ms);
    };

    it('set forward ends the locks of redlock, and none here', async () => {
      const redis = await newRedis();
      const redlock = packagedRedlock([newClient(redis.url)]);
      const service = await newService({ REDIS_URL: redis.serviceUrl });
      const theirs = await redlock.acquire(['theirs'], 60_000);
      const ours = service.application.nest
        .get(LocksService)
        .using(['ours'], { ttlMs: 1500 }, async (signal) => {
          await pause(100);
          step(HOUR_MS);
          const theirFailure = await failure(theirs.extend(60_000));
          expect(theirFailure.message).toBe('Cannot extend an already-expired lock.');
          await pause(2500);
          return signal.aborted;
        });
      expect(await ours).toBe(false);
    });

    it('set back lets redlock take a lock for held that is not, and nobody here', async () => {
      const redis = await newRedis();
      const client = newClient(redis.url);
      const service = await newService({ REDIS_URL: redis.serviceUrl });
      const ttlMs = 1500;
      const theirs = await packagedRedlock([client]).acquire(['theirs'], ttlMs);
      const ours = service.application.nest
        .get(LocksService)
        .using(['ours'], { ttlMs }, async (signal, held) => {
          step(-HOUR_MS);
          const thaw = freeze(redis);
          await until(signal);
          const leftMs = held.validForMs();
          await waitUntil('its time is up', () => held.validForMs() === 0);
          thaw();
          return leftMs;
        });
      expect(codeOf(await failure(ours))).toBe('locking.lost');
      await waitUntil('their time is up', async () => (await client.exists('theirs')) === 0);
      expect(theirs.expiration - Date.now()).toBeGreaterThan(HOUR_MS / 2);
    });
  });

  describe('what a minority granted', () => {
    it('is kept by the retries of redlock, which stand in their own way, and taken back here', async () => {
      const redis = await newRedis();
      const nodes = await startLockServers(3);
      cleanups.push(() => nodes.stop());
      const [one, two, three] = nodes.servers.map(({ url }) => newClient(url));
      if (!one || !two || !three) throw new Error('there are three');
      // Of three nodes one has given `r` to somebody else for a short time, and one for a long time.
      await Promise.all([one.set('r', 'other', 'PX', 700), two.set('r', 'other', 'PX', 60_000)]);
      const retries = { retryCount: 4, retryDelay: 400, retryJitter: 0 };
      const theirs = failure(packagedRedlock([one, two, three], retries).acquire(['r'], 60_000));
      await waitUntil('a minority grants it', async () => (await three.get('r')) !== null);
      const kept = await three.get('r');
      await waitUntil('a majority has granted it', async () => (await one.get('r')) === kept);
      // It has two of three nodes, nobody else can have the lock, and it does not notice: each retry begins with its own.
      expect((await theirs).name).toBe('ExecutionError');

      const on = (urls: readonly string[]) =>
        newService({ REDIS_URL: redis.serviceUrl, LOCK_REDIS_URLS: urls.join(',') });
      const urls = nodes.servers.map(({ serviceUrl }) => serviceUrl);
      const [all, ofOne, ofTwo] = [await on(urls), await on(urls.slice(0, 1)), await on(urls.slice(1, 2))];
      const ofThree = await on(urls.slice(2));
      await Promise.all([lock(ofOne, ['r'], { ttlMs: 2000 }), lock(ofTwo, ['r'], { ttlMs: 60_000 })]);
      expect((await lock(all, ['r'])).status).toBe(423);
      const free = await ofThree.admin.get('/v1/locks/resources/r');
      expect(free.body).toMatchObject({ held: false, waiting: 0 });
      const given = await lock(all, ['r'], { waitMs: 10_000 });
      expect(given.status).toBe(201);
      expect((await all.admin.delete(`/v1/locks/${given.body.lockId}`)).status).toBe(204);
    });
  });
}
