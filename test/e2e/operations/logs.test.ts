import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../support/api-client.js';
import { MessageClient } from '../../support/message-client.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import { waitUntil } from '../../support/wait-until.js';
import { RawMessages } from '../messages/raw-messages.js';
import { type Line, linesIn } from './log-lines.js';

const SUBMIT = 'leaderboards.submissions.create';
const ADMIN = `fk_ops_${'canary'.repeat(6)}`;
const JWT_SECRET = 'canary-of-the-shared-secret-of-tokens';

// Standalone in either topology: freezing Redis is part of it.
let redis: TestRedis;
let service: ServiceProcess;
let messages: MessageClient;
let raw: RawMessages;

beforeAll(async () => {
  redis = await startRedis();
  service = await startServiceProcess(
    {
      REDIS_URL: redis.serviceUrl,
      LOG_LEVEL: 'trace',
      JWT_SECRET,
      REDIS_TIMEOUT_MS: '1000',
      // So that a frozen Redis is met by an operation and not by the limiter before it.
      RATE_LIMIT_ADDRESS: 'off',
      RATE_LIMIT_CREDENTIAL: 'off',
      RATE_LIMIT_TENANT: 'off',
    },
    { adminKey: ADMIN },
  );
  messages = new MessageClient(redis.messageUrl, undefined);
  raw = new RawMessages(redis.messageUrl);
});

afterAll(async () => {
  raw.close();
  await messages.close();
  await service.stop();
  await redis.stop();
});

const lines = () => linesIn(service);

async function linesOf(requestId: string, events: readonly string[]): Promise<Line[]> {
  return await waitUntil(`${events.join(', ')} of ${requestId}`, () => {
    const found = lines().filter((line) => line.requestId === requestId);
    return events.every((event) => found.some((line) => line.event === event)) ? found : undefined;
  });
}

