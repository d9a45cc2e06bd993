import { afterEach, describe, expect, it } from 'vitest';
import { LockingKeys } from '../../src/features/locking/locking.keys.js';
import { startLockServers } from '../e2e/locking/locks.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { longestGap, outOfOrder } from './locking-fairness-arrivals.js';
import { Crowd } from './locking-fairness-crowd.js';
import { type Places, placesOfOne, placesOfSeveral } from './locking-fairness-places.js';
import { patience, sized } from './sizes.js';

const ACQUISITIONS = sized(150, 2000);
const KILLS = sized(1, 3);
const POLLED = sized(60, 300);
/** Those that a killed process leaves are gone after 3 s, and what it held after 2 s. */
const LONGEST_GAP_MS = 8000;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Locking {
  readonly here: TestService;
  readonly places: Places;
  /** Settings of one more service. */
  readonly settings: Readonly<Record<string, string>>;
}

async function startLocking(nodes: number): Promise<Locking> {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  const servers = await startLockServers(nodes);
  cleanups.push(() => servers.stop());
  const settings = { REDIS_URL: redis.serviceUrl, REDIS_TIMEOUT_MS: '10000', ...servers.settings };
  const here = await startService(settings);
  cleanups.push(() => here.stop());
  const keys = here.application.nest.get(LockingKeys).tenant('default');
  const urls = servers.servers.map(({ url }) => url);
  const places = nodes === 0 ? placesOfOne(here.admin, redis.url, keys) : placesOfSeveral(urls, keys);
  cleanups.push(() => places.stop());
  const unlimited = { RATE_LIMIT_ADDRESS: 'off', RATE_LIMIT_CREDENTIAL: 'off', RATE_LIMIT_TENANT: 'off' };
  return { here, places, settings: { ...settings, ...unlimited } };
}

/** Starts one more service, in which some of the crowd wait from then on. */
async function startOther(crowd: Crowd, { settings }: Locking): Promise<void> {
  const other = await startServiceProcess(settings);
  cleanups.push(() => other.stop('SIGKILL'));
  crowd.other = other;
}

/** Lets them come until so many have been served, and kills the other service amid that now and then. */
async function serve(crowd: Crowd, locking: Locking): Promise<number> {
  let kills = 0;
  let starting: Promise<void> | undefined;
  while (crowd.served < ACQUISITIONS || kills < KILLS) {
    await crowd.arrive();
    const isDue = crowd.served >= ((kills + 1) * ACQUISITIONS) / (KILLS + 1);
    const { other } = crowd;
    if (kills === KILLS || !isDue || other === undefined || crowd.waitingInOther < 3) continue;
    crowd.other = undefined;
    kills++;
    await other.stop('SIGKILL');
    if (kills < KILLS) starting = startOther(crowd, locking);
  }
  await crowd.end();
  await starting;
  return kills;
}

/** What is left of waiters when everybody has been answered. */
async function leaked(crowd: Crowd, { here, places }: Locking): Promise<number> {
  // Those of a killed process are gone when somebody looks for who is next.
  for (const resource of [crowd.resource, crowd.side]) {
    await waitUntil('nobody waits', async () => {
      const { body } = await here.admin.get(`/v1/locks/resources/${resource}`);
      return body.waiting === 0;
    });
  }
  expect((await here.admin.get('/v1/locks')).body.items).toEqual([]);
  return await places.left();
}

function told(crowd: Crowd, early: number, more: string): string {
  const granted = crowd.arrivals.filter(({ token }) => token !== undefined).length;
  return (
    `${early} of ${granted} grants before one who came earlier (${crowd.served} had waited, ` +
    `${crowd.left} went away, ${more})`
  );
}

const seed = seedOfRun();

describe.each([0, 3])('a line for a lock on %i servers of its own', (nodes) => {
  it(
    `is served in the order of arrival, whoever goes away (seed ${seed})`,
    async () => {
      const locking = await startLocking(nodes);
      const crowd = new Crowd(locking.here, locking.places, new Random(seed), 'fair');
      await startOther(crowd, locking);
      const kills = await serve(crowd, locking);
      const early = outOfOrder(crowd.arrivals);
      const gapMs = longestGap(crowd.arrivals);
      const leaks = await leaked(crowd, locking);
      const when = `${kills} services killed, ${leaks} leaked, longest gap ${gapMs.toFixed(0)} ms, seed ${seed}`;
      console.log(`${nodes} servers: ${told(crowd, early.length, when)}`);
      expect({ early, leaks }).toEqual({ early: [], leaks: 0 });
      expect(crowd.served).toBeGreaterThanOrEqual(ACQUISITIONS);
      expect(crowd.left).toBeGreaterThan(0);
      expect(gapMs).toBeLessThan(LONGEST_GAP_MS);
    },
    patience(ACQUISITIONS, 400),
  );
});

describe('those who ask again and again', () => {
  it(
    `are found to be served in no order (seed ${seed})`,
    async () => {
      const { here, places } = await startLocking(0);
      const crowd = new Crowd(here, places, new Random(seed), 'unfair', true);
      while (crowd.served < POLLED) await crowd.arrive();
      await crowd.end();
      const early = outOfOrder(crowd.arrivals);
      console.log(`without a line: ${told(crowd, early.length, `seed ${seed}`)}`);
      expect(early.length).toBeGreaterThan(0);
    },
    patience(POLLED, 400),
  );
});
