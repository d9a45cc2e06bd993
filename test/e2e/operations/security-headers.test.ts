import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../support/certificate.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
});

afterAll(async () => {
  await service.stop();
  await topology.stop();
});

const EVERYWHERE = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};
const API = {
  ...EVERYWHERE,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};
/** What would tell which software this is, or what plain HTTP must not say. */
const ABSENT = ['server', 'x-powered-by', 'strict-transport-security', 'access-control-allow-origin', 'vary'];

describe('every answer of the API', () => {
  it.each<[number, string, string, unknown?]>([
    [200, 'GET', '/v1/me'],
    [200, 'HEAD', '/v1/me'],
    [204, 'OPTIONS', '/v1/me'],
    [201, 'PUT', '/v1/leaderboards/board', {}],
    [200, 'GET', '/health/live'],
    [200, 'GET', '/metrics'],
    [200, 'GET', '/openapi.json'],
    [400, 'POST', '/v1/api-keys', '{'],
    [400, 'GET', '/v1/leaderboards/%ff'],
    [404, 'GET', '/v1/leaderboards/absent'],
    [404, 'GET', '/nowhere'],
    [404, 'GET', '/docsx'],
    [405, 'PUT', '/v1/me', {}],
    [413, 'POST', '/v1/api-keys', ' '.repeat(2 ** 20 + 1)],
    [422, 'POST', '/v1/api-keys', {}],
  ])('has the headers for browsers: %i to %s %s', async (status, method, path, body) => {
    const answer = await service.admin.send(method, path, body);
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject(API);
    for (const name of ABSENT) expect(answer.headers.has(name), name).toBe(false);
  });

  it('has them without a credential, and in an event stream', async () => {
    const stranger = await service.as(undefined).get('/v1/me');
    expect(stranger.status).toBe(401);
    expect(Object.fromEntries(stranger.headers)).toMatchObject(API);
    const leaving = new AbortController();
    await service.admin.post('/v1/leaderboards/live/submissions', { member: 'm', score: 1 });
    const stream = await fetch(`${service.url}/v1/leaderboards/live/live`, {
      headers: { authorization: `Bearer ${service.admin.token}` },
      signal: leaving.signal,
    });
    expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(Object.fromEntries(stream.headers)).toMatchObject(API);
    leaving.abort();
  });
});

describe('the docs page', () => {
  it.each(['/docs', '/docs/', '/docs/swagger-ui.css', '/docs/swagger-ui-init.js', '/docs?x=1'])(
    'may load what it consists of, and nothing else: %s',
    async (path) => {
      const { status, headers } = await service.as(undefined).get(path);
      expect(status).toBe(200);
      expect(Object.fromEntries(headers)).toMatchObject(EVERYWHERE);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    },
  );

  it('has no script in its HTML', async () => {
    const { body } = await service.as(undefined).get('/docs');
    expect(body).toContain('<script');
    expect(body).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(body).not.toMatch(/\bon[a-z]+=/);
  });
});

describe('over TLS', () => {
  it('an answer tells the browser to come by TLS alone', async () => {
    const certificate = await makeCertificate();
    const secured = await startService({ ...topology.settings, ...certificate.settings });
    try {
      for (const path of ['/v1/me', '/docs', '/nowhere', '/v1/leaderboards/%ff']) {
        const headers = await new Promise<object>((resolve, reject) => {
          const sent = request(`${secured.url}${path}`, { rejectUnauthorized: false }, (response) => {
            response.resume().on('end', () => resolve(response.headers));
          });
          sent.on('error', reject).end();
        });
        expect(headers, path).toMatchObject({
          ...EVERYWHERE,
          'strict-transport-security': 'max-age=31536000',
        });
      }
    } finally {
      await secured.stop();
      await certificate.remove();
    }
  });
});