describe('the log', () => {
  it('is one JSON line per event, each with its level, time and name', async () => {
    await service.admin.get('/v1/me', { 'x-request-id': 'one-line' });
    await linesOf('one-line', ['request.completed']);
    for (const line of lines()) {
      expect(['trace', 'debug', 'info', 'warn', 'error']).toContain(line.level);
      expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(line.event).toMatch(/^[a-z.]+$/);
    }
  });

  it('tells of an operation’s start, success with its latency, and failure, under the request’s id', async () => {
    const path = '/v1/leaderboards/logged';
    await service.admin.post(`${path}/submissions`, { member: 'm', score: 1 }, { 'x-request-id': 'done' });
    const done = await linesOf('done', ['operation.start', 'operation.success', 'request.completed']);
    const operation = SUBMIT;
    const who = { requestId: 'done', tenant: 'default', actor: 'ops' };
    expect(done[0]).toMatchObject({
      level: 'debug',
      event: 'operation.start',
      operation,
      ...who,
      parameters: { board: 'logged', member: '[redacted]', score: '[redacted]' },
    });
    expect(done[1]).toMatchObject({ level: 'info', event: 'operation.success', operation, ...who });
    expect(done[1]?.durationMs).toBeGreaterThan(0);
    expect(done[2]).toMatchObject({
      method: 'POST',
      route: '/v1/leaderboards/:board/submissions',
      status: 200,
      durationMs: expect.any(Number),
    });
    await service.admin.get('/v1/leaderboards/absent', { 'x-request-id': 'failed' });
    const failed = await linesOf('failed', ['operation.failure', 'request.completed']);
    expect(failed.find(({ event }) => event === 'operation.failure')).toMatchObject({
      operation: 'leaderboards.boards.get',
      code: 'leaderboards.board-not-found',
      durationMs: expect.any(Number),
    });
    const envelope = { auth: ADMIN, requestId: 'by-message' };
    await messages.send(SUBMIT, { board: 'logged', member: 'm', score: 1 }, envelope);
    await linesOf('by-message', ['operation.start', 'operation.success']);
  });

  it('of an unexpected error has the cause, of which the client sees nothing', async () => {
    await service.admin.post('/v1/leaderboards/broken/submissions', { member: 'm', score: 1 });
    const client = new Redis(redis.url);
    await client.set('fulcrum:default:{leaderboards:broken}:entries', 'not a sorted set');
    client.disconnect();
    const answer = await service.admin.get('/v1/leaderboards/broken/entries', {
      'x-request-id': 'wrong-type',
    });
    expect([answer.status, answer.body.code]).toEqual([500, 'service.internal']);
    expect(answer.body.detail).toBe('Pipeline error in leaderboards.entries.list');
    expect(JSON.stringify(answer.body)).not.toMatch(/WRONGTYPE|\.lua|\.ts|\.js|stack/);
    const [failure] = (await linesOf('wrong-type', ['operation.failure'])).filter(({ err }) => err);
    expect(failure).toMatchObject({
      level: 'error',
      err: {
        type: 'ProductionServiceError',
        cause: { message: expect.stringContaining('WRONGTYPE'), stack: expect.any(String) },
      },
    });
  });

  it('holds no secret, token, key, cursor, metadata or member, whatever was sent and went wrong', async () => {
    const requestId = `found-${randomUUID()}`;
    await sendCanaries(requestId);
    // A freeze that meets no command on its way is a Redis that cannot be reached; both kinds of error are wanted.
    await waitUntil(
      'a freeze meets a command on its way',
      async () => {
        await freezeDuring(() =>
          Promise.all([sendOverHttp(service.admin, requestId), sendOverHttp(service.admin, requestId)]),
        );
        return lines().some(({ code }) => code === 'redis.outcome-unknown');
      },
      { timeoutMs: 25_000 },
    );
    await service.admin.get('/v1/me', { 'x-request-id': 'the-last-one' });
    await linesOf('the-last-one', ['request.completed']);

    const written = service.stdout() + service.stderr();
    const events = new Set(lines().map(({ event }) => event));
    for (const event of ['operation.start', 'operation.success', 'operation.failure']) {
      expect(events).toContain(event);
    }
    expect(lines().some(({ code }) => code === 'redis.outcome-unknown')).toBe(true);
    // What may be shown is: the search that follows would find it.
    expect(written).toContain(requestId);
    expect(written).toContain('shown-board');
    const found = written.split('\n').filter((line) => /canary/i.test(line));
    expect(found).toEqual([]);
    for (const secret of [
      ...secrets,
      new URL(redis.url).password,
      new URL(redis.serviceUrl).password,
      Buffer.from(JWT_SECRET).toString('base64'),
    ]) {
      expect(written.includes(secret), `${secret.slice(0, 6)}…`).toBe(false);
    }
    console.log(`0 canaries in ${lines().length} log lines at trace (${written.length} characters)`);
  });
});

const secrets: string[] = [];

