import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors/app-error.js';
import { LockGrants } from '../../src/features/locking/locking.grants.js';
import { Quorum } from '../../src/features/locking/locking.quorum.js';
import { LocksService } from '../../src/features/locking/locking.locks.service.js';
import { startLockServers } from '../e2e/locking/locks.js';
import { packagedRedlock } from '../e2e/locking/redlock-flaws-package.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import {
  type Freeze,
  freezeAll,
  isInTime,
  KnownExpiry,
  Stalls,
  untilAborted,
} from './locking-freeze-watch.js';
import { patience, sized } from './sizes.js';

const FREEZES = sized(5, 100);
const FREEZES_OF_TWO = sized(2, 40);
const LATE = sized(3, 10);
/** Freezes at a time, each of servers of its own. */
const AT_ONCE = 4;
const LEAST_TTL_MS = 1500;
const MORE_TTL_MS = 2000;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** A service, and those of its lock servers that are frozen. */
interface Locking {
  readonly service: TestService;
  readonly frozen: readonly TestRedis[];
}

async function onOneRedis(): Promise<Locking> {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  const service = await startService({ REDIS_URL: redis.serviceUrl });
  cleanups.push(() => service.stop());
  return { service, frozen: [redis] };
}

async function onThreeNodes(): Promise<Locking> {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  const nodes = await startLockServers(3);
  cleanups.push(() => nodes.stop());
  const service = await startService({ REDIS_URL: redis.serviceUrl, ...nodes.settings });
  cleanups.push(() => service.stop());
  return { service, frozen: nodes.servers.slice(1) };
}

/** Works under a lock, and freezes its servers at some time, for somewhat longer than it takes until the signal. */
class Freezer {
  /** Of the lock of this time. */
  private known = new KnownExpiry();
  private readonly locks: LocksService;
  private made = 0;

  constructor(
    private readonly locking: Locking,
    private readonly stalls: Stalls,
    private readonly random: Random,
  ) {
    this.locks = locking.service.application.nest.get(LocksService);
    const grants = locking.service.application.nest.get(LockGrants);
    const quorum = locking.service.application.nest.get(Quorum);
    const [acquire, extend] = [grants.acquire.bind(grants), quorum.extend.bind(quorum)];
    grants.acquire = (...args) => this.known.note(args[0].ttlMs, () => acquire(...args));
    quorum.extend = (...args) => this.known.note(args[2], () => extend(...args));
  }

  async freeze(): Promise<Freeze> {
    const resource = `frozen-${this.made++}`;
    this.known = new KnownExpiry();
    const ttlMs = LEAST_TTL_MS + this.random.below(MORE_TTL_MS);
    const freezeInMs = this.random.below(ttlMs);
    const workMs = this.random.below(100);
    const thawInMs = this.random.below(400);
    let result: Omit<Freeze, 'code'> | undefined;
    const code = await this.locks
      .using([resource], { ttlMs }, async (signal) => {
        await pause(freezeInMs);
        const thaw = freezeAll(this.locking.frozen);
        cleanups.push(thaw);
        const at = await untilAborted(signal, workMs);
        result = {
          leadMs: this.known.atMs - at,
          isStalled: this.stalls.before(at, 500),
        };
        setTimeout(thaw, thawInMs);
      })
      .then(() => 'done', codeOf);
    if (result === undefined) throw new Error(`no work was done: ${code}`);
    await pause(thawInMs + 20);
    await this.workAgain(resource);
    return { ...result, code };
  }

  /** Everything works as before, and nothing of the lost lock is left. */
  private async workAgain(resource: string): Promise<void> {
    const options = { ttlMs: 10_000, waitMs: 20_000 };
    const token = await this.locks.using([resource], options, async (signal, lock) => {
      await pause(10);
      expect(signal.aborted).toBe(false);
      return lock.fencingToken;
    });
    expect(token).toBeGreaterThan(0);
    const { body } = await this.locking.service.admin.get(`/v1/locks/resources/${resource}`);
    expect(body).toMatchObject({ held: false, waiting: 0 });
  }
}

const codeOf = (error: unknown): string => (error instanceof AppError ? error.code : String(error));

