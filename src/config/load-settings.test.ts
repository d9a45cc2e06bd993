import { describe, expect, it } from 'vitest';
import { dataUrl, InvalidSettingsError, loadSettings } from './load-settings.js';
import { SECRET_SETTINGS, settingSpecs } from './setting-specs.js';

/** Required with a Redis of one's own. */
const SESSION_KEYS = `a:${Buffer.alloc(32, 1).toString('base64')}`;

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
      const problems = problemsOf({ [name]: ':canary' });
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
    expect(problemsOf({ SESSION_KEYS, REDIS_URL: 'redis://a', REDIS_CLUSTER_NODES: 'redis://b' })).toEqual([
      'REDIS_URL and REDIS_CLUSTER_NODES exclude each other',
    ]);
    expect(
      problemsOf({
        SESSION_KEYS,
        REDIS_SENTINELS: 'a:1',
        REDIS_URL: 'redis://a',
        REDIS_SENTINEL_MASTER: 'b',
      }),
    ).toEqual(['REDIS_URL and REDIS_SENTINELS exclude each other']);
    expect(problemsOf({ REDIS_SENTINEL_MASTER: 'mymaster' })).toEqual([
      'REDIS_SENTINEL_MASTER needs REDIS_SENTINELS',
    ]);
    expect(problemsOf({ JWT_SECRET: 's'.repeat(32), JWT_JWKS_URL: 'https://a' })).toEqual([
      'JWT_SECRET and JWT_JWKS_URL exclude each other',
    ]);
  });

  it('that encrypt the way to Redis need a URL that says so, and a pair its other half', () => {
    const files = {
      SESSION_KEYS,
      REDIS_TLS_CA: 'ca.pem',
      REDIS_TLS_CERT: 'cert.pem',
      REDIS_TLS_KEY: 'key.pem',
    };
    for (const name of ['REDIS_URL', 'REDIS_CLUSTER_NODES', 'LOCK_REDIS_URLS']) {
      expect(problemsOf({ ...files, [name]: 'redis://a' })).toEqual(problemsOf(files));
      expect(problemsOf(files)).toEqual(
        ['REDIS_TLS_CA', 'REDIS_TLS_CERT', 'REDIS_TLS_KEY'].map(
          (file) => `${file} needs rediss:// in the URL of a Redis`,
        ),
      );
    }
    expect(problemsOf({ ...files, REDIS_URL: 'rediss://a' })).toEqual([]);
    expect(problemsOf({ ...files, REDIS_CLUSTER_NODES: 'rediss://a,rediss://b' })).toEqual([]);
    expect(problemsOf({ ...files, LOCK_REDIS_URLS: 'rediss://a' })).toEqual([]);
    expect(problemsOf({ ...files, REDIS_SENTINELS: 'rediss://a' })).toEqual([]);
    expect(
      problemsOf({ ...files, REDIS_SENTINELS: 'a:1', REDIS_SENTINEL_MASTER: 'rediss://mymaster' }),
    ).toEqual([]);
    // The embedded Redis needs none, and one of the machine's own may do without.
    const plain = { REDIS_URL: 'redis://a', LOCK_REDIS_URLS: 'rediss://b,rediss://c,rediss://d' };
    expect(problemsOf({ ...files, ...plain })).toEqual([]);
    expect(problemsOf({ ...files, REDIS_URL: 'rediss://a', LOCK_REDIS_URLS: 'redis://b' })).toEqual([]);
    expect(problemsOf({ SESSION_KEYS, REDIS_TLS_KEY: 'key.pem', REDIS_URL: 'rediss://a' })).toEqual([
      'REDIS_TLS_CERT and REDIS_TLS_KEY go together',
    ]);
  });
});