async function sendCanaries(requestId: string): Promise<void> {
  const jwt = await new SignJWT({ roles: ['admin'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('a-subject')
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(JWT_SECRET));
  secrets.push(jwt, jwt.split('.')[2] ?? '');
  for (const token of [ADMIN, jwt, 'canary-garbage', 'fk_canary_canary-canary', `${jwt}canary`]) {
    await sendOverHttp(new ApiClient(service.url, token), requestId);
    await sendOverMessages(token, requestId);
  }
  const made = await service.admin.post('/v1/api-keys', { name: 'canary', roles: ['reader'] });
  const { id, secret } = made.body as { id: string; secret: string };
  const rotated = await service.admin.post(`/v1/api-keys/${id}/rotate`, { graceMs: 1000 });
  for (const each of [secret, rotated.body.secret as string]) {
    secrets.push(each.split('_')[2] ?? '');
    await new ApiClient(service.url, each).get('/v1/me');
  }
}

/** Does `work` while Redis is frozen, and waits until the service can answer again. */
async function freezeDuring(work: () => Promise<unknown>): Promise<void> {
  process.kill(redis.server.pid, 'SIGSTOP');
  try {
    await work();
  } finally {
    process.kill(redis.server.pid, 'SIGCONT');
  }
  await waitUntil('the service is ready again', async () => {
    return (await service.admin.get('/health/ready')).status === 200;
  });
}

async function sendOverHttp(client: ApiClient, requestId: string): Promise<void> {
  const board = '/v1/leaderboards/shown-board';
  const headers = {
    'x-request-id': requestId,
    'idempotency-key': `canary-${randomUUID()}`,
    cookie: 'session=canary',
    'user-agent': 'canary',
    'x-api-key': 'canary',
  };
  const entry = { member: 'canary-member', score: 1, metadata: { canaryField: 'canary-value' } };
  const large = `{"member":"${'canary'.repeat(200_000)}","score":1}`;
  await Promise.all([
    client.post(`${board}/submissions`, entry, headers),
    client.post(`${board}/submissions`, { ...entry, operator: 'increment' }, headers),
    client.post(`${board}/submissions`, { ...entry, score: 'canary' }, headers),
    client.post(`${board}/submissions`, { ...entry, canaryUnknown: 'canary' }, headers),
    client.post(`${board}/submissions`, '{"member":"canary-member","score":canary}', headers),
    client.post(`${board}/submissions`, large, headers).catch(() => undefined),
    client.post(`${board}/submissions/batch`, { submissions: [entry, 'canary', { canary: 1 }] }, headers),
    client.post(`${board}/entries/lookup`, { members: ['canary-member', 'canary-missing'] }, headers),
    client.get(`${board}/entries/canary-member?ranking=canary`, headers),
    client.get(`${board}/entries/canary-absent/around`, headers),
    client.get(`${board}/entries?cursor=canary&token=canary`, headers),
    client.get('/canary/path?canary=1', headers),
    client.get(`${board}/live?access_token=canary`, headers),
    inQuery(client, `${board}/live`, requestId),
    inQuery(client, '/v1/streams/absent/tail', requestId),
    inQuery(client, '/v1/me', requestId),
    client.get(`/v1/api-keys/${encodeURIComponent('canary id')}`, headers),
    client.post('/v1/api-keys', { name: 'canary', roles: ['canary'], permissions: ['canary'] }, headers),
    client.send('PATCH', board, { canary: 1 }, headers),
    client.send('POST', `${board}/submissions`, 'canary', { ...headers, 'content-type': 'text/canary' }),
    client.get('/v1/me', { ...headers, 'idempotency-key': 'canary with spaces' }),
  ]);
}

/** The credential of `client` as browsers send it where they can send no header; what is opened is closed. */
async function inQuery({ url, token = '' }: ApiClient, path: string, requestId: string): Promise<void> {
  const headers = { 'x-request-id': requestId };
  const leave = AbortSignal.timeout(5000);
  const answer = await fetch(`${url}${path}?access_token=${token}`, { headers, signal: leave });
  await answer.body?.cancel();
}

async function sendOverMessages(auth: string, requestId: string): Promise<void> {
  const entry = { board: 'shown-board', member: 'canary-member', score: 1, metadata: { canary: 'canary' } };
  const envelopes = [
    {},
    { idempotencyKey: `canary-${randomUUID()}` },
    { canary: 'canary' },
    { fence: 'canary' },
  ];
  for (const envelope of envelopes) {
    await messages.send(SUBMIT, entry, { auth, requestId, ...envelope }).catch(() => undefined);
    await messages.send(SUBMIT, { ...entry, canary: 1 }, { auth, ...envelope }).catch(() => undefined);
  }
  await raw.publish(SUBMIT, '{"canary');
  await raw.publish(SUBMIT, '"canary"');
  const id = randomUUID();
  await raw.publish(
    SUBMIT,
    `{"id":"${id}","data":{"auth":"${auth}","data":{"member":"canary","score":1e999}}}`,
  );
  await raw.replyTo(id);
}
