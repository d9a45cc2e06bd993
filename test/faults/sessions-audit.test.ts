import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Caller } from '../../src/access/caller.js';
import { AuditTrail } from '../../src/effects/audit-trail.js';
import { LateEffectError } from '../../src/effects/effect-handlers.js';
import { SessionRecords } from '../../src/features/sessions/sessions.records.js';
import { createScript } from '../../src/features/sessions/sessions.scripts.js';
import { SessionsService } from '../../src/features/sessions/sessions.sessions.service.js';
import { SessionSweeper } from '../../src/features/sessions/sessions.sweeper.js';
import { newUser, SessionClient, SESSIONS, sessionsOf } from '../e2e/sessions/sessions.js';
import { Random, seedOfRun } from '../support/random.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { breakScript, countsOf, inParts, toldOfSessions } from './sessions-world.js';
import { patience, sized } from './sizes.js';

const KILLS = sized(3, 20);
const CLIENTS = 16;
const LONGEST_MS = 1500;
const SEED = seedOfRun();

let server: TestRedis;
let redis: Redis;
/** The one that remains; it tells nothing by itself between sweeps. */
let service: TestService;
const cleanups: (() => unknown)[] = [];
const repairs: (() => void)[] = [];

beforeAll(async () => {
  server = await startRedis();
  cleanups.push(() => server.stop());
  redis = new Redis(server.url);
  cleanups.push(() => redis.disconnect());
  service = await startService({ REDIS_URL: server.serviceUrl });
  cleanups.push(() => service.stop());
});

afterEach(() => {
  for (const repair of repairs.splice(0).reverse()) repair();
});