describe('the servers of the locks', () => {
  const urls = (count: number) => Array.from({ length: count }, (_each, at) => `redis://lock-${at}:6379`);
  const problemOf = (...named: readonly string[]) => problemsOf({ LOCK_REDIS_URLS: named.join(',') })[0];

  it.each([1, 3, 5, 7])('are %i, in their order', (count) => {
    const named = urls(count);
    expect(loadSettings({ LOCK_REDIS_URLS: named.join(' , ') }).LOCK_REDIS_URLS).toEqual(named);
  });

  it('are none if nothing is said, and then those of everything else', () => {
    expect(loadSettings({}).LOCK_REDIS_URLS).toBeUndefined();
    expect(loadSettings({ LOCK_REDIS_URLS: '' }).LOCK_REDIS_URLS).toBeUndefined();
  });

  it.each([2, 4, 6, 8, 9, 11])('are not %i', (count) => {
    expect(problemOf(...urls(count))).toBe(
      'LOCK_REDIS_URLS: the value (hidden) must name 1, 3, 5 or 7 servers',
    );
  });

  it.each([
    ['the same URL', 'redis://a:1'],
    ['another database', 'redis://a:1/2'],
    ['another user', 'redis://user:password@a:1'],
    ['another spelling', 'redis://A:1'],
  ])('are not one of them twice, with %s', (_how, again) => {
    expect(problemOf('redis://a:1', 'redis://b:1', again)).toBe(
      'LOCK_REDIS_URLS: the value (hidden) names one server twice',
    );
  });

  it('have the port of Redis if none is named', () => {
    expect(problemOf('redis://a', 'redis://b', 'redis://a:6379')).toContain('names one server twice');
    expect(problemOf('redis://a', 'redis://a:6380', 'redis://a:6381')).toBeUndefined();
    expect(problemOf('redis://[::1]', 'redis://b', 'redis://[::1]:6379/')).toContain('twice');
  });

  it('are all encrypted or none is', () => {
    expect(problemOf('rediss://a', 'redis://b', 'rediss://c')).toBe(
      'LOCK_REDIS_URLS: the value (hidden) mixes redis:// and rediss://',
    );
    expect(problemOf('rediss://a', 'rediss://b', 'rediss://c')).toBeUndefined();
  });

  it.each([
    'a:6379',
    'http://a',
    'redis://a,,redis://b',
    'redis://a,',
    ',redis://a',
    'unix:///tmp/redis.sock',
  ])('are no %s', (text) => expect(problemOf(text)).toContain('must be comma-separated URLs'));

  it('are shown in no problem, whatever is wrong with them', () => {
    const secret = 'canary';
    for (const text of [
      ...urls(2).map((url) => url.replace('//', `//user:${secret}@`)),
      `redis://user:${secret}@a,redis://user:${secret}@a,redis://b`,
      `redis://:${secret}@a,rediss://:${secret}@b,redis://c`,
      `http://user:${secret}@a`,
      secret,
    ]) {
      const problems = problemsOf({ LOCK_REDIS_URLS: `${text},redis://x` });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^LOCK_REDIS_URLS: the value \(hidden\) /);
      expect(problems[0]).not.toContain(secret);
    }
  });
});

describe('the keys of what is encrypted at rest', () => {
  const key = SESSION_KEYS;

  it('are required with a Redis that is not the service’s own', () => {
    for (const name of ['REDIS_URL', 'REDIS_CLUSTER_NODES']) {
      const redis = { [name]: 'redis://a' };
      expect(problemsOf(redis)).toEqual(['SESSION_KEYS is required with a Redis of your own']);
      expect(problemsOf({ ...redis, SESSION_KEYS: key })).toEqual([]);
    }
    expect(problemsOf({})).toEqual([]);
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
    ['REDIS_SENTINELS', 'a:26379, b:26379, redis://:pass@c'],
    ['REDIS_SENTINELS', '[::1]:26379'],
    ['JWT_JWKS_URL', 'https://issuer.example/jwks'],
    ['ADMIN_API_KEY', 'fk_admin_eightchr'],
    ['REDIS_KEY_PREFIX', 'app-1.test'],
    ['ROLES', '{"a":["leaderboards:read"],"b":[]}'],
  ])('%s takes %s', (name, text) => expect(problemsOf({ SESSION_KEYS, [name]: text })).toEqual([]));

  it.each([
    ['REDIS_URL', 'localhost:6379'],
    ['REDIS_URL', '/var/run/redis.sock'],
    ['REDIS_CLUSTER_NODES', 'redis://a,,redis://b'],
    ['REDIS_CLUSTER_NODES', 'rediss://a,redis://b'],
    ['REDIS_SENTINELS', 'a'],
    ['REDIS_SENTINELS', 'rediss://a,b:1'],
    ['REDIS_SENTINEL_MASTER', 'my master'],
    ['REDIS_SENTINEL_MASTER', 'redis://mymaster:6379'],
    ['REDIS_SENTINEL_MASTER', 'http://mymaster'],
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

  it('finds the master under its name, however it is written', () => {
    const sentinels = { SESSION_KEYS, REDIS_SENTINELS: 'a:1, redis://:pass@b:2' };
    const settings = loadSettings({ ...sentinels, REDIS_SENTINEL_MASTER: 'My.Master' });
    expect(settings.REDIS_SENTINELS).toEqual(['redis://a:1', 'redis://:pass@b:2']);
    expect(dataUrl(settings)).toBe('redis://My.Master');
    expect(dataUrl(loadSettings(sentinels))).toBe('redis://mymaster');
    const REDIS_SENTINEL_MASTER = 'rediss://user:pass@orders/2';
    expect(dataUrl(loadSettings({ ...sentinels, REDIS_SENTINEL_MASTER }))).toBe(REDIS_SENTINEL_MASTER);
  });

  it('splits nodes at commas', () => {
    const { REDIS_CLUSTER_NODES } = loadSettings({
      SESSION_KEYS,
      REDIS_CLUSTER_NODES: 'redis://a:1, redis://b:2',
    });
    expect(REDIS_CLUSTER_NODES).toEqual(['redis://a:1', 'redis://b:2']);
  });
});
