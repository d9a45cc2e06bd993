import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createScript,
  endAllScript,
  endScript,
  rotateScript,
  writeScript,
} from '../../src/features/sessions/sessions.scripts.js';
import { SessionRecords } from '../../src/features/sessions/sessions.records.js';
import { SessionSweeper } from '../../src/features/sessions/sessions.sweeper.js';
import { ScriptRunner } from '../../src/redis/script-runner.js';
import { newUser, SessionClient, SESSIONS, sessionsOf } from '../e2e/sessions/sessions.js';
import type { Answer } from '../support/api-client.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { RedisProxy } from '../support/tcp-proxy.js';
import { waitUntil } from '../support/wait-until.js';
import { breakScript, countsOf, toldOfSessions } from './sessions-world.js';
import { patience, sized } from './sizes.js';

const ROUNDS = sized(40, 600);
const SEED = seedOfRun();
const MOST_SENDS = 50;
/** Of a loss: whether Redis cannot be reached after it until the request is sent again. */
const OUTAGE = 0.5;

let redis: Redis;
let proxy: RedisProxy;
let service: TestService;
const cleanups: (() => unknown)[] = [];
const repairs: (() => void)[] = [];

beforeAll(async () => {
  const server = await startRedis();
  cleanups.push(() => server.stop());
  redis = new Redis(server.url);
  cleanups.push(() => redis.disconnect());
  proxy = await RedisProxy.start(server.serviceUrl);
  cleanups.push(() => proxy.stop());
  service = await startService({ REDIS_URL: proxy.url, REDIS_TIMEOUT_MS: '500' });
  cleanups.push(() => service.stop());
});

afterEach(() => {
  for (const repair of repairs.splice(0).reverse()) repair();
});

