import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../support/api-client.js';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { newUser, SESSIONS, sessionsOf } from './sessions.js';

const MOST = 3;
const MANY = 20;

let topology: Topology;
let evicting: TestService;
let refusing: TestService;

beforeAll(async () => {
  topology = await startTopology();
  const settings = { ...topology.settings, SESSION_MAX_PER_USER: String(MOST) };
  evicting = await startService({ ...settings, SESSION_ON_MAX: 'evict' });
  refusing = await startService({ ...settings, SESSION_ON_MAX: 'refuse' });
});

afterAll(async () => {
  await evicting?.stop();
  await refusing?.stop();
  await topology?.stop();
});

const begin = (service: TestService, userId: string, device: string, idleTtlMs = 60_000): Promise<Answer> =>
  service.admin.post(SESSIONS, { userId, device, idleTtlMs });

async function devicesOf(userId: string): Promise<string[]> {
  const { body } = await evicting.admin.get(sessionsOf(userId));
  return (body.items as { device: string }[]).map(({ device }) => device);
}

describe('a user who has as many sessions as allowed', () => {
  it('loses the oldest for the next', async () => {
    const userId = newUser();
    for (let at = 0; at < 6; at++) expect((await begin(evicting, userId, `device ${at}`)).status).toBe(201);
    expect(await devicesOf(userId)).toEqual(['device 5', 'device 4', 'device 3']);
    const stranger = newUser();
    await begin(evicting, stranger, 'its own');
    expect(await devicesOf(userId)).toHaveLength(MOST);
  });

  it('is refused the next, until one of them has ended', async () => {
    const userId = newUser();
    const begun = [];
    for (let at = 0; at < MOST; at++) begun.push(await begin(refusing, userId, `device ${at}`));
    expectProblem(await begin(refusing, userId, 'one more'), 409, 'sessions.too-many');
    const { sessionId } = begun[1]?.body.session as { sessionId: string };
    expect((await refusing.admin.delete(`${SESSIONS}/${sessionId}`)).status).toBe(204);
    expect((await begin(refusing, userId, 'one more')).status).toBe(201);
    expect(await devicesOf(userId)).toEqual(['one more', 'device 2', 'device 0']);
  });

  it('is not held up by those that are over, which nobody has swept', async () => {
    const userId = newUser();
    for (const device of ['short', 'shorter']) await begin(refusing, userId, device, 1000);
    await begin(refusing, userId, 'long');
    expectProblem(await begin(refusing, userId, 'too many'), 409, 'sessions.too-many');
    await pause(1100);
    for (const device of ['second', 'third'])
      expect((await begin(refusing, userId, device)).status).toBe(201);
    expectProblem(await begin(refusing, userId, 'fourth'), 409, 'sessions.too-many');
    // Neither does the oldest have to go for one that is over.
    expect(await devicesOf(userId)).toEqual(['third', 'second', 'long']);
  });

  it('has never more, however many begin at the same time', async () => {
    const [evicted, refused] = [newUser(), newUser()];
    const all = Array.from({ length: MANY }, (_each, at) => `device ${at}`);
    const answers = await Promise.all(all.map((device) => begin(refusing, refused, device)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(MOST);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(MANY - MOST);
    expect(await devicesOf(refused)).toHaveLength(MOST);
    const others = await Promise.all(all.map((device) => begin(evicting, evicted, device)));
    expect(others.map(({ status }) => status)).toEqual(all.map(() => 201));
    expect(await devicesOf(evicted)).toHaveLength(MOST);
  });
});
