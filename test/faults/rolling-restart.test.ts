import { afterEach, describe, expect, it } from 'vitest';
import { submitScript } from '../../src/features/leaderboards/leaderboards.scripts.js';
import { freePort } from '../../src/redis/embedded/free-port.js';
import { MessageClient } from '../support/message-client.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { ADMIN_KEY } from '../support/service.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { RedisProxy } from '../support/tcp-proxy.js';
import { waitUntil } from '../support/wait-until.js';
import { MixedLoad, type Send } from './mixed-load.js';
import { PatientClient } from './patient-client.js';
import { patience, sized } from './sizes.js';

const REPLICAS = 3;
const ROUNDS = sized(1, 8);
const BOARD = '/v1/leaderboards/naive/submissions';
const RESUME_MS = 15_000;
const WITHOUT_LIMITS = { RATE_LIMIT_ADDRESS: 'off', RATE_LIMIT_CREDENTIAL: 'off', RATE_LIMIT_TENANT: 'off' };
const seed = seedOfRun();
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function newRedis(): Promise<TestRedis> {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  return redis;
}

/** A service that comes back at the same place. */
class Replica {
  private service: ServiceProcess | undefined;

  private constructor(private readonly environment: Readonly<Record<string, string>>) {}

  static async start(redisUrl: string): Promise<Replica> {
    const port = String(await freePort());
    const replica = new Replica({ REDIS_URL: redisUrl, PORT: port, ...WITHOUT_LIMITS });
    cleanups.push(() => replica.stop());
    await replica.begin();
    return replica;
  }

  get url(): string {
    return `http://127.0.0.1:${this.environment.PORT}`;
  }

  async begin(): Promise<void> {
    this.service = await startServiceProcess(this.environment);
  }

  async stop(signal?: NodeJS.Signals): Promise<number | null | undefined> {
    return await this.service?.stop(signal);
  }
}

describe('services that are restarted one after the other', () => {
  it(
    `fail no request that is repeated, and lose and double nothing (seed ${seed})`,
    async () => {
      const redis = await newRedis();
      const replicas = await Promise.all(
        Array.from({ length: REPLICAS }, () => Replica.start(redis.serviceUrl)),
      );
      const random = new Random(seed);
      const urls = () => replicas.map(({ url }) => url);
      const client = new PatientClient(urls, random);
      const messages = new MessageClient(redis.messageUrl, ADMIN_KEY);
      cleanups.push(() => messages.close());
      const send: Send = (...request) => client.send(...request);
      const load = new MixedLoad({ urls, random, send, messages });
      await load.start();
      const exitCodes: unknown[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        for (const replica of replicas) {
          exitCodes.push(await replica.stop());
          await load.resumed(RESUME_MS);
          await replica.begin();
          await load.resumed(RESUME_MS);
        }
      }
      await load.finish();
      const verdict = await load.judge();
      const { ends, unanswered } = load;
      const repeated = [...client.repeated].map(([reason, times]) => `${times} for ${reason}`).join(', ');
      console.log(
        `${client.failed.length} requests failed, ${unanswered} messages unanswered, ${verdict.lost.length} lost, ` +
          `${verdict.doubled.length} double of ${verdict.writes} writes across ${exitCodes.length} restarts (requests repeated: ` +
          `${repeated}; ${ends.untold.length} of ${ends.all} live connections ended untold; the slowest request took ` +
          `${Math.round(load.slowestMs)} ms; seed ${seed})`,
      );
      expect(verdict).toMatchObject({ lost: [], doubled: [], unexpected: [], slow: [] });
      expect(client).toMatchObject({ failed: [], unexpected: [] });
      expect({ unanswered, untold: ends.untold }).toEqual({ unanswered: 0, untold: [] });
      expect(ends.all).toBeGreaterThan(0);
      expect(new Set(exitCodes)).toEqual(new Set([0]));
    },
    patience(ROUNDS, 60_000),
  );
});

/** What an increment comes to that a client without keys sends to another service when the first is killed with it. */
async function naiveIncrement(): Promise<number> {
  const redis = await newRedis();
  const proxy = await RedisProxy.start(redis.serviceUrl);
  cleanups.push(() => proxy.stop());
  const [killed, other] = await Promise.all([Replica.start(proxy.url), Replica.start(redis.serviceUrl)]);
  const client = new PatientClient(() => [killed.url, other.url], new Random(seed), false);
  // Redis knows the script from now on.
  await client.send('POST', BOARD, { member: 'another', score: 1 });
  proxy.lose({ isTarget: (words) => words.includes(submitScript.sha), after: 0, outage: true });
  const answered = client.send('POST', BOARD, { member: 'one', score: 1, operator: 'increment' }, {}, 0);
  await waitUntil('Redis has it', () => proxy.lost.length > 0);
  await killed.stop('SIGKILL');
  return Number((await answered)?.body.score);
}

describe('a service that is killed instead', () => {
  it('is found to count an increment twice whose client has no key', async () => {
    const score = await naiveIncrement();
    console.log(`without a key: ${score} counted of 1 increment across 1 SIGKILL (seed ${seed})`);
    expect(score).toBe(2);
  });
});
