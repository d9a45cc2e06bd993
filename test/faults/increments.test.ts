import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiClient } from '../support/api-client.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { patience, sized } from './sizes.js';

const CLIENTS = 50;
const SUBMISSIONS = sized(40, 200);
const EXPECTED = CLIENTS * SUBMISSIONS;
const PATH = '/v1/leaderboards/counters/submissions';

let services: ServiceProcess[];
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  services = await Promise.all(
    [0, 1].map(async () => {
      const service = await startServiceProcess({ REDIS_URL: redis.url });
      cleanups.push(() => service.stop());
      return service;
    }),
  );
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Tally {
  sum: number;
  replays: number;
  refusals: number;
  score: number;
}

/**
 * Every client adds 1 to one member again and again, and sends each submission to both services: at the same
 * time, or the second one when the first is answered.
 */
async function incrementTwiceEach(random: Random, isKeyed: boolean): Promise<Tally> {
  const tally = { sum: 0, replays: 0, refusals: 0 };
  const [one, other] = services.map(({ admin }) => admin) as [ApiClient, ApiClient];
  const send = async (api: ApiClient, key: string) => {
    const headers: Record<string, string> = isKeyed ? { 'idempotency-key': key } : {};
    const answer = await api.post(PATH, { member: 'visits', score: 1, operator: 'increment' }, headers);
    if (answer.status !== 200) tally.refusals++;
    if (answer.headers.get('idempotency-replayed') === 'true') tally.replays++;
    else tally.sum++;
    return answer;
  };
  const client = async (name: number) => {
    for (let count = 0; count < SUBMISSIONS; count++) {
      const key = `client-${name}-${count}`;
      const [first, second] = random.chance(0.5) ? [one, other] : [other, one];
      if (random.chance(0.5)) {
        await Promise.all([send(first, key), send(second, key)]);
      } else {
        const answer = await send(first, key);
        const again = await send(second, key);
        if (isKeyed) expect(again.body).toEqual(answer.body);
      }
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, name) => client(name)));
  const entry = await one.get('/v1/leaderboards/counters/entries/visits');
  return { ...tally, score: entry.body.score };
}

describe('increments that are each sent twice, to two services', () => {
  it(
    'count once with an Idempotency-Key',
    async () => {
      const seed = seedOfRun();
      const { score, replays, refusals, sum } = await incrementTwiceEach(new Random(seed), true);
      console.log(
        `${score} counted of ${EXPECTED} submissions sent twice by ${CLIENTS} clients to 2 processes ` +
          `(${replays} replayed, ${refusals} refused, seed ${seed})`,
      );
      expect({ score, replays, refusals, sum }).toEqual({
        score: EXPECTED,
        replays: EXPECTED,
        refusals: 0,
        sum: EXPECTED,
      });
    },
    patience(EXPECTED, 40),
  );

  it(
    'are found to count twice without one',
    async () => {
      const seed = seedOfRun();
      const { score } = await incrementTwiceEach(new Random(seed), false);
      console.log(`without keys: ${score} counted of ${EXPECTED} (seed ${seed})`);
      expect(score).toBeGreaterThan(EXPECTED);
    },
    patience(EXPECTED, 40),
  );
});
