import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../support/api-client.js';
import { dumpText } from '../../support/redis-dump.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { newKey } from './credentials.js';

let topology: Topology;
let service: TestService;
let admin: ApiClient;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService({
    ...topology.settings,
    ROLES: JSON.stringify({ 'key-maker': ['access:admin', 'leaderboards:read'] }),
  });
  ({ admin } = service);
});

afterAll(async () => {
  await service.stop();
  await topology.stop();
});

describe('creation', () => {
  it('answers the secret once, and the key works with what it was given', async () => {
    const created = await admin.post('/v1/api-keys', {
      name: 'çağrı – reporting',
      roles: ['reader'],
      permissions: ['leaderboards:write:game.*'],
      expiresAt: '2099-12-31T23:59:59.000Z',
    });
    expect(created.status).toBe(201);
    const { id, secret, ...rest } = created.body as Record<string, unknown>;
    expect(secret).toMatch(/^fk_[A-Za-z0-9-]+_[0-9a-f]{64}$/);
    expect(String(secret).startsWith(`fk_${String(id)}_`)).toBe(true);
    expect(rest).toEqual({
      name: 'çağrı – reporting',
      tenant: 'default',
      roles: ['reader'],
      permissions: ['leaderboards:write:game.*'],
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      expiresAt: '2099-12-31T23:59:59.000Z',
    });
    const me = await service.as(String(secret)).get('/v1/me');
    expect(me.body).toEqual({
      kind: 'api-key',
      id,
      tenant: 'default',
      roles: ['reader'],
      permissions: ['*:read', 'leaderboards:write:game.*'],
    });
    const read = await admin.get(`/v1/api-keys/${String(id)}`);
    expect(read.status).toBe(200);
    expect(read.body).toEqual({ id, ...rest });
  });

  it('never lists a secret and stores none: neither it nor a part of it is anywhere in Redis', async () => {
    const key = await newKey(admin, { roles: ['reader'] });
    const replaced = await admin.post(`/v1/api-keys/${key.id}/rotate`, { graceMs: 60_000 });
    const secrets = [key.secret, replaced.body.secret as string];
    const listed = await admin.get('/v1/api-keys?limit=1000');
    const dump = await dumpText(topology);
    expect(dump).toContain(key.id);
    for (const secret of secrets) {
      const random = secret.split('_')[2] ?? '';
      expect(dump).toContain(createHash('sha256').update(random).digest('hex'));
      for (const part of [random, Buffer.from(random, 'hex').toString('latin1'), random.slice(0, 32)]) {
        expect(JSON.stringify(listed.body)).not.toContain(part);
        expect(dump).not.toContain(part);
      }
    }
  });

  it('replays the same secret for the same Idempotency-Key, without having stored it', async () => {
    const headers = { 'idempotency-key': 'make-one-key' };
    const body = { name: 'once', roles: ['reader'] };
    const answers = await Promise.all([1, 2, 3].map(() => admin.post('/v1/api-keys', body, headers)));
    const again = await admin.post('/v1/api-keys', body, headers);
    const [first] = answers;
    for (const answer of [...answers, again]) {
      expect(answer.status).toBe(201);
      expect(answer.body).toEqual(first?.body);
    }
    const replays = answers.filter(({ headers: sent }) => sent.get('idempotency-replayed') === 'true');
    expect(replays).toHaveLength(2);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(first && (await service.as(first.body.secret as string).get('/v1/me')).status).toBe(200);
    const random = String(first?.body.secret).split('_')[2] ?? '';
    const dump = await dumpText(topology);
    expect(dump).toContain(first?.body.id);
    expect(dump).not.toContain(random);
    expect(dump).not.toContain(Buffer.from(String(first?.body.secret)).toString('base64').slice(4, 40));
    const listed = await admin.get('/v1/api-keys?limit=1000');
    const named = (listed.body as { items: { name: string }[] }).items.filter(({ name }) => name === 'once');
    expect(named).toHaveLength(1);
    const other = await admin.post('/v1/api-keys', { ...body, name: 'another' }, headers);
    expect(other.status).toBe(422);
    expect(other.body.code).toBe('idempotency.key-reused');
  });

  it('binds an Idempotency-Key to its credential: another one gets a key of its own', async () => {
    const headers = { 'idempotency-key': 'shared-by-two' };
    const second = service.as((await newKey(admin, { roles: ['admin'] })).secret);
    const body = { name: 'mine', roles: [] };
    const [one, two] = [
      await admin.post('/v1/api-keys', body, headers),
      await second.post('/v1/api-keys', body, headers),
    ];
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(two.headers.get('idempotency-replayed')).toBeNull();
    expect(two.body.id).not.toBe(one.body.id);
  });

  it.each([
    ['no name', { roles: [] }, '/name'],
    ['no roles', { name: 'x' }, '/roles'],
    ['an unknown role', { name: 'x', roles: ['reader', 'superuser'] }, '/roles/1'],
    ['a role that every object inherits', { name: 'x', roles: ['constructor'] }, '/roles/0'],
    ['a permission that is none', { name: 'x', roles: [], permissions: ['leaderboards'] }, '/permissions/0'],
    ['an action that is none', { name: 'x', roles: [], permissions: ['leaderboards:own'] }, '/permissions/0'],
    ['a permission with a space', { name: 'x', roles: [], permissions: ['a:read b:read'] }, '/permissions/0'],
    ['a tenant with braces', { name: 'x', roles: [], tenant: 'a}{b' }, '/tenant'],
    ['the system’s tenant', { name: 'x', roles: [], tenant: '_' }, '/tenant'],
    ['a date that is none', { name: 'x', roles: [], expiresAt: '2030-02-30T00:00:00.000Z' }, '/expiresAt'],
    ['a date without a zone', { name: 'x', roles: [], expiresAt: '2030-02-20T00:00:00' }, '/expiresAt'],
    ['an unknown field', { name: 'x', roles: [], admin: true }, '/admin'],
  ])('refuses %s', async (_what, body, pointer) => {
    const answer = await admin.post('/v1/api-keys', body);
    expect(answer.status).toBe(422);
    expect((answer.body as { errors: { pointer: string }[] }).errors[0]?.pointer).toBe(pointer);
  });
});

