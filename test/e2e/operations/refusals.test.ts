import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { RawConnection } from '../../support/raw-connection.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { ADMIN_KEY } from '../../support/service.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import { SocketReader } from '../../support/socket-reader.js';
import { waitUntil } from '../../support/wait-until.js';
import { RawMessages } from '../messages/raw-messages.js';
import { type Line, linesIn } from './log-lines.js';

const SUBMIT = 'leaderboards.submissions.create';
const PATH = '/v1/leaderboards/b/submissions';
const ROUTE = '/v1/leaderboards/:board/submissions';
const ENTRY = { member: 'canary', score: 1 };
/** More than any other test here sends in a second, and few enough to be exceeded. */
const LINES_A_SECOND = 60;

let redis: TestRedis;
let service: ServiceProcess;
let messages: MessageClient;
let raw: RawMessages;
let reader: string;

beforeAll(async () => {
  redis = await startRedis();
  // At the level that is the default.
  service = await startServiceProcess({
    REDIS_URL: redis.serviceUrl,
    LOG_SUCCESSES: String(LINES_A_SECOND),
    RATE_LIMIT_ADDRESS: 'off',
    RATE_LIMIT_CREDENTIAL: 'off',
    RATE_LIMIT_TENANT: '1000/1000',
  });
  messages = new MessageClient(redis.messageUrl, undefined);
  raw = new RawMessages(redis.messageUrl);
  const made = await service.admin.post('/v1/api-keys', { name: 'r', roles: ['reader'] });
  reader = String(made.body.secret);
});

afterAll(async () => {
  raw.close();
  await messages.close();
  await service.stop();
  await redis.stop();
});

const lines = () => linesIn(service);

/** The only line about a request; lines come in the order of what they tell. */
async function onlyLineOf(requestId: string): Promise<Line | undefined> {
  const last = randomUUID();
  await service.admin.get('/v1/nowhere', { 'x-request-id': last });
  await waitUntil('the line after it', () => lines().find((line) => line.requestId === last));
  const found = lines().filter((line) => line.requestId === requestId);
  expect(found).toHaveLength(1);
  return found[0];
}

describe('a request that no operation has begun for', () => {
  it.each<[number, string, string, string, string | undefined, unknown?, Record<string, string>?]>([
    [
      401,
      'access.invalid-credential',
      'GET',
      '/v1/me',
      '/v1/me',
      undefined,
      { authorization: 'Bearer canary' },
    ],
    [403, 'access.forbidden', 'POST', PATH, ROUTE, ENTRY, { authorization: 'Bearer READER' }],
    [404, 'request.route-not-found', 'GET', '/v1/canary?canary=1', undefined],
    [405, 'request.method-not-allowed', 'PATCH', `${PATH}?canary=1`, ROUTE, {}],
    [400, 'request.malformed-json', 'POST', PATH, ROUTE, '{"canary'],
    [400, 'request.malformed', 'GET', '/v1/leaderboards/%ff?canary', undefined],
    [413, 'request.body-too-large', 'POST', PATH, ROUTE, `"${'canary'.repeat(200_000)}"`],
    [414, 'request.url-too-long', 'GET', `/v1/me?${'canary'.repeat(1400)}`, '/v1/me'],
    [415, 'request.unsupported-media-type', 'POST', PATH, ROUTE, 'canary', { 'content-type': 'text/plain' }],
    [415, 'request.unsupported-encoding', 'POST', PATH, ROUTE, '{}', { 'content-encoding': 'gzip' }],
    [422, 'request.invalid', 'POST', PATH, ROUTE, { ...ENTRY, canary: 'canary' }],
    [422, 'request.invalid', 'GET', `/v1/me?access_token=canary`, '/v1/me'],
    [422, 'durability.invalid', 'POST', PATH, ROUTE, ENTRY, { durability: 'canary' }],
    [426, 'request.upgrade-required', 'GET', '/v1/socket', '/v1/socket'],
  ])('is logged once: %i %s', async (status, code, method, path, route, body, headers = {}) => {
    const requestId = `refused-${randomUUID()}`;
    const authorization = headers.authorization?.replace('READER', reader);
    const answer = await service.admin.send(method, path, body, {
      'x-request-id': requestId,
      ...headers,
      ...(authorization === undefined ? {} : { authorization }),
    });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await onlyLineOf(requestId)).toEqual({
      level: 'info',
      time: expect.any(String),
      event: 'request.refused',
      requestId,
      transport: 'http',
      method,
      ...(route === undefined ? {} : { route }),
      code,
      status,
    });
  });

  it('is logged where it is no HTTP, too', async () => {
    const connection = await RawConnection.open(service.url).ready();
    connection.write('canary\r\n\r\n');
    await connection.closed;
    const [answer] = connection.answers();
    const { requestId } = JSON.parse(answer?.body ?? '') as { requestId: string };
    expect(await onlyLineOf(requestId)).toMatchObject({
      event: 'request.refused',
      code: 'request.malformed',
      status: 400,
    });
  });

  it('is logged as a message: of its guards, and of what came before them', async () => {
    const refused = { event: 'request.refused', transport: 'message', pattern: SUBMIT };
    const guarded = `refused-${randomUUID()}`;
    await messages.send(SUBMIT, { ...ENTRY, board: 'b' }, { requestId: guarded }).catch(() => undefined);
    expect(await onlyLineOf(guarded)).toMatchObject({
      ...refused,
      code: 'access.no-credential',
      status: 401,
    });
    const [id, requestId] = [randomUUID(), `refused-${randomUUID()}`];
    const data = { requestId, data: { canary: 'canary'.repeat(200_000) } };
    await raw.publish(SUBMIT, JSON.stringify({ data, id }));
    await raw.replyTo(id);
    expect(await onlyLineOf(requestId)).toMatchObject({
      ...refused,
      code: 'request.body-too-large',
      status: 413,
    });
  });

  it('is logged as a frame of a WebSocket', async () => {
    const socket = await SocketReader.open(`${service.url}/v1/socket`, ADMIN_KEY);
    socket.socket.send('{"type":"canary"}');
    const [frame] = await waitUntil('an answer', () =>
      socket.texts.length > 0 ? socket.frames() : undefined,
    );
    const { problem } = frame as { problem: { requestId: string } };
    socket.close();
    expect(await onlyLineOf(problem.requestId)).toMatchObject({
      event: 'request.refused',
      transport: 'websocket',
      code: 'request.invalid',
    });
  });
});

