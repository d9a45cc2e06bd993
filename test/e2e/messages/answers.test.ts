import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeclaredHandler, EndpointAudit } from '../../../src/access/endpoint-audit.js';
import { MessageClient } from '../../support/message-client.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { freshChannel } from '../access/channel-names.js';
import { newKey } from '../access/credentials.js';
import { callHandler, type Names, type Outcome } from '../access/requests.js';
import { freshJob, NO_JOB } from '../access/job-names.js';
import { freshLock, NO_LOCK } from '../access/lock-names.js';
import { freshPayloads } from '../access/pipeline-names.js';
import { freshSession, NO_SESSION } from '../access/session-names.js';
import { freshStream } from '../access/stream-names.js';

let topology: Topology;
let service: TestService;
let messages: MessageClient;
let pairs: { route: DeclaredHandler; pattern: DeclaredHandler }[];

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  messages = new MessageClient(topology.messageUrl, undefined);
  const handlers = service.application.nest.get(EndpointAudit).handlers();
  pairs = handlers
    .filter(({ transport }) => transport === 'message')
    .map((pattern) => {
      const route = handlers.find(({ transport, endpoint }) => {
        return transport === 'http' && endpoint !== 'public' && endpoint.name === pattern.address;
      });
      if (route === undefined) throw new Error(`${pattern.address} has no route`);
      return { route, pattern };
    });
});

afterAll(async () => {
  await messages.close();
  await service.stop();
  await topology.stop();
});

/**
 * A board with two seasons and the same entries each time, a stream, a channel, a lock, a payload, and a key, in a tenant of their
 * own; for a pattern about jobs also one, which takes a worker of its own to fail.
 */
async function world(pattern: string): Promise<{ names: Names; token: string }> {
  const tenant = `t-${randomUUID()}`;
  const token = (await newKey(service.admin, { tenant, roles: ['admin'] })).secret;
  const client = service.as(token);
  for (const season of [1, 2]) {
    for (const [member, score] of [
      ['top', 30],
      ['@scope/member é', 20],
      ['last', 10],
    ]) {
      const entry = { member, score, metadata: { season } };
      expect((await client.post('/v1/leaderboards/board/submissions', entry)).status).toBe(200);
    }
    if (season === 1) await client.post('/v1/leaderboards/board/seasons');
  }
  const { id } = await newKey(client, { roles: ['reader'] });
  const limit = { capacity: 10, refillTokens: 1, refillIntervalMs: 31 * 86_400_000 };
  expect((await client.put('/v1/rate-limits/board', limit)).status).toBe(201);
  const data = { a: 'é' };
  const [stream, channel, payloads, lock, session, job] = await Promise.all([
    freshStream(client, 'stream', data),
    freshChannel(client, 'channel', data),
    freshPayloads(client, data),
    freshLock(client, 'resource', data),
    freshSession(client, 'user', data),
    pattern.startsWith('jobs.') ? freshJob(client, 'by', data) : NO_JOB,
  ]);
  // What sessions tell it comes behind their answers, and is on the list of streams from then on.
  await waitUntil('the audit of sessions', async () => {
    return (await client.get('/v1/streams/audit.sessions')).status === 200;
  });
  const member = '@scope/member é';
  const names = {
    board: 'board',
    member,
    season: '1',
    id,
    policy: 'board',
    ...stream,
    ...channel,
    ...payloads,
    newPayload: 'new/é',
    ...lock,
    ...session,
    ...job,
    newJob: 'new job/é',
  };
  return { names, token };
}

/** A body without what differs between two worlds: their tenants, instants, ages, ids and secrets. */
function comparable(body: unknown): unknown {
  const text = JSON.stringify(body)
    .replace(/\b(lk|pm)[\w-]{22}/g, '$1GRANT')
    .replace(/fs_[\w-]{78}/g, 'TOKEN')
    .replace(/"[\da-f]{2}[\w-]{32}"/g, '"SESSION"')
    .replace(/"fencingToken":\d+/g, '"fencingToken":0')
    .replace(/t-[\da-f-]{36}/g, 'TENANT')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
    .replace(/fk_[\da-f]{24}_[\da-f]{64}/g, 'SECRET')
    .replace(/[\w-]{12}-[\da-z]+\.(\d+)\.\d{13}/g, 'EPOCH.$1')
    .replace(/[\da-f-]{36}/g, 'PAYLOAD')
    .replace(/[\da-f]{24}/g, 'KEY')
    .replace(/\d{13}-\d+/g, 'ENTRY')
    .replace(/"idleMs":\d+/g, '"idleMs":0');
  return JSON.parse(text) as unknown;
}

