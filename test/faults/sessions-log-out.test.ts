import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createScript, writeScript } from '../../src/features/sessions/sessions.scripts.js';
import { StoredSessionsService } from '../../src/features/sessions/sessions.stored.service.js';
import { SessionClient, SESSIONS, sessionsOf } from '../e2e/sessions/sessions.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { breakScript } from './sessions-world.js';
import { patience, sized } from './sizes.js';

/** Sessions that are ended in each of the ways, and requests to each at the same time. */
const SESSIONS_A_WAY = sized(10, 60);
const REQUESTS = sized(34, 60);
const STORED = sized(60, 600);
const SETS = 10;
const SEED = seedOfRun();

const WAYS = ['by its token', 'by its id', 'with all of its user'] as const;
type Way = (typeof WAYS)[number];

let redis: Redis;
let services: TestService[];
const cleanups: (() => unknown)[] = [];
const repairs: (() => void)[] = [];

beforeAll(async () => {
  const server = await startRedis();
  cleanups.push(() => server.stop());
  redis = new Redis(server.url);
  cleanups.push(() => redis.disconnect());
  const settings = { REDIS_URL: server.serviceUrl, REDIS_TIMEOUT_MS: '20000' };
  services = [await startService(settings), await startService(settings)];
  cleanups.push(() => Promise.all(services.map((service) => service.stop())));
});

afterEach(() => {
  for (const repair of repairs.splice(0).reverse()) repair();
});