afterAll(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Sessions of which somebody knows that they began, or ended. */
class Known {
  readonly begun = new Set<string>();
  readonly ended = new Set<string>();
  /** Asked to end by a request that was never answered. */
  readonly perhapsEnded = new Set<string>();
}

const settings = () => ({
  REDIS_URL: server.serviceUrl,
  RATE_LIMIT_ADDRESS: 'off',
  RATE_LIMIT_CREDENTIAL: 'off',
  RATE_LIMIT_TENANT: 'off',
});

/** Begins sessions, and ends some of them, until the service is gone. */
async function beginAndEnd({ admin }: ServiceProcess, random: Random, known: Known): Promise<void> {
  try {
    for (;;) {
      const userId = newUser();
      const { status, body } = await admin.post(SESSIONS, { userId });
      if (status !== 201) throw new Error(`not begun: ${JSON.stringify(body)}`);
      const { sessionId } = body.session as { sessionId: string };
      known.begun.add(sessionId);
      if (random.chance(0.6)) continue;
      known.perhapsEnded.add(sessionId);
      const ended = random.chance(0.5)
        ? await new SessionClient(admin, String(body.token)).end()
        : await admin.delete(sessionsOf(userId));
      if (ended.status !== 204) throw new Error(`not ended: ${JSON.stringify(ended.body)}`);
      known.ended.add(sessionId);
    }
  } catch (error) {
    // The connection is lost with the process.
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Ids of sessions in `part`, of all buckets. */
async function idsIn(part: 'live' | 'ended'): Promise<string[]> {
  const keys = await redis.keys(`fulcrum:default:{sessions:*}:${part}`);
  const members = await inParts(keys, 50, async (key) => {
    const found = part === 'live' ? await redis.hkeys(key) : await redis.zrange(key, 0, -1);
    const bucket = /\{sessions:([0-9a-f]{2})\}/.exec(key)?.[1] ?? '';
    return found.map((member) => bucket + member);
  });
  return members.flat();
}

/** What the stream does not tell exactly once of what is, or was, in Redis; a line for each. */
async function untrue(known: Known): Promise<string[]> {
  const events = await toldOfSessions(service.admin);
  const wrong: string[] = [];
  const [live, ended] = [await idsIn('live'), await idsIn('ended')];
  const expected = { created: new Set([...known.begun, ...live, ...ended]), revoked: new Set(ended) };
  for (const id of known.ended) if (!expected.revoked.has(id)) wrong.push(`${id} is not remembered as ended`);
  for (const [event, ids] of Object.entries(expected)) {
    const counts = countsOf(events, event);
    for (const id of ids)
      if (counts.get(id) !== 1) wrong.push(`${event} of ${id} is told ${counts.get(id) ?? 0} times`);
    for (const id of counts.keys()) if (!ids.has(id)) wrong.push(`${event} of ${id}, which was not, is told`);
  }
  return wrong;
}

const sweep = () => service.application.nest.get(SessionSweeper).sweep();

/** Events that nobody has told yet. */
async function untold(tenant = 'default'): Promise<number> {
  const keys = [
    ...(await redis.keys(`fulcrum:${tenant}:{sessions:*}:audit`)),
    ...(await redis.keys(`fulcrum:${tenant}:{sessions:*}:taken`)),
  ];
  return (await inParts(keys, 50, (key) => redis.llen(key))).reduce((sum, count) => sum + count, 0);
}

describe('what becomes of sessions while services are killed', () => {
  it(
    `is told exactly once (seed ${SEED})`,
    async () => {
      const random = new Random(SEED);
      const known = new Known();
      let left = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const process = await startServiceProcess(settings());
        cleanups.push(() => process.stop('SIGKILL'));
        const clients = Array.from({ length: CLIENTS }, () => beginAndEnd(process, random, known));
        await pause(100 + random.below(LONGEST_MS));
        await process.stop('SIGKILL');
        await Promise.all(clients);
        left += await untold();
        // Others tell of some of it meanwhile, and of nothing twice.
        if (random.chance(0.5)) await Promise.all([sweep(), sweep()]);
      }
      await sweep();
      const wrong = await untrue(known);
      console.log(
        `${wrong.length} wrong of ${known.begun.size} sessions that began and ${known.ended.size} that ended, ` +
          `${left} events left by ${KILLS} kills (seed ${SEED})`,
      );
      expect(wrong).toEqual([]);
      expect(await untold()).toBe(0);
      expect(left).toBeGreaterThan(0);
    },
    patience(KILLS, 15_000),
  );
});

/** Begins `count` sessions, of which the telling fails after the stream has taken them, and sweeps twice. */
async function tellAgain(count: number): Promise<string[]> {
  const known = new Known();
  const trail = service.application.nest.get(AuditTrail);
  const append = trail.append.bind(trail);
  const given = trail.append;
  let isCut = true;
  trail.append = async (events) => {
    await given.call(trail, events);
    // As if the process had ended here: what it had taken is not settled.
    if (isCut) throw new Error('cut off');
  };
  await inParts(Array.from({ length: count }), 8, async () => {
    const { body } = await service.admin.post(SESSIONS, { userId: newUser() });
    known.begun.add(String(body.session.sessionId));
  });
  await pause(300);
  isCut = false;
  await sweep();
  await sweep();
  Object.assign(trail, { append });
  return untrue(known);
}

describe('telling it again', () => {
  it('appends it once, where it was taken and told and not settled', async () => {
    expect(await tellAgain(20)).toEqual([]);
  });

  it('is remembered for ten minutes once nobody will tell it again', async () => {
    const remembered = () => redis.keys('fulcrum:default:{streams:audit.sessions}:operation:*');
    // One that was killed before it let go what it had told leaves it for a day.
    const before = new Set(await remembered());
    expect(await tellAgain(20)).toEqual([]);
    const records = (await remembered()).filter((record) => !before.has(record));
    expect(records.length).toBeGreaterThan(0);
    const ttls = await inParts(records, 50, (key) => redis.pttl(key));
    expect(Math.min(...ttls)).toBeGreaterThan(0);
    expect(Math.max(...ttls)).toBeLessThanOrEqual(600_000);
  });

  it('by whoever took it too long ago appends nothing, also when it is no longer remembered', async () => {
    const trail = service.application.nest.get(AuditTrail);
    const late = {
      tenant: 'late',
      stream: 'audit.sessions',
      id: 'late',
      events: ['{}'],
      notAfterMs: Date.now() - 1,
    };
    await expect(trail.append(late)).rejects.toThrow(LateEffectError);
  });

  it('is found to double events under another id each time', async () => {
    const trail = service.application.nest.get(AuditTrail);
    const { append } = trail;
    let number = 0;
    trail.append = (events) => append.call(trail, { ...events, id: `${events.id}.${++number}` });
    repairs.push(() => Object.assign(trail, { append }));
    const wrong = await tellAgain(20);
    console.log(`another id each time: ${wrong.length} wrong, ${wrong[0]}`);
    expect(wrong).toContainEqual(expect.stringMatching(/^created of \S+ is told [2-9] times/));
  });
});

/** How many of `count` sessions nobody tells of whose services end as soon as Redis has them. */
async function forgotten(tenant: string, count: number): Promise<number> {
  const { nest } = service.application;
  const [records, sessions] = [nest.get(SessionRecords), nest.get(SessionsService)];
  const { created } = records;
  records.created = async () => undefined;
  repairs.push(() => Object.assign(records, { created }));
  // Few of them share a bucket.
  const users = Array.from({ length: count }, () => newUser());
  for (const userId of users) await sessions.create(Caller.inProcess(tenant), { userId });
  await sweep();
  return await untold(tenant);
}

describe('a bucket that is new', () => {
  it('is swept, though whoever began its first session listed it no more', async () => {
    expect(await forgotten('listed', 20)).toBe(0);
  });

  it('is found not to be where sessions begin before it is listed', async () => {
    const line = "if ARGV[15] ~= '1' and indexed == 0 then return { 'unlisted' } end";
    repairs.push(breakScript(createScript, line, ''));
    const count = await forgotten('unlisted', 20);
    console.log(`not listed before: ${count} of 20 are not told of`);
    expect(count).toBe(20);
  });
});