describe('the log of refusals', () => {
  it('leaves out what an operation has logged', async () => {
    const requestId = `failed-${randomUUID()}`;
    const { status } = await service.admin.get('/v1/leaderboards/absent', { 'x-request-id': requestId });
    expect(status).toBe(404);
    expect(await onlyLineOf(requestId)).toMatchObject({ event: 'operation.failure' });
    const byMessage = `failed-${randomUUID()}`;
    const envelope = { auth: ADMIN_KEY, requestId: byMessage };
    await messages.send('leaderboards.boards.get', { board: 'absent' }, envelope).catch(() => undefined);
    expect(await onlyLineOf(byMessage)).toMatchObject({ event: 'operation.failure' });
  });

  it('has so many lines a second, and says how many it left out', async () => {
    const before = lines().length;
    const attack = async () => {
      for (let at = 0; at < 100; at++) await service.admin.get('/v1/nowhere', { 'x-request-id': 'attack' });
    };
    const started = performance.now();
    await Promise.all([attack(), attack(), attack(), attack(), attack(), attack()]);
    const seconds = Math.ceil((performance.now() - started) / 1000) + 1;
    // What succeeds meanwhile has lines of its own.
    await service.admin.get('/v1/leaderboards', { 'x-request-id': 'meanwhile' });
    await waitUntil('a line of the operation', () => lines().some((line) => line.requestId === 'meanwhile'));
    const attacks = lines()
      .slice(before)
      .filter((line) => line.requestId === 'attack');
    expect(attacks.length).toBeLessThanOrEqual(LINES_A_SECOND * seconds);
    expect(attacks.length).toBeLessThan(600);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await service.admin.get('/v1/nowhere', { 'x-request-id': 'after' });
    await waitUntil('the number of those left out', () =>
      lines().find((line) => line.requestId === 'after' && Number(line.unlogged) > 0),
    );
  });

  it('holds nothing of what was sent', () => {
    expect(service.stdout()).toContain('request.refused');
    const output = service.stdout() + service.stderr();
    expect(output.split('\n').filter((line) => /canary/i.test(line))).toEqual([]);
    expect(output).not.toContain(reader.split('_')[2]);
  });
});
