import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { patience, sized } from './sizes.js';
import { Consumers, type ConsumersOptions } from './streams-consumers.js';
import { EventFlow, told, type Verdict } from './streams-flow.js';

const EVENTS = sized(1000, 10_000);
const KILLS = sized(4, 50);
const FEW_EVENTS = 96;
const FEW_KILLS = 6;

let redis: TestRedis;
let service: ServiceProcess;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  redis = await startRedis();
  cleanups.push(() => redis.stop());
  service = await startServiceProcess({ REDIS_URL: redis.url });
  cleanups.push(() => service.stop());
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Campaign {
  readonly events: number;
  readonly kills: number;
  readonly random: Random;
  readonly consumers: Pick<ConsumersOptions, 'limit' | 'pauseMs' | 'isNaive'>;
}

/** Consumers are killed one after the other while they have events to handle, each time with a random number left. */
async function killConsumers({ events, kills, random, consumers: how }: Campaign) {
  const flow = new EventFlow(() => service.admin, { name: 'killed', spread: 1, visibilityTimeoutMs: 500 });
  await flow.open();
  const consumers = new Consumers({ url: service.url, flow, random, count: 4, ...how });
  cleanups.push(() => consumers.stop());
  const part = Math.ceil(events / kills);
  for (let kill = 0; kill < kills; kill++) {
    await flow.append(Math.min(part, events - flow.acknowledged.size));
    const left = 1 + random.below(part);
    const isTime = async () => (how.isNaive ? consumers.isAnyBetween : (await flow.unhandled()) <= left);
    await waitUntil('some events are handled', isTime, { timeoutMs: 60_000, everyMs: 5 });
    await consumers.killOne();
  }
  await flow.untilSettled([redis.url], 120_000);
  const verdict: Verdict = await flow.judge();
  return { verdict, deadLetters: await flow.deadLetters(), unexpected: consumers.unexpected };
}

const seed = seedOfRun();

describe('consumers that are killed', () => {
  it(
    `miss no effect and double none if they commit (seed ${seed})`,
    async () => {
      const { verdict, deadLetters, unexpected } = await killConsumers({
        events: EVENTS,
        kills: KILLS,
        random: new Random(seed),
        consumers: { limit: 10, pauseMs: 20 },
      });
      console.log(told(verdict, `across ${KILLS} SIGKILLs of consumers`));
      const { redelivered, ...outcome } = verdict;
      expect({ ...outcome, deadLetters, unexpected }).toEqual({
        events: EVENTS,
        lost: [],
        missing: [],
        doubled: [],
        deadLetters: 0,
        unexpected: [],
      });
      expect(redelivered).toBeGreaterThan(0);
    },
    patience(EVENTS, 40),
  );

  it(
    `are found to double effects if they apply them by themselves (seed ${seed})`,
    async () => {
      const { verdict } = await killConsumers({
        events: FEW_EVENTS,
        kills: FEW_KILLS,
        random: new Random(seed),
        consumers: { limit: 4, pauseMs: 100, isNaive: true },
      });
      console.log(`without commits: ${told(verdict, `across ${FEW_KILLS} SIGKILLs of consumers`)}`);
      expect(verdict.doubled.length).toBeGreaterThan(0);
    },
    patience(FEW_EVENTS, 200),
  );
});
