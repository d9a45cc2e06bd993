import { makeValidator, str, type CleanedEnv } from 'envalid';
import {
  apiKey,
  bucketLimit,
  encryptionKeys,
  hosts,
  httpUrl,
  integer,
  masterUrl,
  oddRedisUrls,
  origins,
  redisUrl,
  redisUrls,
  roleDefinitions,
  sentinelUrls,
  text,
} from './setting-validators.js';

/** Settings whose values never appear in a log, an error or a document. */
export const SECRET_SETTINGS: ReadonlySet<string> = new Set([
  'ADMIN_API_KEY',
  'JWT_SECRET',
  'LOCK_REDIS_URLS',
  'REDIS_CLUSTER_NODES',
  'REDIS_SENTINELS',
  'REDIS_SENTINEL_MASTER',
  'REDIS_URL',
  'SESSION_KEYS',
]);

const jwtSecret = makeValidator<string>((input) => {
  if (Buffer.byteLength(input) < 32) throw new Error('must be at least 32 bytes long');
  return input;
});

const upTo400Days = integer(1000, 400 * 86_400_000);

/** Every setting: what it means, its default and how its text becomes a value. */
export const settingSpecs = {
  PORT: integer(0, 65_535)({ default: 3000, desc: 'Port of the HTTP API; 0 picks a free one.' }),
  HOST: text({ default: '127.0.0.1', desc: 'Address that the HTTP API listens on.' }),
  ROLE: str({
    choices: ['all', 'api', 'worker'],
    default: 'all',
    desc: 'What the process does: answer requests (api), consume streams and run jobs (worker), or both. A worker answers only for its health and metrics.',
  }),
  WORKERS: integer(
    1,
    64,
  )({
    default: 1,
    desc: 'How many processes answer requests on the one port; about one for each core that Redis leaves.',
  }),
  DATA_DIR: text({
    default: './data',
    desc: 'Folder of the embedded Redis and of the keys that the service made for itself.',
  }),
  REDIS_URL: redisUrl({
    default: undefined,
    example: 'rediss://user:password@redis.internal:6380',
    desc: 'Redis to use. Without it, REDIS_SENTINELS and REDIS_CLUSTER_NODES the service starts its own.',
  }),
  REDIS_SENTINELS: sentinelUrls({
    default: undefined,
    example: 'redis://10.0.0.1:26379,redis://10.0.0.2:26379,redis://10.0.0.3:26379',
    desc: 'Sentinels that know which Redis is the master, comma-separated URLs or `host:port`; the user and the password of the first hold for all. Takes the place of REDIS_URL.',
  }),
  REDIS_SENTINEL_MASTER: masterUrl({
    default: undefined,
    example: 'rediss://user:password@mymaster',
    desc: 'What the Sentinels call the master, `mymaster` if left out; as a URL it also says how the master is reached: TLS (rediss://), user, password, database.',
  }),
  REDIS_CLUSTER_NODES: redisUrls({
    default: undefined,
    example: 'redis://10.0.0.1:6379,redis://10.0.0.2:6379',
    desc: 'Some nodes of a Redis Cluster, comma-separated; the user and the password of the first hold for all. Takes the place of REDIS_URL.',
  }),
  LOCK_REDIS_URLS: oddRedisUrls({
    default: undefined,
    example: 'redis://10.0.0.7:6379,redis://10.0.0.8:6379,redis://10.0.0.9:6379',
    desc: 'Independent Redis servers that keep the locks, 1, 3, 5 or 7 of them, comma-separated; a majority decides. Without it the Redis of everything else does.',
  }),
  REDIS_TLS_CA: text({
    default: undefined,
    example: '/etc/fulcrum/redis/ca.pem',
    desc: 'File with the authorities (PEM) that a rediss:// server is checked against, in place of the public ones.',
  }),
  REDIS_TLS_CERT: text({
    default: undefined,
    example: '/etc/fulcrum/redis/client.pem',
    desc: 'File with the client certificate (PEM) that a rediss:// server asks for; a renewed one is taken up by itself. Goes with REDIS_TLS_KEY.',
  }),
  REDIS_TLS_KEY: text({
    default: undefined,
    example: '/etc/fulcrum/redis/client-key.pem',
    desc: 'File with the private key of REDIS_TLS_CERT (PEM).',
  }),
  REDIS_TIMEOUT_MS: integer(
    50,
    60_000,
  )({
    default: 1500,
    desc: 'Longest time that one Redis operation may take, waiting for a connection included, in ms.',
  }),
  REDIS_START_WAIT_MS: integer(
    0,
    3_600_000,
  )({
    default: 30_000,
    desc: 'How long a start waits for a Redis that does not answer yet, in ms.',
  }),
  REDIS_KEY_PREFIX: makeValidator<string>((input) => {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(input)) throw new Error('must be 1 to 64 of A-Z a-z 0-9 . _ -');
    return input;
  })({
    default: 'fulcrum',
    desc: 'First part of every Redis key, so that several services can share one Redis.',
  }),
  EMBEDDED_REDIS_FSYNC: str({
    choices: ['always', 'everysec'],
    default: 'always',
    desc: 'When the embedded Redis flushes to disk: before each answer, or once a second (faster, may lose up to about two seconds).',
  }),
  ADMIN_API_KEY: apiKey({
    default: undefined,
    example: 'fk_admin_use-a-long-random-secret-here',
    desc: 'API key with the role admin in the tenant default. While it is set each start makes it valid again, also after it was revoked or rotated, and ends its other secrets. Without it, the first start makes one.',
  }),
  ROLES: roleDefinitions({
    default: {},
    example: '{"moderator":["leaderboards:read","leaderboards:admin:game.*"]}',
    desc: 'Roles besides reader, writer, worker and admin, as JSON.',
  }),
  JWT_SECRET: jwtSecret({
    default: undefined,
    desc: 'Shared secret of HS256, HS384 or HS512 JSON Web Tokens, at least 32 bytes. Excludes JWT_JWKS_URL. Tokens must carry `sub` and `exp`.',
  }),
  JWT_JWKS_URL: httpUrl({
    default: undefined,
    example: 'https://issuer.example/.well-known/jwks.json',
    desc: 'Where the public keys of asymmetric JSON Web Tokens are. Excludes JWT_SECRET. Tokens must carry `sub` and `exp`.',
  }),
  JWT_ISSUER: text({ default: undefined, desc: 'The `iss` that a JSON Web Token must carry.' }),
  JWT_AUDIENCE: text({ default: undefined, desc: 'The `aud` that a JSON Web Token must carry.' }),
  SESSION_KEYS: encryptionKeys({
    default: undefined,
    example: '2026-11:YW4gZXhhbXBsZSBrZXkgdGhhdCBpcyBubyBzZWNyZXQ=',
    desc: 'Keys of what is encrypted at rest, `<id>:<base64 of 32 bytes>`, comma-separated, newest first: the first encrypts, all decrypt. Required with a Redis of your own; with the embedded one, the first start makes a key.',
  }),
  SESSION_IDLE_TTL_MS: upTo400Days({
    default: 1_800_000,
    desc: 'How long a session lasts that nobody uses, unless it says so itself, in ms.',
  }),
  SESSION_ABSOLUTE_TTL_MS: upTo400Days({
    default: 86_400_000,
    desc: 'How long a session lasts at the most, unless it says so itself, in ms.',
  }),
  SESSION_ROTATION_GRACE_MS: integer(
    0,
    60_000,
  )({ default: 10_000, desc: 'How long the token before the one of a rotation counts, in ms.' }),
  SESSION_MAX_PER_USER: integer(1, 1000)({ default: 100, desc: 'Sessions that a user may have at a time.' }),
  SESSION_ON_MAX: str({
    choices: ['evict', 'refuse'],
    default: 'evict',
    desc: 'What becomes of one session more: `evict` ends the user’s oldest, `refuse` answers 409.',
  }),
  ENCRYPT_AT_REST: str({
    choices: ['on', 'off'],
    default: 'off',
    desc: 'Whether the metadata of leaderboard entries is stored encrypted. Names, members and scores stay in clear.',
  }),
  IDEMPOTENCY_TTL_MS: integer(
    1000,
    30 * 86_400_000,
  )({ default: 86_400_000, desc: 'How long the answer to an Idempotency-Key is kept, in ms.' }),
  JOBS_KEEP_COMPLETED_MS: upTo400Days({
    default: 3_600_000,
    desc: 'How long a job that was done is known, in ms; of each tenant the last 100,000 at the most.',
  }),
  JOBS_KEEP_FAILED_MS: upTo400Days({
    default: 7 * 86_400_000,
    desc: 'How long a job that failed is known and can be retried, in ms; of each tenant the last 100,000 at the most.',
  }),
  RATE_LIMIT_ADDRESS: bucketLimit({
    default: { capacity: 20_000, refillTokens: 10_000, refillIntervalMs: 1000 },
    desc: 'Requests of one client address, as `<burst>/<per second>` or `off`; charged before authentication.',
  }),
  RATE_LIMIT_CREDENTIAL: bucketLimit({
    default: { capacity: 20_000, refillTokens: 10_000, refillIntervalMs: 1000 },
    desc: 'Requests and messages of one credential, as `<burst>/<per second>` or `off`.',
  }),
  RATE_LIMIT_TENANT: bucketLimit({
    default: { capacity: 40_000, refillTokens: 20_000, refillIntervalMs: 1000 },
    desc: 'Requests and messages of all credentials of one tenant, as `<burst>/<per second>` or `off`.',
  }),
  TLS_CERT: text({
    default: undefined,
    example: '/etc/fulcrum/tls/fullchain.pem',
    desc: 'File with the certificate chain (PEM). With TLS_KEY the API is HTTPS, TLS 1.3 alone; changes are taken up by themselves.',
  }),
  TLS_KEY: text({
    default: undefined,
    example: '/etc/fulcrum/tls/privkey.pem',
    desc: 'File with the private key of TLS_CERT (PEM).',
  }),
  TRUSTED_PROXIES: integer(
    0,
    16,
  )({
    default: 0,
    desc: 'How many proxies stand in front: so many addresses of X-Forwarded-For, from its end, are believed.',
  }),
  CORS_ORIGINS: origins({
    default: [],
    example: 'https://app.example.com,https://admin.example.com',
    desc: 'Web origins whose pages may call the API from a browser, comma-separated. Without it none may.',
  }),
  CLIENT_TIMEOUT_MS: integer(
    100,
    600_000,
  )({
    default: 15_000,
    desc: 'How long a client may take to send a whole request, in ms; its headers get two thirds of that.',
  }),
  MAX_CONNECTIONS: integer(
    1,
    1_000_000,
  )({
    default: 20_000,
    desc: 'Most connections to the API at a time, of each of the WORKERS; further ones are closed at once.',
  }),
  MAX_CONNECTIONS_PER_ADDRESS: integer(
    1,
    1_000_000,
  )({
    default: 12_000,
    desc: 'Most connections from one address at a time, of each of the WORKERS; that of a proxy counts for all of its clients.',
  }),
  LIVE_CONNECTIONS_PER_CREDENTIAL: integer(
    1,
    10_000_000,
  )({
    default: 12_000,
    desc: 'Most event streams and WebSockets of one credential at a time, of each of the WORKERS; further ones get 429.',
  }),
  LIVE_CONNECTIONS_PER_TENANT: integer(
    1,
    10_000_000,
  )({
    default: 20_000,
    desc: 'Most event streams and WebSockets of all credentials of one tenant at a time, of each of the WORKERS.',
  }),
  SUBSCRIPTIONS_PER_CREDENTIAL: integer(
    1,
    10_000_000,
  )({
    default: 100_000,
    desc: 'Most channels and patterns that the live connections of one credential follow at a time, of each of the WORKERS; further ones get 429.',
  }),
  SUBSCRIPTIONS_PER_TENANT: integer(
    1,
    10_000_000,
  )({
    default: 200_000,
    desc: 'Most channels and patterns that the live connections of one tenant follow at a time, of each of the WORKERS.',
  }),
  BODY_MEMORY_BYTES: integer(1_048_576)({
    default: 268_435_456,
    desc: 'Most bytes of request bodies over 16 KiB that are held at a time; further such requests get 503.',
  }),
  OUTGOING_HOSTS: hosts({
    default: [],
    example: 'hooks.example.com,10.0.0.7:8080',
    desc: 'Hosts that jobs may send HTTP requests to, comma-separated `host` or `host:port`. Names that lead to private addresses are refused; such an address itself, or `localhost`, is not.',
  }),
  LOG_LEVEL: str({
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
    desc: 'Least important level that is logged. Starts of operations are logged at debug.',
  }),
  LOG_SUCCESSES: integer(0)({
    default: 20,
    desc: 'How many successes, and how many refusals before any operation, are logged a second at info; slow ones and failures always are.',
  }),
  LOG_SLOW_MS: integer(0)({ default: 500, desc: 'From how long on an operation counts as slow, in ms.' }),
  SHUTDOWN_GRACE_MS: integer(
    0,
    600_000,
  )({ default: 10_000, desc: 'How long a stopping service waits for the requests that run, in ms.' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl({
    default: undefined,
    example: 'http://127.0.0.1:4318',
    desc: 'OpenTelemetry collector (OTLP over HTTP) that gets the traces. Without it there are none.',
  }),
};

export type Settings = CleanedEnv<typeof settingSpecs>;