describe('expiry', () => {
  it('stops at expiresAt, and not before', async () => {
    const expiresAt = Date.now() + 2500;
    const key = await newKey(admin, { roles: ['reader'], expiresAt: new Date(expiresAt).toISOString() });
    let works = 0;
    const refused = await waitUntil('the key is refused', async () => {
      const answer = await service.as(key.secret).get('/v1/me');
      if (answer.status === 200) works++;
      return answer.status === 200 ? undefined : { answer, at: Date.now() };
    });
    expect(works).toBeGreaterThan(0);
    expect(refused.answer.status).toBe(401);
    expect(refused.answer.body.code).toBe('access.invalid-credential');
    expect(refused.at).toBeGreaterThanOrEqual(expiresAt);
  });
});

describe('rotation', () => {
  it('gives a new secret, and the old one works no more', async () => {
    const key = await newKey(admin, { roles: ['reader'] });
    const rotated = await admin.post(`/v1/api-keys/${key.id}/rotate`, {});
    expect(rotated.status).toBe(200);
    expect(rotated.body).toMatchObject({ id: key.id, roles: ['reader'] });
    expect(rotated.body.secret).not.toBe(key.secret);
    expect((await service.as(rotated.body.secret as string).get('/v1/me')).status).toBe(200);
    expect((await service.as(key.secret).get('/v1/me')).status).toBe(401);
  });

  it('lets the old secret work for graceMs', async () => {
    const key = await newKey(admin, { roles: ['reader'] });
    const from = Date.now();
    const rotated = await admin.post(`/v1/api-keys/${key.id}/rotate`, { graceMs: 2500 });
    const fresh = service.as(rotated.body.secret as string);
    let worked = 0;
    const end = await waitUntil('the old secret is refused', async () => {
      const { status } = await service.as(key.secret).get('/v1/me');
      if (status === 200) worked++;
      return status === 401 ? Date.now() : undefined;
    });
    expect(worked).toBeGreaterThan(0);
    expect(end - from).toBeGreaterThanOrEqual(2500);
    expect((await fresh.get('/v1/me')).status).toBe(200);
  });

  it('leaves earlier secrets the time that they were given, through further rotations', async () => {
    const key = await newKey(admin, { roles: ['reader'] });
    const secrets = [key.secret];
    for (const graceMs of [60_000, 60_000, 0]) {
      secrets.push((await admin.post(`/v1/api-keys/${key.id}/rotate`, { graceMs })).body.secret as string);
    }
    const answers = secrets.map(async (secret) => (await service.as(secret).get('/v1/me')).status);
    expect(await Promise.all(answers)).toEqual([200, 200, 401, 200]);
  });

  it('replays the same new secret for the same Idempotency-Key', async () => {
    const key = await newKey(admin, { roles: ['reader'] });
    const rotate = () =>
      admin.post(`/v1/api-keys/${key.id}/rotate`, { graceMs: 1000 }, { 'idempotency-key': `r-${key.id}` });
    const [first, second] = [await rotate(), await rotate()];
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect((await service.as(second.body.secret as string).get('/v1/me')).status).toBe(200);
    expect(await dumpText(topology)).not.toContain(String(first.body.secret).split('_')[2]);
  });
});

describe('list', () => {
  it('pages through all keys of a tenant in order of creation, each once', async () => {
    const tenant = 'paged';
    const made: string[] = [];
    for (let at = 0; at < 25; at++) made.push((await newKey(admin, { roles: [], tenant })).id);
    const seen: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 10; pages++) {
      const page = await admin.get(`/v1/api-keys?tenant=${tenant}&limit=10${cursor}`);
      expect(page.status).toBe(200);
      const { items, next } = page.body as { items: { id: string }[]; next: string | null };
      seen.push(...items.map(({ id }) => id));
      if (next === null) break;
      cursor = `&cursor=${next}`;
    }
    // Ids begin with the millisecond; within one the order is that of random bits.
    expect(seen).toHaveLength(25);
    expect([...seen].sort()).toEqual([...made].sort());
    expect(seen.map((id) => id.slice(0, 12))).toEqual([...seen.map((id) => id.slice(0, 12))].sort());
    const forged = await admin.get(`/v1/api-keys?tenant=${tenant}&cursor=AAAA`);
    expect(forged.body.code).toBe('pagination.invalid-cursor');
  });
});

