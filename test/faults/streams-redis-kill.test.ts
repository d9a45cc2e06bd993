import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import { pidOfRedis } from './processes.js';
import { patience, sized } from './sizes.js';
import { Consumers } from './streams-consumers.js';
import { EventFlow, told, type Verdict } from './streams-flow.js';

const EVENTS = sized(1500, 10_000);
const KILLS = sized(2, 20);
const WRITERS = 4;
const MOST_EVENTS_A_REQUEST = 10;

let redis: TestRedis;
let service: ServiceProcess;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  // Comes back in the same folder, at the same URL, whenever it dies.
  redis = await startRedis({ extraConfig: ['appendfsync always'] });
  cleanups.push(() => redis.stop());
  service = await startServiceProcess({ REDIS_URL: redis.url });
  cleanups.push(() => service.stop());
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Writers that append until there are as many events as `wanted` says; resolves once all of `events` are acknowledged. */
async function write(flow: EventFlow, random: Random, events: number, wanted = () => events): Promise<void> {
  const writer = async () => {
    while (flow.acknowledged.size < events) {
      if (flow.acknowledged.size < wanted()) await flow.append(1 + random.below(MOST_EVENTS_A_REQUEST));
      else await pause(5);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

async function killRedis(random: Random): Promise<void> {
  const pid = await waitUntil('Redis answers', () => pidOfRedis(redis.url), { timeoutMs: 60_000 });
  await pause(random.below(50));
  process.kill(pid, 'SIGKILL');
  const isBack = async () => {
    const found = await pidOfRedis(redis.url);
    return found !== undefined && found !== pid;
  };
  await waitUntil('Redis is back', isBack, { timeoutMs: 60_000 });
}

/** Redis is killed while events are appended and handled, each time after a random number of them. */
async function runUnderKills(random: Random, events: number, kills: number) {
  const flow = new EventFlow(() => service.admin, { name: 'outage', spread: 1, visibilityTimeoutMs: 500 });
  await flow.open();
  const consumers = new Consumers({ url: service.url, flow, random, count: 3, limit: 10, pauseMs: 20 });
  cleanups.push(() => consumers.stop());
  const part = Math.floor(events / (kills + 1));
  let killed = 0;
  const written = write(flow, random, events, () => (killed < kills ? part * (killed + 1) : events));
  for (; killed < kills; killed++) {
    const enough = part * killed + random.below(part);
    await waitUntil('some events are appended', () => flow.acknowledged.size >= enough, {
      timeoutMs: 60_000,
      everyMs: 5,
    });
    await killRedis(random);
  }
  await written;
  await flow.untilSettled([redis.url], 120_000);
  const verdict: Verdict = await flow.judge();
  return { verdict, deadLetters: await flow.deadLetters(), unexpected: consumers.unexpected };
}

const seed = seedOfRun();

describe('kill -9 of a Redis that flushes before it answers', () => {
  it(
    `loses no event and no effect, and doubles none (seed ${seed})`,
    async () => {
      const { verdict, deadLetters, unexpected } = await runUnderKills(new Random(seed), EVENTS, KILLS);
      console.log(told(verdict, `across ${KILLS} SIGKILLs of Redis`));
      const { events, lost, missing, doubled } = verdict;
      expect({ lost, missing, doubled, deadLetters, unexpected }).toEqual({
        lost: [],
        missing: [],
        doubled: [],
        deadLetters: 0,
        unexpected: [],
      });
      expect(events).toBeGreaterThanOrEqual(EVENTS);
    },
    patience(EVENTS + KILLS * 100, 50),
  );

  it(`is found to lose events without its append-only file (seed ${seed})`, async () => {
    const random = new Random(seed);
    const flow = new EventFlow(() => service.admin, { name: 'unkept', spread: 1, visibilityTimeoutMs: 500 });
    await flow.open();
    const client = new Redis(redis.url);
    await client.config('SET', 'appendonly', 'no');
    client.disconnect();
    await write(flow, random, 100);
    await killRedis(random);
    await waitUntil('the service answers', async () => (await flow.unhandled()) < Infinity, {
      timeoutMs: 60_000,
    });
    const verdict = await flow.judge();
    console.log(`without the append-only file: ${told(verdict, 'across 1 SIGKILL of Redis')}`);
    expect(verdict.lost.length).toBe(verdict.events);
  }, 120_000);
});
