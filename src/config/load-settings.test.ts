import { describe, expect, it } from 'vitest';
import { InvalidSettingsError, loadSettings } from './load-settings.js';
import { SECRET_SETTINGS, settingSpecs } from './setting-specs.js';

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadSettings(environment);
  } catch (error) {
    if (error instanceof InvalidSettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('have the defaults of the contract', () => {
    expect(loadSettings({})).toMatchObject({
      PORT: 3000,
      HOST: '127.0.0.1',
      DATA_DIR: './data',
      REDIS_URL: undefined,
      ADMIN_API_KEY: undefined,
      ROLES: {},
      LOG_LEVEL: 'info',
      IDEMPOTENCY_TTL_MS: 86_400_000,
    });
  });

  it('that are empty count as unset: a copied .env.example starts as if it were not there', () => {
    const empty = Object.fromEntries(Object.keys(settingSpecs).map((name) => [name, '']));
    expect(loadSettings(empty)).toEqual(loadSettings({}));
  });

  it('cannot be changed, and hold nothing of the rest of the environment', () => {
    const settings = loadSettings({ HOME: '/home/someone' });
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.keys(settings)).not.toContain('HOME');
  });

  it('that are wrong are told of all at once', () => {
    const problems = problemsOf({ PORT: 'x', LOG_LEVEL: 'loud', JWT_SECRET: 'short', REDIS_URL: 'http://x' });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'PORT',
      'REDIS_URL',
      'JWT_SECRET',
      'LOG_LEVEL',
    ]);
  });

  it('that are secret are never quoted, whatever is wrong with them', () => {
    for (const name of SECRET_SETTINGS) {
      expect(Object.keys(settingSpecs)).toContain(name);
      const problems = problemsOf({ [name]: 'canary' });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain('(hidden)');
      expect(problems[0]).not.toContain('canary');
    }
  });

  it('that are not secret are hidden as soon as they could hold a password', () => {
    for (const name of ['JWT_JWKS_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'PORT', 'LOG_LEVEL']) {
      for (const value of ['ftp://user:canary@issuer.example', 'https://:canary@issuer.example', '@canary']) {
        const problems = problemsOf({ [name]: value });
        expect(problems).toHaveLength(1);
        expect(problems[0]).not.toContain('canary');
      }
    }
  });

  it('exclude each other where one takes the place of the other', () => {
    expect(problemsOf({ REDIS_URL: 'redis://a', REDIS_CLUSTER_NODES: 'redis://b' })).toEqual([
      'REDIS_URL and REDIS_CLUSTER_NODES exclude each other',
    ]);
    expect(problemsOf({ JWT_SECRET: 's'.repeat(32), JWT_JWKS_URL: 'https://a' })).toEqual([
      'JWT_SECRET and JWT_JWKS_URL exclude each other',
    ]);
  });

  it('that encrypt the way to Redis need a URL that says so, and a pair its other half', () => {
    const files = { REDIS_TLS_CA: 'ca.pem', REDIS_TLS_CERT: 'cert.pem', REDIS_TLS_KEY: 'key.pem' };
    for (const name of ['REDIS_URL', 'REDIS_CLUSTER_NODES']) {
      expect(problemsOf({ ...files, [name]: 'redis://a' })).toEqual(problemsOf(files));
      expect(problemsOf(files)).toEqual(
        Object.keys(files).map((name) => `${name} needs rediss:// in REDIS_URL or REDIS_CLUSTER_NODES`),
      );
    }
    expect(problemsOf({ ...files, REDIS_URL: 'rediss://a' })).toEqual([]);
    expect(problemsOf({ ...files, REDIS_CLUSTER_NODES: 'rediss://a,rediss://b' })).toEqual([]);
    expect(problemsOf({ REDIS_TLS_KEY: 'key.pem', REDIS_URL: 'rediss://a' })).toEqual([
      'REDIS_TLS_CERT and REDIS_TLS_KEY go together',
    ]);
  });
});

