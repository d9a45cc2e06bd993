import { afterEach, describe, expect, it } from 'vitest';
import { NO_STRACE } from '../support/fsync-trace.js';
import { PoweredRedis } from '../support/power-cut.js';
import { Random, seedOfRun } from '../support/random.js';
import { startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { type Findings, Writers } from './power-cut-writers.js';
import { patience, sized } from './sizes.js';

const CUTS = sized(2, 10);
const WRITES = sized(1000, 11_000);
const PART = Math.floor(WRITES / (CUTS + 1));
const CLIENTS = 16;
const WITHOUT_LIMITS = { RATE_LIMIT_ADDRESS: 'off', RATE_LIMIT_CREDENTIAL: 'off', RATE_LIMIT_TENANT: 'off' };
const seed = seedOfRun();
const cleanups: (() => unknown)[] = [];

if (NO_STRACE !== undefined) console.log(`power cuts are skipped: ${NO_STRACE}`);

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Campaign extends Findings {
  readonly writes: number;
  readonly unexpected: readonly string[];
  /** Of each cut, how long before it the first of the lost writes was acknowledged. */
  readonly windowsMs: readonly number[];
}

type Cut = (powered: PoweredRedis, writers: Writers) => Promise<void>;

/** Writers of a service on a Redis whose power goes again and again. */
async function underCuts(fsync: 'always' | 'everysec', cut: Cut): Promise<Campaign> {
  const powered = await PoweredRedis.start(fsync);
  cleanups.push(() => powered.stop());
  const service = await startServiceProcess({ REDIS_URL: powered.redis.serviceUrl, ...WITHOUT_LIMITS });
  cleanups.push(() => service.stop());
  const writers = new Writers(service.admin, CLIENTS);
  cleanups.push(() => writers.finish());
  const cuts: number[] = [];
  for (let at = 0; at <= CUTS; at++) {
    const enough = writers.acknowledged.length + PART;
    await waitUntil('enough is written', () => writers.acknowledged.length >= enough, {
      timeoutMs: 60_000,
      everyMs: 1,
    });
    if (at === CUTS) break;
    await cut(powered, writers);
    cuts.push(powered.killedAt);
    await powered.begin();
  }
  await writers.finish();
  const findings = await writers.judge();
  const windowsMs = cuts.map((instant, at) => {
    const earlier = findings.lost.filter((lost) => lost.at <= instant && lost.at > (cuts[at - 1] ?? 0));
    return Math.round(instant - Math.min(instant, ...earlier.map((lost) => lost.at)));
  });
  return { ...findings, writes: writers.acknowledged.length, unexpected: writers.unexpected, windowsMs };
}

/** At any moment; of what no flush has covered any part may stay, also one that ends within a command. */
function atRandom(random: Random): Cut {
  return async (powered) => {
    await powered.kill();
    await powered.cutBack((uncovered) => (random.chance(0.5) ? 0 : random.below(uncovered + 1)));
  };
}

/** Once there are acknowledged writes that no flush has covered; nothing of them stays. */
const beforeFlush: Cut = async (powered, { acknowledged, clients }) => {
  for (;;) {
    const { covered } = powered;
    // Those under way may have been covered before they were acknowledged.
    const enough = acknowledged.length + clients + 20;
    await waitUntil('more is written', () => acknowledged.length >= enough, { everyMs: 1 });
    if (powered.covered !== covered) continue;
    await powered.kill();
    if (powered.covered === covered) break;
    // A flush came in this very moment: it was no more than a kill.
    await powered.begin();
  }
  await powered.cutBack(() => 0);
};

const told = ({ lost, doubled, writes }: Campaign) =>
  `${lost.length} lost, ${doubled.length} double of ${writes} acknowledged writes across ${CUTS} power cuts`;

describe.skipIf(NO_STRACE !== undefined)('a power cut (skipped where strace cannot be used)', () => {
  it(
    `costs nothing that a Redis which flushes before it answers has acknowledged (seed ${seed})`,
    async () => {
      const found = await underCuts('always', atRandom(new Random(seed)));
      console.log(`${told(found)}, with appendfsync always (seed ${seed})`);
      expect(found).toMatchObject({ lost: [], doubled: [], unexpected: [] });
      expect(found.writes).toBeGreaterThanOrEqual(PART * (CUTS + 1));
    },
    patience(WRITES, 20),
  );

  it(
    `is found to cost what was acknowledged since the last flush of one that flushes every second (seed ${seed})`,
    async () => {
      const found = await underCuts('everysec', beforeFlush);
      console.log(
        `${told(found)}, with appendfsync everysec: those of the last ${Math.min(...found.windowsMs)} to ` +
          `${Math.max(...found.windowsMs)} ms before a cut (seed ${seed})`,
      );
      expect(found).toMatchObject({ doubled: [], unexpected: [] });
      expect(Math.min(...found.windowsMs)).toBeGreaterThan(0);
    },
    patience(WRITES, 20),
  );
});