describe('escalation', () => {
  it('lets nobody grant, or rotate into, more than they have', async () => {
    const maker = service.as((await newKey(admin, { roles: ['key-maker'] })).secret);
    const refused = [
      { name: 'x', roles: ['admin'] },
      { name: 'x', roles: ['reader'] },
      { name: 'x', roles: [], permissions: ['*:*'] },
      { name: 'x', roles: [], permissions: ['leaderboards:write'] },
      { name: 'x', roles: [], permissions: ['leaderboards:*'] },
      { name: 'x', roles: [], permissions: ['*:read:game.*'] },
    ];
    for (const body of refused) {
      const answer = await maker.post('/v1/api-keys', body);
      expect([answer.status, answer.body.code], JSON.stringify(body)).toEqual([403, 'access.forbidden']);
      expect(answer.body.permission).toEqual(expect.stringContaining(':'));
    }
    for (const granted of ['leaderboards:read', 'leaderboards:read:game.*', 'access:admin']) {
      const answer = await maker.post('/v1/api-keys', { name: 'x', roles: [], permissions: [granted] });
      expect(answer.status, granted).toBe(201);
    }
    const stronger = await newKey(admin, { roles: ['admin'] });
    const stolen = await maker.post(`/v1/api-keys/${stronger.id}/rotate`, {});
    expect([stolen.status, stolen.body.permission]).toEqual([403, '*:*']);
    expect((await service.as(stronger.secret).get('/v1/me')).status).toBe(200);
  });

  it('a limited grant covers no wider one', async () => {
    const permissions = ['access:admin', 'leaderboards:read:game.*'];
    const maker = service.as((await newKey(admin, { roles: [], permissions })).secret);
    for (const wider of ['leaderboards:read', 'leaderboards:read:*', 'leaderboards:read:g*']) {
      const answer = await maker.post('/v1/api-keys', { name: 'x', roles: [], permissions: [wider] });
      expect(answer.status, wider).toBe(403);
    }
    const same = await maker.post('/v1/api-keys', { name: 'x', roles: [], permissions: [permissions[1]] });
    expect(same.status).toBe(201);
  });

  it('a permission that is limited to names does not extend to key management as a whole', async () => {
    const permissions = ['access:admin:some-name'];
    const limited = service.as((await newKey(admin, { roles: [], permissions })).secret);
    const victim = await newKey(admin, { roles: ['reader'] });
    expect((await limited.delete(`/v1/api-keys/${victim.id}`)).status).toBe(403);
    expect((await limited.get('/v1/api-keys')).status).toBe(403);
    expect((await service.as(victim.secret).get('/v1/me')).status).toBe(200);
  });

  it('an admin of one tenant manages keys of that tenant alone; one of the tenant default, of all', async () => {
    const other = await newKey(admin, { tenant: 'two', roles: ['reader'] });
    const tenantAdmin = service.as((await newKey(admin, { tenant: 'one', roles: ['admin'] })).secret);
    const foreign = await tenantAdmin.post('/v1/api-keys', { name: 'x', roles: [], tenant: 'two' });
    expect([foreign.status, foreign.body.code]).toEqual([403, 'access.forbidden']);
    const toDefault = await tenantAdmin.post('/v1/api-keys', { name: 'x', roles: [], tenant: 'default' });
    expect(toDefault.status).toBe(403);
    expect((await tenantAdmin.get('/v1/api-keys?tenant=two')).status).toBe(403);
    for (const attempt of [
      tenantAdmin.get(`/v1/api-keys/${other.id}`),
      tenantAdmin.delete(`/v1/api-keys/${other.id}`),
      tenantAdmin.post(`/v1/api-keys/${other.id}/rotate`, {}),
    ]) {
      const { status, body } = await attempt;
      expect([status, body.code]).toEqual([404, 'access.key-not-found']);
    }
    const own = await newKey(tenantAdmin, { roles: ['admin'] });
    expect((await service.as(own.secret).get('/v1/me')).body.tenant).toBe('one');
    const listed = await tenantAdmin.get('/v1/api-keys');
    const tenants = (listed.body as { items: { tenant: string }[] }).items.map(({ tenant }) => tenant);
    expect(new Set(tenants)).toEqual(new Set(['one']));
    expect((await admin.get(`/v1/api-keys/${other.id}`)).body.tenant).toBe('two');
    expect((await admin.delete(`/v1/api-keys/${other.id}`)).status).toBe(204);
    expect((await admin.get(`/v1/api-keys/${other.id}`)).status).toBe(404);
    expect((await admin.delete(`/v1/api-keys/${other.id}`)).status).toBe(404);
  });
});
