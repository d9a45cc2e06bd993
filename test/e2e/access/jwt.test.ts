import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

const SECRET = 'a-shared-secret-of-at-least-32-bytes!';
const ISSUER = 'https://issuer.example';
const AUDIENCE = 'fulcrum';
const ROLES = { moderator: ['leaderboards:admin:game.*'] };

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService({
    ...topology.settings,
    JWT_SECRET: SECRET,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
    ROLES: JSON.stringify(ROLES),
  });
});

afterAll(async () => {
  await service.stop();
  await topology.stop();
});

interface Options {
  readonly algorithm?: string;
  readonly secret?: string;
}

/** A token that is valid but for what `claims` changes; a claim that is undefined is left out. */
async function token(claims: Record<string, unknown> = {}, options: Options = {}): Promise<string> {
  return await new SignJWT({ ...standard(), ...claims })
    .setProtectedHeader({ alg: options.algorithm ?? 'HS256' })
    .sign(new TextEncoder().encode(options.secret ?? SECRET));
}

function standard(): Record<string, unknown> {
  return { sub: 'alice', iss: ISSUER, aud: AUDIENCE, exp: now() + 300 };
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

async function statusOf(bearer: string): Promise<unknown[]> {
  const { status, body } = await service.as(bearer).get('/v1/me');
  return [status, (body as { code?: string }).code];
}

const INVALID = [401, 'access.invalid-credential'];

describe('a JSON Web Token', () => {
  it('carries subject, tenant, roles and permissions', async () => {
    const bearer = await token({
      tenant: 'acme',
      roles: ['reader', 'moderator', 'unheard-of'],
      permissions: ['streams:write:orders.*', 'not a permission', 7],
    });
    const me = await service.as(bearer).get('/v1/me');
    expect(me.body).toEqual({
      kind: 'jwt',
      id: 'jwt:alice',
      tenant: 'acme',
      roles: ['reader', 'moderator', 'unheard-of'],
      permissions: ['*:read', 'leaderboards:admin:game.*', 'streams:write:orders.*'],
    });
  });

  it.each(['HS256', 'HS384', 'HS512'])('may be signed with %s', async (algorithm) => {
    expect(await statusOf(await token({}, { algorithm }))).toEqual([200, undefined]);
  });

  it('belongs to the tenant default and may do nothing if it says no more', async () => {
    const bearer = await token();
    expect((await service.as(bearer).get('/v1/me')).body).toMatchObject({
      tenant: 'default',
      roles: [],
      permissions: [],
    });
    const list = await service.as(bearer).get('/v1/leaderboards');
    expect([list.status, list.body.permission]).toEqual([403, 'leaderboards:read']);
  });

  it('acts in its own tenant alone', async () => {
    const acme = service.as(await token({ tenant: 'acme', roles: ['admin'] }));
    const other = service.as(await token({ tenant: 'other', roles: ['admin'] }));
    await acme.post('/v1/leaderboards/scores/submissions', { member: 'm', score: 1 });
    expect((await acme.get('/v1/leaderboards/scores')).status).toBe(200);
    expect((await other.get('/v1/leaderboards/scores')).status).toBe(404);
    const key = await other.post('/v1/api-keys', { name: 'x', roles: [], tenant: 'acme' });
    expect(key.status).toBe(403);
  });

  it('is limited by the globs of its permissions', async () => {
    const client = service.as(await token({ roles: ['moderator'] }));
    expect((await client.put('/v1/leaderboards/game.one', {})).status).toBe(201);
    expect((await client.put('/v1/leaderboards/other', {})).status).toBe(403);
    expect((await client.get('/v1/leaderboards/game.one')).status).toBe(403);
  });

  it.each<[string, Record<string, unknown>]>([
    ['has expired', { exp: now() - 1 }],
    ['never expires', { exp: undefined }],
    ['is not valid yet', { nbf: now() + 3600 }],
    ['has another issuer', { iss: 'https://other.example' }],
    ['has no issuer', { iss: undefined }],
    ['has another audience', { aud: 'another-service' }],
    ['has no audience', { aud: undefined }],
    ['has no subject', { sub: undefined }],
    ['has an empty subject', { sub: '' }],
    ['has a subject that is no text', { sub: { name: 'alice' } }],
    ['has a tenant with braces', { tenant: 'a}:{leaderboards' }],
    ['has a tenant with a slash', { tenant: 'a/b' }],
    ['has the system’s tenant', { tenant: '_' }],
    ['has an empty tenant', { tenant: '' }],
    ['has a tenant that is no text', { tenant: ['default'] }],
    ['has a tenant of 129 characters', { tenant: 'a'.repeat(129) }],
  ])('is refused if it %s', async (_what, claims) => {
    const admin = { roles: ['admin'] };
    expect(await statusOf(await token(admin))).toEqual([200, undefined]);
    expect(await statusOf(await token({ ...admin, ...claims }))).toEqual(INVALID);
  });

  it('is refused with another secret, with no signature, and with a changed payload', async () => {
    expect(await statusOf(await token({}, { secret: `${SECRET}?` }))).toEqual(INVALID);
    const unsigned = new UnsecuredJWT({ ...standard(), roles: ['admin'] }).encode();
    expect(await statusOf(unsigned)).toEqual(INVALID);
    const [header, , signature] = (await token()).split('.');
    const payload = Buffer.from(JSON.stringify({ ...standard(), roles: ['admin'] })).toString('base64url');
    expect(await statusOf(`${header}.${payload}.${signature}`)).toEqual(INVALID);
    expect(await statusOf(`${header}.${payload}.`)).toEqual(INVALID);
  });

  it('is refused in every broken form, and never an error', async () => {
    const good = await token();
    const [header = '', payload = '', signature = ''] = good.split('.');
    const headerOf = (fields: object) => Buffer.from(JSON.stringify(fields)).toString('base64url');
    const broken = [
      '.',
      '..',
      '...',
      'a.b.c',
      header,
      `${header}.${payload}`,
      `${good}.more`,
      `${header}..${signature}`,
      `${headerOf({})}.${payload}.${signature}`,
      `${headerOf({ alg: 'RS256' })}.${payload}.${signature}`,
      `${headerOf({ alg: 'HS256', crit: ['b64'], b64: false })}.${payload}.${signature}`,
      `${headerOf({ alg: 'HS256', crit: ['unknown'], unknown: 1 })}.${payload}.${signature}`,
      `${headerOf({ alg: ['HS256'] })}.${payload}.${signature}`,
      `${Buffer.from('[]').toString('base64url')}.${payload}.${signature}`,
      'eyJ'.repeat(1000),
    ];
    for (const bearer of broken) expect(await statusOf(bearer), bearer.slice(0, 80)).toEqual(INVALID);
  });

  it('says nothing of why it was refused', async () => {
    const { headers, body } = await service.as(await token({ exp: now() - 1 })).get('/v1/me');
    expect(body.detail).toBe('The credential is unknown, expired or revoked.');
    expect(headers.get('www-authenticate')).toMatch(/^Bearer\b/);
  });
});

describe('the Authorization header', () => {
  it('takes the scheme in any case, and no other scheme', async () => {
    const bearer = await token();
    const me = async (authorization: string) =>
      (await service.as(undefined).get('/v1/me', { authorization })).status;
    expect(await me(`bearer ${bearer}`)).toBe(200);
    expect(await me(`BEARER   ${bearer}`)).toBe(200);
    expect(await me(`Basic ${bearer}`)).toBe(401);
    expect(await me(bearer)).toBe(401);
    expect(await me('Bearer')).toBe(401);
    expect(await me(`Bearer ${bearer} ${bearer}`)).toBe(401);
  });
});

describe('without JWT_SECRET and JWT_JWKS_URL', () => {
  it('no token is valid', async () => {
    const plain = await startService(topology.settings);
    expect((await plain.as(await token({ roles: ['admin'] })).get('/v1/me')).status).toBe(401);
    await plain.stop();
  });
});