afterAll(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Begun {
  readonly userId: string;
  readonly client: SessionClient;
  readonly sessionId: string;
}

class Tally {
  lost = 0;
  sends = 0;
  unavailable = 0;
  readonly wrong: string[] = [];
  /** How often each session is to be told of, by event. */
  readonly events: { readonly event: string; readonly sessionId: string }[] = [];
}

/** Sends a request until it is answered with something else than 503, and loses the reply of Redis to one of its scripts. */
async function withLoss(
  { random, tally, scripts, after = 0 }: Campaign,
  send: () => Promise<Answer>,
): Promise<Answer> {
  await waitUntil('Redis is reached', async () => (await service.admin.get('/health/ready')).status === 200);
  proxy.lost.length = 0;
  proxy.lose({
    isTarget: (words) => scripts.some(({ sha, source }) => words[1] === sha || words[1] === source),
    after,
    outage: random.chance(OUTAGE),
  });
  for (let sends = 1; ; sends++) {
    tally.sends++;
    const answer = await send();
    proxy.accept();
    if (answer.status !== 503 || sends === MOST_SENDS) {
      if (proxy.lost.length === 0) tally.wrong.push('no reply was lost');
      tally.lost += proxy.lost.length;
      return answer;
    }
    tally.unavailable++;
  }
}

interface Campaign {
  readonly random: Random;
  readonly tally: Tally;
  /** A reply to one of these is lost. */
  readonly scripts: readonly { readonly sha: string; readonly source: string }[];
  /** Which of them. */
  readonly after?: number;
}

async function begin(): Promise<Begun> {
  const userId = newUser();
  const { status, body } = await waitUntil('a session', async () => {
    const answer = await service.admin.post(SESSIONS, { userId, data: { writes: {} } });
    return answer.status === 503 ? undefined : answer;
  });
  expect(status).toBe(201);
  return begunBy(userId, body as TokenBody);
}

interface TokenBody {
  readonly token: string;
  readonly session: { readonly sessionId: string; readonly version: number };
}

function begunBy(userId: string, { token, session }: TokenBody): Begun {
  return { userId, client: new SessionClient(service.admin, token), sessionId: session.sessionId };
}

const fault = (what: string, { status, body }: Answer) => `${what}: ${status} ${JSON.stringify(body)}`;

/** What each operation has to leave, however often its request was sent. */
const operations = {
  create: async (random: Random, tally: Tally): Promise<void> => {
    const [userId, key] = [newUser(), { 'idempotency-key': newUser() }];
    const body = { userId, data: { a: 1 } };
    const answer = await withLoss({ random, tally, scripts: [createScript] }, () =>
      service.admin.post(SESSIONS, body, key),
    );
    if (answer.status !== 201) return void tally.wrong.push(fault('create', answer));
    const again = await service.admin.post(SESSIONS, body, key);
    if (again.body.token !== answer.body.token) tally.wrong.push(`${userId} was given two tokens`);
    const list = await service.admin.get(sessionsOf(userId));
    if (list.body.items.length !== 1) tally.wrong.push(`${userId} has ${list.body.items.length} sessions`);
    const { client, sessionId } = begunBy(userId, answer.body as TokenBody);
    const read = await client.read();
    if (read.status !== 200) tally.wrong.push(fault('its token', read));
    tally.events.push({ event: 'created', sessionId });
  },

  rotate: async (random: Random, tally: Tally): Promise<void> => {
    const { userId, client, sessionId } = await begin();
    // The first one looks, the second rotates.
    const after = random.chance(0.8) ? 1 : 0;
    const key = { 'idempotency-key': newUser() };
    const answer = await withLoss({ random, tally, scripts: [rotateScript], after }, () =>
      client.rotate(key),
    );
    if (answer.status !== 200) return void tally.wrong.push(fault('rotate', answer));
    const next = begunBy(userId, answer.body as TokenBody).client;
    const read = await next.read();
    if (read.status !== 200 || read.body.version !== 2) tally.wrong.push(fault('its new token', read));
    if ((await client.rotate(key)).body.token !== next.token)
      tally.wrong.push(`${userId} was given two tokens`);
    tally.events.push({ event: 'rotated', sessionId });
  },

  patch: async (random: Random, tally: Tally): Promise<void> => {
    const { client } = await begin();
    let [least, most] = [1, 1];
    for (let at = 0; at < 3; at++) {
      const unavailable = tally.unavailable;
      const patch = { writes: { [`write${at}`]: at } };
      const answer = await withLoss({ random, tally, scripts: [writeScript] }, () => client.patch(patch));
      if (answer.status !== 200) return void tally.wrong.push(fault('patch', answer));
      // Each that was not answered may have been done as well, and says so.
      least += 1;
      most += 1 + tally.unavailable - unavailable;
      const { body } = await client.read();
      if (body.version < least || body.version > most)
        tally.wrong.push(`version ${body.version} after ${least - 1} patches answered of ${most - 1}`);
      if (answer.body.version !== body.version) tally.wrong.push(`answered as ${answer.body.version}`);
      if (Object.keys(body.data.writes as object).length !== at + 1) tally.wrong.push(fault('data', answer));
      least = most = Number(body.version);
    }
  },

  end: async (random: Random, tally: Tally): Promise<void> => {
    const { userId, client, sessionId } = await begin();
    const answer = await withLoss({ random, tally, scripts: [endScript, endAllScript] }, () =>
      random.chance(0.5) ? client.end() : service.admin.delete(sessionsOf(userId)),
    );
    // Sent again, it finds that it has done its work.
    if (answer.status !== 204 && answer.status !== 401) tally.wrong.push(fault('end', answer));
    const read = await client.read();
    if (read.status !== 401) tally.wrong.push(fault('read after the end', read));
    const key = `fulcrum:default:{sessions:${sessionId.slice(0, 2)}}:live`;
    if ((await redis.hexists(key, sessionId.slice(2))) === 1) tally.wrong.push(`${userId} is live`);
    tally.events.push({ event: 'revoked', sessionId });
  },
};

async function campaign(
  names: readonly [keyof typeof operations, ...(keyof typeof operations)[]],
  rounds: number,
): Promise<Tally> {
  const random = new Random(SEED);
  const tally = new Tally();
  for (let round = 0; round < rounds; round++)
    await operations[names[round % names.length] ?? names[0]](random, tally);
  const sweeper = service.application.nest.get(SessionSweeper);
  const events = await waitUntil('all is told', async () => {
    // Of what was done and not answered nobody thinks before.
    await sweeper.sweep();
    const all = await toldOfSessions(service.admin);
    const isAll = tally.events.every(({ event, sessionId }) => countsOf(all, event).has(sessionId));
    return isAll ? all : undefined;
  });
  for (const { event, sessionId } of tally.events) {
    const count = countsOf(events, event).get(sessionId);
    if (count !== 1) tally.wrong.push(`${event} is told ${count} times of ${sessionId}`);
  }
  return tally;
}

const told = ({ lost, sends, unavailable, wrong, events }: Tally) =>
  `${wrong.length} wrong in ${lost} lost replies (${sends} sends, ${unavailable} answers with 503, ` +
  `${events.length} events looked for, seed ${SEED})`;

describe('a reply to a script of sessions that is lost', () => {
  it(
    `doubles no session, no rotation and no patch, and hides none (seed ${SEED})`,
    async () => {
      const tally = await campaign(['create', 'rotate', 'patch', 'end'], ROUNDS);
      console.log(told(tally));
      expect(tally.wrong).toEqual([]);
      expect(tally.lost).toBeGreaterThanOrEqual(ROUNDS);
      expect(tally.unavailable).toBeGreaterThan(0);
    },
    patience(ROUNDS, 2000),
  );

  it('is found to double sessions where a keyed request leaves no record', async () => {
    repairs.push(breakScript(createScript, 'remember(KEYS[7], ARGV[12], ARGV[13], ARGV[14])', ''));
    const tally = await campaign(['create'], 6);
    console.log(`without a record: ${told(tally)}: ${tally.wrong.slice(0, 2).join('; ')}`);
    expect(tally.wrong).toContainEqual(expect.stringMatching(/has [23] sessions/));
  });

  it('is found to lose tokens where a keyed rotation leaves no record', async () => {
    repairs.push(breakScript(rotateScript, 'remember(KEYS[6], ARGV[12], ARGV[13], ARGV[14])', ''));
    const tally = await campaign(['rotate'], 6);
    console.log(`without a record: ${told(tally)}: ${tally.wrong.slice(0, 2).join('; ')}`);
    expect(tally.wrong).toContainEqual(expect.stringMatching(/^rotate: 409 /));
  });

  it('is found to double patches that begin anew where their outcome is unknown', async () => {
    const { nest } = service.application;
    const [runner, records] = [nest.get(ScriptRunner), nest.get(SessionRecords)];
    const [run, change] = [runner.run.bind(runner), records.change.bind(records)];
    runner.run = (script, call) =>
      run(script, script.file === writeScript.file ? { ...call, resend: false } : call);
    records.change = (...given) => change(...given).catch(() => change(...given));
    repairs.push(
      () => Object.assign(runner, { run }),
      () => Object.assign(records, { change }),
    );
    const tally = await campaign(['patch'], 4);
    console.log(`begun anew: ${told(tally)}: ${tally.wrong.slice(0, 2).join('; ')}`);
    expect(tally.wrong).toContainEqual(expect.stringMatching(/^version 3 after 1 patches answered of 1/));
  });
});
