import dns from 'node:dns/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];

type Answering =
  { readonly status: number; readonly body: string; readonly location?: string } | 'never' | 'closed';

let topology: Topology;
let service: TestService;
let issuer: Server;
let keySet: string;
/** What the issuer does next. */
let answering: Answering;
let fetches = 0;

const keys = new Map<string, Awaited<ReturnType<typeof generateKeyPair>>>();

beforeAll(async () => {
  topology = await startTopology();
  for (const algorithm of ALGORITHMS)
    keys.set(algorithm, await generateKeyPair(algorithm, { extractable: true }));
  keySet = JSON.stringify({
    keys: await Promise.all(
      [...keys].map(async ([alg, { publicKey }]) => ({ ...(await exportJWK(publicKey)), alg, kid: alg })),
    ),
  });
  issuer = createServer((_request, response) => {
    fetches++;
    if (answering === 'never') return;
    if (answering === 'closed') response.destroy();
    else {
      const { status, body, location } = answering;
      response.writeHead(status, { 'content-type': 'application/json', ...(location ? { location } : {}) });
      response.end(body);
    }
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
});

/** Every test has a service that has fetched no key set yet. */
beforeEach(async () => {
  answering = { status: 200, body: keySet };
  fetches = 0;
  const { port } = issuer.address() as AddressInfo;
  service = await startService({
    ...topology.settings,
    JWT_JWKS_URL: `http://127.0.0.1:${port}/jwks.json`,
    REDIS_TIMEOUT_MS: '1000',
  });
  return async () => await service.stop();
});

afterAll(async () => {
  issuer.closeAllConnections();
  await new Promise((resolve) => issuer.close(resolve));
  await topology.stop();
});

async function token(algorithm: string, kid = algorithm): Promise<string> {
  const pair = keys.get(algorithm);
  if (pair === undefined) throw new Error(`no key for ${algorithm}`);
  return await new SignJWT({ tenant: 'acme', roles: ['reader'] })
    .setProtectedHeader({ alg: algorithm, kid })
    .setSubject('alice')
    .setExpirationTime('5m')
    .sign(pair.privateKey);
}

describe('a key set', () => {
  it('verifies RSA, elliptic and Edwards curve signatures, and is fetched once', async () => {
    for (const algorithm of ALGORITHMS) {
      const me = await service.as(await token(algorithm)).get('/v1/me');
      expect([me.status, me.body.tenant], algorithm).toEqual([200, 'acme']);
    }
    expect(fetches).toBe(1);
  });

  it('refuses a key that is not in it, and one under another’s name', async () => {
    const stranger = await generateKeyPair('ES256');
    const forge = async (kid: string) =>
      await new SignJWT({ roles: ['admin'] })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setSubject('mallory')
        .setExpirationTime('5m')
        .sign(stranger.privateKey);
    expect((await service.as(await forge('ES256')).get('/v1/me')).status).toBe(401);
    expect((await service.as(await forge('unknown')).get('/v1/me')).status).toBe(401);
    expect((await service.as(await token('RS256', 'ES256')).get('/v1/me')).status).toBe(401);
  });

  it('refuses a token that is signed with a public key as if that were a shared secret', async () => {
    const rsa = keys.get('RS256');
    const publicText = rsa ? await exportSPKI(rsa.publicKey) : '';
    const confused = await new SignJWT({ roles: ['admin'] })
      .setProtectedHeader({ alg: 'HS256', kid: 'RS256' })
      .setSubject('mallory')
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(publicText));
    expect((await service.as(confused).get('/v1/me')).status).toBe(401);
  });
});

describe('the way to the issuer', () => {
  it('leads to no private network, whatever name it has', async () => {
    const lookup = vi.spyOn(dns, 'lookup');
    // What a resolver in somebody else's hands would answer.
    lookup.mockImplementation(async () => [{ address: '127.0.0.1', family: 4 }] as never);
    const { port } = issuer.address() as AddressInfo;
    const misled = await startService({
      ...topology.settings,
      JWT_JWKS_URL: `http://issuer.example:${port}/jwks.json`,
    });
    try {
      const { status, body } = await misled.as(await token('ES256')).get('/v1/me');
      expect([status, body.code, fetches]).toEqual([503, 'service.upstream-unavailable', 0]);
      expect(lookup).toHaveBeenCalledWith('issuer.example', expect.anything());
    } finally {
      lookup.mockRestore();
      await misled.stop();
    }
  });

  it('may be localhost, if the operator says so', async () => {
    const { port } = issuer.address() as AddressInfo;
    const near = await startService({
      ...topology.settings,
      JWT_JWKS_URL: `http://localhost:${port}/jwks.json`,
    });
    try {
      expect((await near.as(await token('ES256')).get('/v1/me')).status).toBe(200);
    } finally {
      await near.stop();
    }
  });

  it('follows no redirect, and ends where the answer is too large', async () => {
    const bearer = await token('ES256');
    answering = { status: 302, body: keySet, location: '/elsewhere' };
    expect((await service.as(bearer).get('/v1/me')).status).toBe(503);
    expect(fetches).toBe(1);
    answering = { status: 200, body: `${' '.repeat(2 ** 20)}${keySet}` };
    expect((await service.as(bearer).get('/v1/me')).status).toBe(503);
    answering = { status: 200, body: keySet };
    expect((await service.as(bearer).get('/v1/me')).status).toBe(200);
  });
});

describe('an issuer that is away', () => {
  it.each<[string, Answering]>([
    ['closes the connection', 'closed'],
    ['never answers', 'never'],
    ['answers 500', { status: 500, body: 'down for maintenance' }],
    ['answers 404', { status: 404, body: '' }],
    ['answers what is no JSON', { status: 200, body: '<html>' }],
    ['answers what is no key set', { status: 200, body: '{"keys": 7}' }],
  ])(
    'makes a token 503 and retryable if it %s; it is valid as soon as the issuer is back',
    async (_what, how) => {
      const bearer = await token('ES256');
      answering = how;
      const away = await service.as(bearer).get('/v1/me');
      expect(away.status).toBe(503);
      expect(away.body).toMatchObject({
        code: 'service.upstream-unavailable',
        retryable: true,
        detail: 'The token issuer does not answer.',
      });
      expect(JSON.stringify(away.body)).not.toContain('maintenance');
      answering = { status: 200, body: keySet };
      expect((await service.as(bearer).get('/v1/me')).status).toBe(200);
    },
  );

  it('holds up neither API keys, nor what cannot be a token, nor tokens whose key is known', async () => {
    const bearer = await token('ES256');
    expect((await service.as(bearer).get('/v1/me')).status).toBe(200);
    answering = 'closed';
    expect((await service.as(bearer).get('/v1/me')).status).toBe(200);
    expect((await service.admin.get('/v1/me')).status).toBe(200);
    expect((await service.as('garbage').get('/v1/me')).status).toBe(401);
  });
});
