import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { expectProblem } from '../../support/problem.js';
import { sendRaw } from '../../support/raw-request.js';
import { dumpRedis } from '../../support/redis-dump.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import {
  CURSORS,
  EXTENSION_BODIES,
  LOCK_BODIES,
  MALFORMED,
  PERMIT_BODIES,
  PLACES,
  QUERIES,
} from './bad-requests.js';

let topology: Topology;
let service: TestService;
let messages: MessageClient;

const TTL_MS = 86_400_000;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
  const { admin } = service;
  const held = { resources: ['held', 'held-too'], ttlMs: TTL_MS, owner: 'ann', metadata: { a: 1 } };
  expect((await admin.post('/v1/locks', held, { 'idempotency-key': 'held' })).status).toBe(201);
  const permit = await admin.post('/v1/semaphores/held/permits', { permits: 1, ttlMs: TTL_MS });
  expect(permit.status).toBe(201);
  // Somebody who waited, so that there is all that waiting leaves.
  expect((await admin.post('/v1/locks', { ...held, waitMs: 1 })).status).toBe(423);
});

afterAll(async () => {
  await messages?.close();
  await service?.stop();
  await topology?.stop();
});

/** Token buckets of the service change with every request; what a request can change for a client is here. */
const dumpKeys = () => dumpRedis(topology, (key) => /\{(locking|idempotency):/.test(key));

/** Runs `attempt`, and fails if it changes anything. */
async function unchanged<T>(attempt: () => Promise<T>): Promise<T> {
  const before = await dumpKeys();
  // What is held, who has it and until when, the tokens, the last place in a line, and the answer to the keyed request.
  expect(before.size).toBeGreaterThan(4);
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

const titled = (rows: typeof LOCK_BODIES) => rows.map(([what, ...row]) => ({ what, row }));

describe.each([
  ['a lock', '/v1/locks', 'locks.acquire', {}, LOCK_BODIES],
  ['a permit', '/v1/semaphores/held/permits', 'locks.permits.acquire', { resource: 'held' }, PERMIT_BODIES],
  ['an extension', '/v1/locks/none/extend', 'locks.extend', { lockId: 'none' }, EXTENSION_BODIES],
  [
    'an extension of a permit',
    '/v1/semaphores/held/permits/none/extend',
    'locks.permits.extend',
    { resource: 'held', permitId: 'none' },
    EXTENSION_BODIES,
  ],
])('bad bodies of %s', (_kind, path, pattern, names, rows) => {
  it.each(titled(rows))('$what: is answered 422 and changes nothing', async ({ row: [pointers, body] }) => {
    const answer = await unchanged(() => sendRaw(service.url, ['', 422, 'POST', path, body]));
    expectProblem(answer, 422);
    expectFields(answer.body, pointers);
  });

  it('are refused as messages too, and change nothing', async () => {
    // What is no object has no fields, and a message has the names of the path among its own.
    const sent = rows.filter(
      ([, [pointer = '']]) => pointer !== '' && !(pointer === '/resource' && 'resource' in names),
    );
    expect(sent.length).toBeGreaterThan(4);
    await unchanged(async () => {
      for (const [what, pointers, body] of sent) {
        const data = { ...names, ...(JSON.parse(body) as object) };
        const problem: unknown = await messages.send(pattern, data).catch((error: unknown) => error);
        expect(problem, what).toMatchObject({ status: 422, requestId: expect.any(String) });
        expectFields(problem, pointers);
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

describe('bad queries', () => {
  it.each(
    QUERIES.map(([pointer, query, method = 'GET', path = '/v1/locks']) => ({ pointer, query, method, path })),
  )('$method $path?$query: is answered 422 and changes nothing', async ({ pointer, query, method, path }) => {
    const answer = await unchanged(() => sendRaw(service.url, ['', 422, method, `${path}?${query}`]));
    expectProblem(answer, 422);
    expectFields(answer.body, [pointer]);
  });

  it.each(CURSORS)('the cursor %j is answered 422 and changes nothing', async (cursor) => {
    const target = `/v1/locks?cursor=${cursor}`;
    expectProblem(await unchanged(() => sendRaw(service.url, ['', 422, 'GET', target])), 422);
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
  ])('%s is metadata', async (_what, metadata) => {
    const body = `{"resources": ["good"], "ttlMs": 10000, "metadata": ${metadata}}`;
    const lock = await service.admin.post('/v1/locks', body);
    expect(lock.status, JSON.stringify(lock.body)).toBe(201);
    const { body: view } = await service.admin.get('/v1/locks/resources/good');
    expect(view.metadata).toEqual(JSON.parse(metadata));
    expect((await service.admin.delete(`/v1/locks/${lock.body.lockId}`)).status).toBe(204);
  });

  it.each(['@scope/worker é', '🏆', 'a b', '{"a":1}', '"', '-1', 'x'.repeat(256)])(
    '%s is an owner',
    async (owner) => {
      const lock = await service.admin.post('/v1/locks', { resources: ['good'], ttlMs: 10_000, owner });
      expect(lock.status, JSON.stringify(lock.body)).toBe(201);
      const again = await service.admin.post('/v1/locks', { resources: ['good'], ttlMs: 10_000 });
      expectProblem(again, 423, 'locking.held');
      expect(again.body.holders).toMatchObject([{ resource: 'good', owner }]);
      expect((await service.admin.get('/v1/locks/resources/good')).body).toMatchObject({ owner });
      expect((await service.admin.delete(`/v1/locks/${lock.body.lockId}`)).status).toBe(204);
    },
  );

  it('resources have names that look like parts of another one, and are apart', async () => {
    const names = ['a', 'a:1', 'a.1', 'a-1', 'lock:a', 'permit:a', 'permit:held', 'toString', '0', 'A'];
    const locks: string[] = [];
    for (const name of names) {
      const lock = await service.admin.post('/v1/locks', { resources: [name], ttlMs: TTL_MS, owner: name });
      expect(lock.status, name).toBe(201);
      locks.push(String(lock.body.lockId));
    }
    for (const name of names)
      expect((await service.admin.get(`/v1/locks/resources/${name}`)).body, name).toMatchObject({
        owner: name,
        held: true,
      });
    const { items } = (await service.admin.get('/v1/locks?prefix=a')).body as {
      items: { resource: string }[];
    };
    expect(items.map(({ resource }) => resource)).toEqual(['a', 'a-1', 'a.1', 'a:1']);
    for (const lock of locks) expect((await service.admin.delete(`/v1/locks/${lock}`)).status).toBe(204);
    for (const name of names)
      expect((await service.admin.get(`/v1/locks/resources/${name}`)).body, name).toMatchObject({
        held: false,
      });
  });
});
