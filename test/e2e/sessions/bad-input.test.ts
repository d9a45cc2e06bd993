import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { expectProblem } from '../../support/problem.js';
import { sendRaw } from '../../support/raw-request.js';
import { dumpRedis } from '../../support/redis-dump.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { CREATE_BODIES, IF_MATCHES, MALFORMED, PATCH_BODIES, PLACES } from './bad-requests.js';
import { CURRENT, SessionClient, SESSIONS } from './sessions.js';

let topology: Topology;
let service: TestService;
let messages: MessageClient;
let client: SessionClient;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
  const body = { userId: 'ada', data: { kept: true }, device: 'a desk' };
  const { body: answer } = await service.admin.post(SESSIONS, body, { 'idempotency-key': 'held' });
  client = new SessionClient(service.admin, String(answer.token));
  await waitUntil('the audit stream is told', async () => {
    const { body: stream } = await service.admin.get('/v1/streams/audit.sessions');
    return stream.length === 1;
  });
});

afterAll(async () => {
  await messages?.close();
  await service?.stop();
  await topology?.stop();
});

/** Token buckets of the service change with every request; what a request can change for a client is here. */
/** What a request can change; how many sessions there are a sweep says by itself. */
const dumpKeys = () =>
  dumpRedis(topology, (key) => /\{(sessions|idempotency|streams):/.test(key) && !key.endsWith(':count'));

/** Runs `attempt`, and fails if it changes anything. */
async function unchanged<T>(attempt: () => Promise<T>): Promise<T> {
  const before = await dumpKeys();
  // The session, what counts, when to look, the bucket, the list of buckets, the answer to the keyed request, the stream.
  expect(before.size).toBeGreaterThan(6);
  const answer = await attempt();
  expect(await dumpKeys()).toEqual(before);
  return answer;
}

/** Checks that the problem says exactly of these fields what is wrong with them. */
function expectFields(body: unknown, pointers: readonly string[]): void {
  const { code, errors } = body as { code: string; errors: { pointer: string; detail: string }[] };
  expect(code).toBe('request.invalid');
  expect([...new Set(errors.map(({ pointer }) => pointer))].sort()).toEqual([...pointers].sort());
  for (const { detail } of errors) expect(detail).toMatch(/./);
}

describe('bad bodies of a new session', () => {
  it.each(CREATE_BODIES.map(([what, pointers, body]) => ({ what, pointers, body })))(
    '$what: is answered 422 and changes nothing',
    async ({ pointers, body }) => {
      const answer = await unchanged(() => sendRaw(service.url, ['', 422, 'POST', SESSIONS, body]));
      expectProblem(answer, 422);
      expectFields(answer.body, pointers);
    },
  );

  it('are refused as messages too, and change nothing', async () => {
    const sent = CREATE_BODIES.filter(([, [pointer = '']]) => pointer !== '');
    await unchanged(async () => {
      for (const [what, pointers, body] of sent) {
        const data = JSON.parse(body) as object;
        const problem: unknown = await messages
          .send('sessions.create', data)
          .catch((error: unknown) => error);
        expect(problem, what).toMatchObject({ status: 422, requestId: expect.any(String) });
        expectFields(problem, pointers);
      }
    });
  });
});

describe('bad patches', () => {
  it.each(PATCH_BODIES.map(([what, pointers, body]) => ({ what, pointers, body })))(
    '$what: is answered 422 and changes nothing',
    async ({ pointers, body }) => {
      for (const type of ['application/json', 'application/merge-patch+json']) {
        const answer = await unchanged(() => client.patch(body, { 'content-type': type }));
        expectProblem(answer, 422);
        expectFields(answer.body, pointers);
      }
    },
  );

  it.each(IF_MATCHES)('If-Match: %s is answered 422 and changes nothing', async (tag) => {
    const sent = { sessionToken: client.token, data: { a: 1 }, ifMatch: tag };
    const problem: unknown = await unchanged(() =>
      messages.send('sessions.current.patch', sent).catch((error: unknown) => error),
    );
    expect(problem).toMatchObject({ status: 422 });
  });

  it('as messages need a token and an object, and nothing else', async () => {
    const token = { sessionToken: client.token };
    await unchanged(async () => {
      for (const [data, pointer] of [
        [{ data: {} }, '/sessionToken'],
        [{ sessionToken: '', data: {} }, '/sessionToken'],
        [{ sessionToken: 'é', data: {} }, '/sessionToken'],
        [{ sessionToken: 'x'.repeat(129), data: {} }, '/sessionToken'],
        [token, '/data'],
        [{ ...token, data: null }, '/data'],
        [{ ...token, data: [] }, '/data'],
        [{ ...token, data: {}, a: 1 }, '/a'],
        [{ ...token, data: {}, ifMatch: 1 }, '/ifMatch'],
      ] as const) {
        const problem: unknown = await messages
          .send('sessions.current.patch', data)
          .catch((error: unknown) => error);
        expect(problem, JSON.stringify(data)).toMatchObject({ status: 422 });
        expectFields(problem, [pointer]);
      }
    });
  });
});

describe.each([
  ['JSON', MALFORMED],
  ['paths, and what cannot be had', PLACES],
])('bad %s', (_kind, rows) => {
  it.each(rows.map((row) => ({ what: row[0], status: row[1], row })))(
    '$what: is answered $status and changes nothing',
    async ({ row }) => expectProblem(await unchanged(() => sendRaw(service.url, row)), row[1]),
  );
});

describe('tokens that give nothing', () => {
  it.each([
    'x',
    'fs_',
    `fs_${'0'.repeat(34)}_${'0'.repeat(43)}`,
    'fk_admin_0123456789abcdef0123456789abcdef',
    'x'.repeat(10_000),
    '__proto__',
    '*',
    '"',
  ])('%s: is answered 401 and changes nothing', async (token) => {
    const other = new SessionClient(service.admin, token);
    for (const ask of [
      () => other.read(),
      () => other.patch({ a: 1 }),
      () => other.rotate(),
      () => other.end(),
    ])
      expectProblem(await unchanged(ask), 401, 'sessions.invalid-token');
  });

  it('two of them are none', async () => {
    const header = { 'session-token': `${client.token}, ${client.token}` };
    expectProblem(await unchanged(() => service.admin.get(CURRENT, header)), 401, 'sessions.invalid-token');
  });
});

describe('what is unusual but good', () => {
  it.each([
    ['an object that inherits nothing', '{"constructor": {"prototype": 1}, "toString": null}'],
    ['NUL in a text', '{"a": "a\\u0000b"}'],
    ['quotes, backslashes and spaces', '{"a b": "\\",\\"id\\":\\"x\\\\\\"}"}'],
    ['2^53', '{"a": 9007199254740992}'],
    ['65,536 bytes', JSON.stringify({ a: 'x'.repeat(65_528) })],
    ['an empty object', '{}'],
  ])('%s is data', async (_what, data) => {
    const answer = await service.admin.post(SESSIONS, `{"userId": "good", "data": ${data}}`);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    const session = new SessionClient(service.admin, String(answer.body.token));
    expect((await session.read()).body.data).toEqual(JSON.parse(data));
    const patched = await session.patch(`{"data": ${data}}`);
    // What is null in a patch is taken out.
    const { toString: _null, ...kept } = JSON.parse(data) as Record<string, unknown>;
    expect(patched.status, JSON.stringify(patched.body)).toBe(200);
    expect(patched.body.data).toEqual(_null === null ? kept : JSON.parse(data));
    expect((await session.end()).status).toBe(204);
  });

  it.each(['@scope/worker é', '🏆', 'a b', '{"a":1}', '"', '../..', '%2F', 'x'.repeat(256)])(
    '%s is a user',
    async (userId) => {
      const { status, body } = await service.admin.post(SESSIONS, { userId, device: { 'a b': [1, null] } });
      expect(status, JSON.stringify(body)).toBe(201);
      const list = await service.admin.get(`/v1/users/${encodeURIComponent(userId)}/sessions`);
      expect(list.body.items).toMatchObject([{ userId, device: { 'a b': [1, null] } }]);
      const ended = await service.admin.delete(`/v1/users/${encodeURIComponent(userId)}/sessions`);
      expect(ended.status).toBe(204);
    },
  );
});
