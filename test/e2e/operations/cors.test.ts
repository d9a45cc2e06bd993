import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../support/api-client.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

const APP = 'https://app.example.com';
const ADMIN = 'http://localhost:5173';

let topology: Topology;
let closed: TestService;
let open: TestService;

beforeAll(async () => {
  topology = await startTopology();
  closed = await startService(topology.settings);
  open = await startService({ ...topology.settings, CORS_ORIGINS: `${APP},${ADMIN}` });
});

afterAll(async () => {
  await closed.stop();
  await open.stop();
  await topology.stop();
});

/** What an answer says about other origins. */
const corsOf = ({ headers }: Answer): string[] =>
  [...headers]
    .filter(([name]) => name.startsWith('access-control-'))
    .map(([name, value]) => `${name}: ${value}`);

const words = (answer: Answer, name: string): string[] => (answer.headers.get(name) ?? '').split(', ').sort();

const preflight = (service: TestService, path: string, origin: string, method = 'PUT') =>
  service.as(undefined).send('OPTIONS', path, undefined, {
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': 'authorization, content-type',
  });

describe('without CORS_ORIGINS', () => {
  it('no page of another origin may read an answer', async () => {
    for (const answer of [
      await closed.admin.get('/v1/me', { origin: APP }),
      await preflight(closed, '/v1/leaderboards/board', APP),
    ]) {
      expect(corsOf(answer)).toEqual([]);
      expect(answer.headers.has('vary')).toBe(false);
    }
  });
});

describe('with CORS_ORIGINS', () => {
  it.each([APP, ADMIN])(
    'a page of %s may call with its own credential, and without cookies',
    async (origin) => {
      const answer = await open.admin.get('/v1/me', { origin });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
      expect(answer.headers.get('vary')).toBe('Origin');
      expect(words(answer, 'access-control-expose-headers')).toEqual([
        'durability',
        'etag',
        'idempotency-replayed',
        'location',
        'ratelimit',
        'ratelimit-policy',
        'retry-after',
        'x-request-id',
      ]);
    },
  );

  it.each([
    ['another', 'https://evil.example.com'],
    ['one that has an allowed one in front', `${APP}.evil.example`],
    ['another port', `${APP}:8443`],
    ['another scheme', 'http://app.example.com'],
    ['the opaque one', 'null'],
    ['capitals', 'https://APP.example.com'],
  ])('a page of another origin may not: %s', async (_what, origin) => {
    for (const answer of [
      await open.admin.get('/v1/me', { origin }),
      await preflight(open, '/v1/leaderboards/board', origin),
    ]) {
      expect(answer.headers.has('access-control-allow-origin')).toBe(false);
      expect(answer.headers.get('vary')).toBe('Origin');
    }
  });

  it('preflights are answered to nobody in particular, on every path, with what may be sent', async () => {
    for (const path of ['/v1/leaderboards/board', '/v1/api-keys', '/v1/leaderboards/board/live']) {
      const answer = await preflight(open, path, APP);
      expect([answer.status, answer.body], path).toEqual([204, '']);
      expect(answer.headers.get('access-control-allow-origin')).toBe(APP);
      expect(words(answer, 'access-control-allow-methods')).toEqual([
        'DELETE',
        'GET',
        'HEAD',
        'PATCH',
        'POST',
        'PUT',
      ]);
      expect(words(answer, 'access-control-allow-headers')).toEqual([
        'authorization',
        'content-type',
        'durability',
        'fence',
        'idempotency-key',
        'if-match',
        'last-event-id',
        'prefer',
        'session-token',
        'x-request-id',
      ]);
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
      expect(answer.headers.get('access-control-max-age')).toBe('7200');
    }
  });

  it('refusals can be read too, and an OPTIONS that is no preflight still says what a route takes', async () => {
    const refused = await open.as('fk_nobody_0123456789').get('/v1/me', { origin: APP });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, APP]);
    const missing = await open.admin.get('/nowhere', { origin: APP });
    expect([missing.status, missing.headers.get('access-control-allow-origin')]).toEqual([404, APP]);
    const options = await open.as(undefined).send('OPTIONS', '/v1/me');
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
  });

  it('preflights are charged to their address, and a page can read that there were too many', async () => {
    const limited = await startService({
      ...topology.settings,
      CORS_ORIGINS: APP,
      RATE_LIMIT_ADDRESS: '3/1',
    });
    try {
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => preflight(limited, '/v1/leaderboards/board', APP)),
      );
      const refused = answers.filter(({ status }) => status === 429);
      expect(answers.filter(({ status }) => status === 204).length).toBeGreaterThan(0);
      expect(refused.length).toBeGreaterThan(0);
      for (const { headers } of refused) expect(headers.get('access-control-allow-origin')).toBe(APP);
    } finally {
      await limited.stop();
    }
  });
});