describe('the keys of what is encrypted at rest', () => {
  const key = `a:${Buffer.alloc(32, 1).toString('base64')}`;
  const required = ['SESSION_KEYS is required with ENCRYPT_AT_REST=on and a Redis of your own'];

  it('are required exactly where something is encrypted in a Redis that is not the service’s own', () => {
    for (const name of ['REDIS_URL', 'REDIS_CLUSTER_NODES']) {
      const redis = { [name]: 'redis://a' };
      expect(problemsOf({ ...redis, ENCRYPT_AT_REST: 'on' })).toEqual(required);
      expect(problemsOf({ ...redis, ENCRYPT_AT_REST: 'on', SESSION_KEYS: key })).toEqual([]);
      expect(problemsOf({ ...redis, ENCRYPT_AT_REST: 'off' })).toEqual([]);
      expect(problemsOf(redis)).toEqual([]);
    }
    expect(problemsOf({ ENCRYPT_AT_REST: 'on' })).toEqual([]);
  });

  it('keep their order', () => {
    const other = `b.2:${Buffer.alloc(32, 2).toString('base64')}`;
    const { SESSION_KEYS } = loadSettings({ SESSION_KEYS: `${other}, ${key}` });
    expect(SESSION_KEYS?.map(({ id, secret }) => [id, secret[31]])).toEqual([
      ['b.2', 2],
      ['a', 1],
    ]);
  });

  it.each([
    key.replace('a:', ''),
    key.replace('a:', 'a b:'),
    key.replace('=', ''),
    `${key},`,
    `${key},${key}`,
    `${key};${key}`,
    `a:${Buffer.alloc(31).toString('base64')}`,
    `a:${Buffer.alloc(33).toString('base64')}`,
  ])('are not %s', (text) => expect(problemsOf({ SESSION_KEYS: text })).toHaveLength(1));
});

describe('a whole number', () => {
  it.each([
    ['0', 0],
    ['65535', 65_535],
    ['007', 7],
  ])('is %s', (text, port) => expect(loadSettings({ PORT: text }).PORT).toBe(port));

  it.each(
    ['-1', '65536', '1.5', '1e3', '0x10', ' 1', '', 'NaN', '99999999999999999999'].filter(
      (text) => text !== '',
    ),
  )('is not %j here', (text) => expect(problemsOf({ PORT: text })).toHaveLength(1));
});

describe('text forms', () => {
  it.each([
    ['REDIS_URL', 'redis://localhost:6379/1'],
    ['REDIS_URL', 'rediss://user:pass@host'],
    ['REDIS_CLUSTER_NODES', 'redis://a:1, redis://b:2'],
    ['JWT_JWKS_URL', 'https://issuer.example/jwks'],
    ['ADMIN_API_KEY', 'fk_admin_eightchr'],
    ['REDIS_KEY_PREFIX', 'app-1.test'],
    ['ROLES', '{"a":["leaderboards:read"],"b":[]}'],
  ])('%s takes %s', (name, text) => expect(problemsOf({ [name]: text })).toEqual([]));

  it.each([
    ['REDIS_URL', 'localhost:6379'],
    ['REDIS_URL', '/var/run/redis.sock'],
    ['REDIS_CLUSTER_NODES', 'redis://a,,redis://b'],
    ['REDIS_CLUSTER_NODES', 'rediss://a,redis://b'],
    ['JWT_JWKS_URL', 'file:///etc/passwd'],
    ['JWT_JWKS_URL', 'https://user@issuer.example/jwks'],
    ['JWT_JWKS_URL', 'https://user:pass@issuer.example/jwks'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://:pass@127.0.0.1:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318'],
    ['ADMIN_API_KEY', 'fk_admin_short'],
    ['ADMIN_API_KEY', 'fk_ad min_long-enough'],
    ['REDIS_KEY_PREFIX', 'a:b'],
    ['ROLES', '{"a":"leaderboards:read"}'],
    ['ROLES', '{"a":[1]}'],
    ['ROLES', 'null'],
    ['ROLES', '{'],
  ])('%s refuses %s', (name, text) => expect(problemsOf({ [name]: text })).toHaveLength(1));

  it('splits nodes at commas', () => {
    const { REDIS_CLUSTER_NODES } = loadSettings({ REDIS_CLUSTER_NODES: 'redis://a:1, redis://b:2' });
    expect(REDIS_CLUSTER_NODES).toEqual(['redis://a:1', 'redis://b:2']);
  });
});
