import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SessionSweeper } from '../../../src/features/sessions/sessions.sweeper.js';
import { expectProblem } from '../../support/problem.js';
import { Random, seedOfRun } from '../../support/random.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newUser, SessionClient, SESSIONS, sessionsOf } from './sessions.js';

const SEED = seedOfRun();
const RANDOM_TTLS = 60;
const HOUR_MS = 3_600_000;
const WITHIN_MS = 1000;
/** How often a session is asked for that is to end by itself. */
const LOOK_MS = 50;

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService({ ...topology.settings, SESSION_ROTATION_GRACE_MS: '1000' });
});

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

async function begin(body: object = {}) {
  const { status, body: begun } = await service.admin.post(SESSIONS, { userId: newUser(), ...body });
  expect(status).toBe(201);
  const { token, session } = begun as { token: string; session: { sessionId: string } };
  return { token, session, client: new SessionClient(service.admin, token) };
}

/** What Redis holds of sessions, by the part of the key that says what it is. */
async function leftIn(): Promise<string[]> {
  const keys = await topology.keys();
  return keys.filter((key) => /\{sessions:[0-9a-f]{2}\}:/.test(key)).map((key) => key.replace(/^.*\}:/, ''));
}

describe('a session that nobody uses', () => {
  it(`is over when its time is, and not before (${RANDOM_TTLS} times at random, seed ${SEED})`, async () => {
    const random = new Random(SEED);
    const wrong: string[] = [];
    const watch = async (): Promise<void> => {
      const idleTtlMs = 1000 + random.below(3000);
      const absoluteTtlMs = 1000 + random.below(3000);
      const sent = performance.now();
      const { session } = await begin({ idleTtlMs, absoluteTtlMs, userId: 'watched' });
      const begun = performance.now();
      const lasts = Math.min(idleTtlMs, absoluteTtlMs);
      // The list is no use of it.
      for (;;) {
        const asked = performance.now();
        const listed = await service.admin.get(`${sessionsOf('watched')}?limit=100`);
        const isThere = (listed.body.items as { sessionId: string }[]).some(
          ({ sessionId }) => sessionId === session.sessionId,
        );
        const answered = performance.now();
        if (isThere && asked > begun + lasts + WITHIN_MS) wrong.push(`${session.sessionId} lasts too long`);
        if (!isThere && answered < sent + lasts - WITHIN_MS) wrong.push(`${session.sessionId} ends too soon`);
        if (!isThere || wrong.length > 0) return;
        await pause(LOOK_MS * 5);
      }
    };
    await Promise.all(Array.from({ length: RANDOM_TTLS }, watch));
    expect(wrong).toEqual([]);
  });

  it('ends at the same time though the clock of the service is an hour off', async () => {
    const { now } = Date;
    for (const offset of [HOUR_MS, -HOUR_MS]) {
      vi.spyOn(Date, 'now').mockImplementation(() => now.call(Date) + offset);
      const { client, session } = await begin({ idleTtlMs: HOUR_MS, absoluteTtlMs: 2500 });
      const begun = performance.now();
      const { createdAt, absoluteExpiresAt } = session as unknown as Record<string, string>;
      expect(Math.abs(Date.parse(createdAt ?? '') - now.call(Date))).toBeLessThan(WITHIN_MS);
      expect(Date.parse(absoluteExpiresAt ?? '') - Date.parse(createdAt ?? '')).toBe(2500);
      expect((await client.read()).status).toBe(200);
      const rotated = await client.rotate();
      expect(rotated.status).toBe(200);
      const next = new SessionClient(service.admin, rotated.body.token);
      let [lastServed, isOver] = [0, false];
      while (!isOver) {
        const asked = performance.now();
        isOver = (await next.read()).status === 401;
        if (!isOver) lastServed = asked;
        await pause(LOOK_MS);
      }
      expect(lastServed - begun).toBeLessThan(2500 + WITHIN_MS);
      expect(performance.now() - begun).toBeGreaterThan(2500 - WITHIN_MS);
      vi.restoreAllMocks();
    }
  });
});

describe('a token from before a login', () => {
  it('is worth nothing once its grace is over, also to whoever goes on using it', async () => {
    const { client: attacker } = await begin({ data: { cart: [] } });
    const login = await attacker.rotate();
    const victim = new SessionClient(service.admin, login.body.token);
    expect((await victim.patch({ user: 'Ada' })).status).toBe(200);
    const statuses: number[] = [];
    const endsAt = performance.now() + 2500;
    while (performance.now() < endsAt) {
      statuses.push((await attacker.read()).status);
      expect([401, 409]).toContain((await attacker.rotate()).status);
      await pause(LOOK_MS);
    }
    // Served for its grace, then never again.
    expect(statuses.lastIndexOf(200)).toBeLessThan(statuses.indexOf(401));
    expectProblem(await attacker.read(), 401, 'sessions.invalid-token');
    expectProblem(await attacker.patch({ a: 1 }), 401, 'sessions.invalid-token');
    expectProblem(await attacker.end(), 401, 'sessions.invalid-token');
    expect((await victim.read()).body.data).toEqual({ cart: [], user: 'Ada' });
    expect((await victim.end()).status).toBe(204);
  });
});

describe('what is left of sessions', () => {
  it('is nothing, once they are over and the hour is over for which ends are remembered', async () => {
    const redis = topology.connect();
    const all = Array.from({ length: 100 }, (_each, at) => at);
    const begun = await Promise.all(
      all.map((at) => begin({ idleTtlMs: at < 20 ? HOUR_MS : 1000, userId: `leaving-${at % 30}` })),
    );
    for (const { client } of begun.slice(0, 20)) expect((await client.end()).status).toBe(204);
    const sweeper = service.application.nest.get(SessionSweeper);
    await waitUntil('they are swept', async () => {
      await sweeper.sweep();
      const left = await leftIn();
      return left.every((part) => part === 'ended' || part === 'info');
    });
    expect(await leftIn()).toContain('ended');
    for (const key of (await topology.keys()).filter((each) => each.endsWith('}:ended')))
      for (const member of await redis.zrange(key, 0, -1)) await redis.zadd(key, Date.now() - 1, member);
    await sweeper.sweep();
    expect(await leftIn()).toEqual([]);
    const buckets = (await topology.keys()).filter((key) => key.endsWith(':buckets'));
    expect(buckets.filter((key) => key.includes('{sessions:'))).toEqual([]);
    redis.disconnect();
  });
});