afterAll(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const serviceAt = (at: number): TestService => {
  const service = services[at % services.length];
  if (service === undefined) throw new Error('there are no services');
  return service;
};

class Tally {
  requests = 0;
  /** Answered 200: sent before the end was answered. */
  served = 0;
  refused = 0;
  /** Sent after the end was answered, and refused. */
  late = 0;
  readonly wrong: string[] = [];
}

let users = 0;

/** A session that is used all the time, and ended meanwhile. */
async function endInUse(way: Way, random: Random, tally: Tally): Promise<void> {
  const userId = `user-${++users}`;
  const { status, body } = await serviceAt(0).admin.post(SESSIONS, { userId, data: { of: userId } });
  expect(status).toBe(201);
  const { token, session } = body as { token: string; session: { sessionId: string } };
  const clients = services.map(({ admin }) => new SessionClient(admin, token));
  // Both know it: a write comes of what was read a moment ago.
  for (const client of clients) expect((await client.patch({ known: true })).status).toBe(200);

  let isEnded = false;
  const use = async (at: number): Promise<void> => {
    const isLate = isEnded;
    const client = clients[at % clients.length] ?? clients[0];
    const answer = await (random.chance(0.3) ? client?.read() : client?.patch({ [`field${at % 8}`]: at }));
    tally.requests++;
    if (answer?.status === 200) tally.served++;
    else if (answer?.status === 401 && answer.body.code === 'sessions.invalid-token') tally.refused++;
    else tally.wrong.push(`${answer?.status} ${JSON.stringify(answer?.body)}`);
    if (!isLate) return;
    tally.late++;
    if (answer?.status === 200) tally.wrong.push(`${userId} was served after its end ${way}`);
  };
  const end = async (): Promise<void> => {
    const { admin } = serviceAt(random.below(2));
    const answer =
      way === 'by its token'
        ? await new SessionClient(admin, token).end()
        : await admin.delete(way === 'by its id' ? `${SESSIONS}/${session.sessionId}` : sessionsOf(userId));
    if (answer.status !== 204) tally.wrong.push(`its end ${way}: ${answer.status}`);
    isEnded = true;
  };

  const endsAt = random.below(REQUESTS);
  const running: Promise<void>[] = [];
  for (let at = 0; at < REQUESTS; at++) {
    if (at === endsAt) running.push(end());
    running.push(use(at));
    if (random.chance(0.2)) await turn();
    if (random.chance(0.05)) await pause(1 + random.below(5));
  }
  await Promise.all(running);
  await Promise.all([0, 1, 2, 3].map(use));

  const { sessionId } = session;
  const key = (part: string) => `fulcrum:default:{sessions:${sessionId.slice(0, 2)}}:${part}`;
  if ((await redis.hexists(key('live'), sessionId.slice(2))) === 1) tally.wrong.push(`${userId} is live`);
  if ((await redis.exists(key(`sessions:${sessionId.slice(2, 18)}`))) === 1)
    tally.wrong.push(`${userId} is stored`);
  const list = await serviceAt(1).admin.get(sessionsOf(userId));
  if (JSON.stringify(list.body.items) !== '[]') tally.wrong.push(`${userId} is listed`);
}

async function endAllWays(sessions: number, random: Random): Promise<Tally> {
  const tally = new Tally();
  for (let round = 0; round < sessions; round++)
    await Promise.all(WAYS.map((way) => endInUse(way, random, tally)));
  return tally;
}

const told = ({ requests, served, refused, late, wrong }: Tally) =>
  `${requests} requests (${served} served, ${refused} refused, ${late} of them sent after the end): ${wrong.length} wrong`;

const STORE = { tenant: 'default', name: 'racing' };

/** How many of `count` sessions of a web framework are there again after their end, while requests still save them. */
async function resurrections(count: number, random: Random): Promise<number> {
  const stores = services.map(({ application }) => application.nest.get(StoredSessionsService));
  const [one, other] = stores;
  if (one === undefined || other === undefined) throw new Error('there are no two services');
  let resurrected = 0;
  for (let at = 0; at < count; at++) {
    const sid = `sid-${at}-${random.below(2 ** 31)}`;
    await one.set(STORE, sid, { at }, 60_000);
    const endsAt = random.below(SETS);
    const running: Promise<void>[] = [];
    for (let number = 0; number < SETS; number++) {
      if (number === endsAt) running.push((random.chance(0.5) ? one : other).destroy(STORE, sid));
      const store = number % 2 === 0 ? one : other;
      running.push(
        random.chance(0.2)
          ? store.touch(STORE, sid, 90_000, (data) => data)
          : store.set(STORE, sid, { number }, 60_000),
      );
      if (random.chance(0.3)) await turn();
    }
    await Promise.all(running);
    const found = await Promise.all(stores.map((store) => store.get(STORE, sid)));
    if (found.some((data) => data !== undefined)) resurrected++;
  }
  return resurrected;
}

describe('a session that is ended while it is used', () => {
  it(
    `is over for every request that was sent after that, and nothing brings it back (seed ${SEED})`,
    async () => {
      const tally = await endAllWays(SESSIONS_A_WAY, new Random(SEED));
      console.log(`${WAYS.length * SESSIONS_A_WAY} sessions, ${told(tally)} (seed ${SEED})`);
      expect(tally.wrong).toEqual([]);
      expect(tally.requests).toBe(WAYS.length * SESSIONS_A_WAY * (REQUESTS + 4));
      expect(tally.served).toBeGreaterThan(0);
      expect(tally.late).toBeGreaterThanOrEqual(WAYS.length * SESSIONS_A_WAY * 4);
    },
    patience(SESSIONS_A_WAY * REQUESTS, 50),
  );

  it('is found to come back where a write does not look whether it has ended', async () => {
    repairs.push(
      // As a store that reads a session, and writes it back as a whole.
      breakScript(
        writeScript,
        'local standing, version, head, box, seen = judged(ID, ARGV[2], ARGV[3])',
        `local standing, version, head, box, seen = 'live', ARGV[4], ARGV[7], '', seen_now(ID, ARGV[3])
         redis.call('HSET', SESSIONS, ID:sub(19) .. 'h', head)`,
      ),
      breakScript(writeScript, ' and redis.sha1hex(box) == ARGV[8] then', ' then'),
    );
    const tally = await endAllWays(2, new Random(SEED));
    console.log(`with a write that does not look: ${told(tally)}, ${tally.wrong.slice(0, 3).join('; ')} …`);
    expect(tally.wrong).toContainEqual(expect.stringContaining('was served after its end'));
    expect(tally.wrong).toContainEqual(expect.stringContaining('is live'));
  });
});

describe('a session of a web framework that is destroyed while requests save it', () => {
  it(
    `never comes back (seed ${SEED})`,
    async () => {
      const count = await resurrections(STORED, new Random(SEED));
      console.log(`${count} of ${STORED} sessions came back (${STORED * SETS} writes, seed ${SEED})`);
      expect(count).toBe(0);
    },
    patience(STORED, 100),
  );

  it('is found to come back where nobody remembers that it has ended', async () => {
    repairs.push(breakScript(createScript, "redis.call('ZSCORE', ENDED, MEMBER)", 'false'));
    const count = await resurrections(20, new Random(SEED));
    console.log(`forgetting what has ended: ${count} of 20 came back`);
    expect(count).toBeGreaterThan(10);
  });
});