async function both(
  change: (names: Names) => Names = (names) => names,
): Promise<[string, Outcome, Outcome][]> {
  const outcomes: [string, Outcome, Outcome][] = [];
  for (const { route, pattern } of pairs) {
    const [one, other] = await Promise.all([world(pattern.address), world(pattern.address)]);
    outcomes.push([
      pattern.address,
      await callHandler(route, change(one.names), { url: service.url, messages }, one.token),
      await callHandler(pattern, change(other.names), { url: service.url, messages }, other.token),
    ]);
  }
  return outcomes;
}

describe('patterns', () => {
  it('answer the JSON body of their routes', async () => {
    const outcomes = await both();
    expect(outcomes.length).toBeGreaterThan(15);
    for (const [pattern, byRoute, byMessage] of outcomes) {
      expect(byRoute.status, pattern).toBeLessThan(300);
      expect(byMessage.status, pattern).toBe(200);
      const expected: unknown = byRoute.status === 204 ? null : comparable(byRoute.body);
      expect(comparable(byMessage.body), pattern).toEqual(expected);
    }
    console.log(`${outcomes.length} patterns answer as their routes (${topology.kind})`);
  }, 120_000);

  it('and are refused with the same problem, save that it names the message', async () => {
    const absent = {
      ...{ board: 'no-such-board', id: 'no-such-key', stream: 'no-such-stream', payload: 'none' },
      ...{ resource: 'no-such-resource', ...NO_LOCK, ...NO_SESSION, ...NO_JOB },
    };
    let refused = 0;
    for (const [pattern, byRoute, byMessage] of await both((names) => ({ ...names, ...absent }))) {
      if (byRoute.status < 400) continue;
      refused++;
      expect(byRoute.body, pattern).toMatchObject({
        requestId: expect.any(String),
        instance: expect.any(String),
      });
      const { requestId, instance, ...same } = byMessage.body as Record<string, unknown>;
      expect(byRoute.body, pattern).toMatchObject(same);
      expect(Object.keys(byRoute.body as object).sort()).toEqual(
        Object.keys(byMessage.body as object).sort(),
      );
      expect(instance, pattern).toMatch(/^urn:fulcrum:/);
      expect(requestId, pattern).toMatch(/^[\x21-\x7e]{1,128}$/);
    }
    expect(refused).toBeGreaterThan(10);
  }, 120_000);

  it('see what routes did, and the other way round', async () => {
    const auth = { auth: ADMIN_KEY };
    await messages.send('leaderboards.submissions.create', { board: 'shared', member: 'm', score: 3 }, auth);
    await service.admin.post('/v1/leaderboards/shared/submissions', { member: 'n', score: 4 });
    const byRoute = await service.admin.get('/v1/leaderboards/shared/entries');
    const byMessage: unknown = await messages.send('leaderboards.entries.list', { board: 'shared' }, auth);
    expect(byMessage).toEqual(byRoute.body);
    expect(byRoute.body).toMatchObject({ total: 2 });
    const processed = await service.admin.post('/v1/pipeline/payloads', { id: 'shared', score: 5 });
    expect(processed.status).toBe(200);
    for (const operation of ['process', 'queue']) {
      const again: unknown = await messages.send(`pipeline.payloads.${operation}`, { id: 'shared' }, auth);
      expect(again, operation).toEqual(processed.body);
    }
  });

  it('take numbers as numbers: in a message nothing is a query text', async () => {
    const auth = { auth: ADMIN_KEY };
    const page = messages.send('leaderboards.entries.list', { board: 'shared', limit: '5' }, auth);
    await expect(page).rejects.toMatchObject({ status: 422, errors: [{ pointer: '/limit' }] });
  });
});
