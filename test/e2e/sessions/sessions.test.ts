import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../support/api-client.js';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newUser, SessionClient, SESSIONS, sessionsOf, withToken, CURRENT } from './sessions.js';
import { undisturbed } from './undisturbed.js';

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService({ ...topology.settings, SESSION_ROTATION_GRACE_MS: '1000' });
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

async function begin(body: object = {}) {
  const answer = await service.admin.post(SESSIONS, { userId: newUser(), ...body });
  expect(answer.status).toBe(201);
  const { token, session } = answer.body as { token: string; session: Record<string, string> };
  return { token, session, client: new SessionClient(service.admin, token), answer };
}

const devicesIn = ({ body }: Answer) => (body.items as { device: string }[]).map(({ device }) => device);

describe('a session', () => {
  it('is given a token, which gives it', async () => {
    const data = { cart: [1, 2], name: 'Zoë' };
    const device = { name: 'Pixel 9', agent: 'Firefox/140' };
    const { token, session, client, answer } = await begin({ userId: '@nestjs/core', data, device });
    expect(token).toMatch(/^fs_[0-9a-f]{2}[\w-]{32}_[\w-]{43}$/);
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(session).toMatchObject({ userId: '@nestjs/core', data, device, version: 1 });
    const read = await client.read();
    expect(read.status).toBe(200);
    expect(read.headers.get('etag')).toBe('"1"');
    expect(read.body).toEqual({
      ...session,
      lastSeenAt: read.body.lastSeenAt,
      idleExpiresAt: read.body.idleExpiresAt,
    });
    expect(Date.parse(read.body.idleExpiresAt) - Date.parse(read.body.lastSeenAt)).toBe(1_800_000);
    expect(Date.parse(read.body.absoluteExpiresAt) - Date.parse(read.body.createdAt)).toBe(86_400_000);
    expect(JSON.stringify(read.body)).not.toContain(token.slice(-43));
  });

  it('slides its idle expiry with each use, up to its end', async () => {
    await undisturbed(async (lasting) => {
      const use = lasting(1000, 2500);
      const { client } = await use(() => begin({ idleTtlMs: 1000, absoluteTtlMs: 2500 }));
      for (let uses = 0; uses < 4; uses++) {
        await pause(500);
        expect((await use(() => client.read())).status).toBe(200);
      }
      await pause(600);
      expectProblem(await client.read(), 401, 'sessions.invalid-token');
    });
    const { client: idle } = await begin({ idleTtlMs: 1000 });
    await pause(1100);
    expectProblem(await idle.read(), 401, 'sessions.invalid-token');
    expectProblem(await idle.patch({ a: 1 }), 401, 'sessions.invalid-token');
    expectProblem(await idle.rotate(), 401, 'sessions.invalid-token');
    expectProblem(await idle.end(), 401, 'sessions.invalid-token');
  });

  it('is changed by merge patches, in either form of the body', async () => {
    const { client } = await begin({ data: { a: 'b', c: { d: 'e', f: 'g' } } });
    const patched = await client.patch({ data: { a: 'z', c: { f: null } } });
    expect(patched.status).toBe(200);
    expect(patched.headers.get('etag')).toBe('"2"');
    expect(patched.body.data).toEqual({ a: 'z', c: { d: 'e' } });
    const type = { 'content-type': 'application/merge-patch+json' };
    expect((await client.patch({ a: null, list: [1, { x: null }] }, type)).body.data).toEqual({
      c: { d: 'e' },
      list: [1, { x: null }],
    });
    expect((await client.patch({ data: { data: { x: 1 } } })).body.data.data).toEqual({ x: 1 });
    expect((await client.patch({ data: null })).body.data).toEqual({});
    expect((await client.read()).body).toMatchObject({ data: {}, version: 5 });
  });

  it('is patched only as the version that If-Match names', async () => {
    const { client } = await begin();
    const patched = await client.patch({ a: 1 }, { 'if-match': '"1"' });
    expect(patched.status).toBe(200);
    const stale = await client.patch({ a: 2 }, { 'if-match': '"1"' });
    expectProblem(stale, 412, 'sessions.version-conflict');
    expect(stale.body).toMatchObject({ version: 2 });
    expectProblem(await client.patch({ a: 2 }, { 'if-match': 'W/"2"' }), 412, 'sessions.version-conflict');
    expectProblem(await client.patch({ a: 2 }, { 'if-match': '2' }), 422, 'request.invalid');
    expect((await client.patch({ a: 3 }, { 'if-match': '"1", ,"2",' })).status).toBe(200);
    expect((await client.patch({ b: 1 }, { 'if-match': '*' })).body.data).toEqual({ a: 3, b: 1 });
  });

  it('loses none of 64 patches at the same time, and lets one of 64 with If-Match win', async () => {
    const { client } = await begin();
    const names = Array.from({ length: 64 }, (_, at) => `field${at}`);
    const answers = await Promise.all(names.map((name) => client.patch({ [name]: name })));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    const { body } = await client.read();
    expect(Object.keys(body.data).sort()).toEqual([...names].sort());
    expect(body.version).toBe(65);
    const same = await Promise.all(
      names.map((name) => client.patch({ winner: name }, { 'if-match': '"65"' })),
    );
    expect(same.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(same.filter(({ status }) => status === 412)).toHaveLength(63);
  });

  it('gets a new token, and keeps the old one for a moment', async () => {
    const { client, token, session } = await begin({ data: { a: 1 } });
    const rotated = await client.rotate();
    expect(rotated.status).toBe(200);
    expect(rotated.body.token).not.toBe(token);
    expect(rotated.body.session).toMatchObject({ sessionId: session.sessionId, data: { a: 1 }, version: 2 });
    const next = new SessionClient(service.admin, rotated.body.token);
    expect((await next.read()).status).toBe(200);
    expect((await client.read()).status).toBe(200);
    expect((await client.patch({ b: 2 })).status).toBe(200);
    expectProblem(await client.rotate(), 409, 'sessions.already-rotated');
    expect((await next.read()).body.data).toEqual({ a: 1, b: 2 });
    await pause(1000);
    expectProblem(await client.read(), 401, 'sessions.invalid-token');
    expectProblem(await client.patch({ c: 1 }), 401, 'sessions.invalid-token');
    expect((await next.read()).status).toBe(200);
  });

  it('ends by its token or by its id, once and for good', async () => {
    const { client } = await begin();
    expect((await client.end()).status).toBe(204);
    expectProblem(await client.read(), 401, 'sessions.invalid-token');
    expectProblem(await client.end(), 401, 'sessions.invalid-token');
    const { client: other, session } = await begin();
    const path = `${SESSIONS}/${session.sessionId}`;
    expect((await service.admin.delete(path)).status).toBe(204);
    expectProblem(await other.read(), 401, 'sessions.invalid-token');
    expectProblem(await service.admin.delete(path), 404, 'sessions.not-found');
  });

  it('is not given to whoever has no token, another one, or that of another tenant', async () => {
    expectProblem(await service.admin.get(CURRENT), 401, 'sessions.no-token');
    const { token } = await begin();
    for (const wrong of ['x', `${token}x`, token.slice(0, -1), `${token.slice(0, -1)}!`, token.toUpperCase()])
      expectProblem(await service.admin.get(CURRENT, withToken(wrong)), 401, 'sessions.invalid-token');
    const key = await service.admin.post('/v1/api-keys', {
      name: 'other',
      roles: ['admin'],
      tenant: 'other',
    });
    const other = service.as(key.body.secret);
    expectProblem(await other.get(CURRENT, withToken(token)), 401, 'sessions.invalid-token');
  });
});

describe('the sessions of a user', () => {
  it('are listed without their data, the newest first, in pages', async () => {
    const userId = newUser();
    const begun = [];
    for (let at = 0; at < 5; at++) begun.push(await begin({ userId, device: `device ${at}`, data: { at } }));
    const page = await service.admin.get(`${sessionsOf(userId)}?limit=3`);
    expect(page.status).toBe(200);
    expect(devicesIn(page)).toEqual(['device 4', 'device 3', 'device 2']);
    expect(Object.keys(page.body.items[0])).not.toContain('data');
    const rest = await service.admin.get(`${sessionsOf(userId)}?limit=3&cursor=${page.body.next}`);
    expect(devicesIn(rest)).toEqual(['device 1', 'device 0']);
    expect(rest.body.next).toBeNull();
    expectProblem(
      await service.admin.get(`${sessionsOf(newUser())}?cursor=${page.body.next}`),
      422,
      'pagination.invalid-cursor',
    );
  });

  it('end all at once, but for one', async () => {
    const userId = newUser();
    const begun = [await begin({ userId }), await begin({ userId }), await begin({ userId })];
    const kept = begun[1]?.session.sessionId ?? '';
    const { client: stranger } = await begin();
    expect((await service.admin.delete(`${sessionsOf(userId)}?except=${kept}`)).status).toBe(204);
    const statuses = await Promise.all(begun.map(async ({ client }) => (await client.read()).status));
    expect(statuses).toEqual([401, 200, 401]);
    expect((await service.admin.delete(sessionsOf(userId))).status).toBe(204);
    expect((await begun[1]?.client.read())?.status).toBe(401);
    expect((await stranger.read()).status).toBe(200);
    expect((await service.admin.get(sessionsOf(userId))).body).toEqual({ items: [], next: null });
  });
});

describe('what becomes of sessions', () => {
  it('is told to the audit stream, once', async () => {
    const userId = newUser();
    const { client, session } = await begin({ userId });
    const { body } = await client.rotate();
    await new SessionClient(service.admin, body.token).end();
    const events = await waitUntil('three events', async () => {
      const { body: page } = await service.admin.get(
        '/v1/streams/audit.sessions/entries?order=desc&limit=1000',
      );
      const mine = ((page.items ?? []) as { data: Record<string, string> }[])
        .map(({ data }) => data)
        .filter(({ sessionId }) => sessionId === session.sessionId);
      return mine.length >= 3 ? mine.reverse() : undefined;
    });
    expect(events.map(({ event }) => event)).toEqual(['created', 'rotated', 'revoked']);
    for (const event of events) expect(event).toMatchObject({ userId, actor: 'admin' });
  });
});

describe('a keyed request', () => {
  it('begins one session, and rotates once, and is answered the same again', async () => {
    const key = { 'idempotency-key': newUser() };
    const body = { userId: newUser(), data: { a: 1 } };
    const first = await service.admin.post(SESSIONS, body, key);
    const again = await service.admin.post(SESSIONS, body, key);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expectProblem(
      await service.admin.post(SESSIONS, { ...body, data: {} }, key),
      422,
      'idempotency.key-reused',
    );
    expect((await service.admin.get(sessionsOf(body.userId))).body.items).toHaveLength(1);
    const client = new SessionClient(service.admin, first.body.token);
    const rotation = { 'idempotency-key': newUser() };
    const rotated = await client.rotate(rotation);
    await pause(1100);
    expect((await client.rotate(rotation)).body).toEqual(rotated.body);
    expectProblem(await client.rotate(), 401, 'sessions.invalid-token');
  });
});