interface Verdict {
  readonly freezes: readonly Freeze[];
  /** Freezes that were done again, since this process had no processor when the signal was due. */
  readonly again: number;
}

/** Does `many` freezes, some at a time. */
async function campaign(many: number, start: () => Promise<Locking>, random: Random): Promise<Verdict> {
  const stalls = new Stalls();
  cleanups.push(() => stalls.stop());
  const freezes: Freeze[] = [];
  let again = 0;
  let left = many;
  const freezers: Freezer[] = [];
  // One after the other, and before the first freeze: a start holds up all timers of this process.
  for (let number = 0; number < Math.min(AT_ONCE, many); number++)
    freezers.push(new Freezer(await start(), stalls, new Random(random.below(2 ** 31))));
  const freezeSome = async (freezer: Freezer) => {
    while (left > 0) {
      left--;
      const freeze = await freezer.freeze();
      if (isInTime(freeze) || !freeze.isStalled || again >= many) freezes.push(freeze);
      else {
        again++;
        left++;
      }
    }
  };
  await Promise.all(freezers.map(freezeSome));
  return { freezes, again };
}

function told({ freezes, again }: Verdict, seed: number): string {
  const inTime = freezes.filter(isInTime).length;
  const least = Math.min(...freezes.map(({ leadMs }) => leadMs));
  const most = Math.max(...freezes.map(({ leadMs }) => leadMs));
  return (
    `the signal came in time in ${inTime} of ${freezes.length} freezes, ${least.toFixed(0)} to ${most.toFixed(0)} ms before ` +
    `somebody else could have it (${again} done again, seed ${seed})`
  );
}

const seed = seedOfRun();

describe.each([
  ['its only Redis', onOneRedis, FREEZES],
  ['two of its three lock servers', onThreeNodes, FREEZES_OF_TWO],
] as const)('work under a lock when %s freezes', (what, start, many) => {
  it(
    `hears of it in time, and ends with locking.lost (seed ${seed})`,
    async () => {
      const verdict = await campaign(many, start, new Random(seed));
      console.log(`${what}: ${told(verdict, seed)}`);
      expect(verdict.freezes.length).toBe(many);
      expect(verdict.freezes.filter((freeze) => !isInTime(freeze))).toEqual([]);
      expect(new Set(verdict.freezes.map(({ code }) => code))).toEqual(new Set(['locking.lost']));
    },
    patience(many, 10_000),
  );
});

describe('an abort that waits for an extension that fails', () => {
  it(
    `is found to come late (seed ${seed})`,
    async () => {
      const redis = await startRedis();
      cleanups.push(() => redis.stop());
      const client = new Redis(redis.url);
      cleanups.push(() => client.disconnect());
      const redlock = packagedRedlock([client], { retryCount: 2 });
      const known = new KnownExpiry();
      const [acquire, extend] = [redlock.acquire.bind(redlock), redlock.extend.bind(redlock)];
      redlock.acquire = (...args) => known.note(args[1], () => acquire(...args));
      redlock.extend = (...args) => known.note(args[1], () => extend(...args));
      const random = new Random(seed);
      const freezes: Freeze[] = [];
      for (let number = 0; number < LATE; number++) {
        const ttlMs = 800 + random.below(400);
        const freezeInMs = random.below(200);
        const work = redlock.using([`late-${number}`], ttlMs, async (signal) => {
          await pause(freezeInMs);
          const thaw = freezeAll([redis]);
          cleanups.push(thaw);
          const aborted = untilAborted(signal, 0);
          // An extension may have been on its way; after this time none can succeed.
          await waitUntil('its time is up', () => performance.now() > known.atMs + 500);
          thaw();
          const at = await aborted;
          freezes.push({ leadMs: known.atMs - at, isStalled: false, code: '' });
        });
        await work.catch(() => undefined);
      }
      console.log(`an abort that waits: ${told({ freezes, again: 0 }, seed)}`);
      expect(freezes.length).toBe(LATE);
      expect(freezes.filter(isInTime)).toEqual([]);
    },
    patience(LATE, 5000),
  );
});
