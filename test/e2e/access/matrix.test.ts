import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeclaredHandler, EndpointAudit } from '../../../src/access/endpoint-audit.js';
import { ApiClient } from '../../support/api-client.js';
import { EventReader } from '../../support/event-reader.js';
import { MessageClient } from '../../support/message-client.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { SocketClient } from '../../support/socket-client.js';
import { waitUntil } from '../../support/wait-until.js';
import { freshChannel, subscribers } from './channel-names.js';
import { credentialRows, CUSTOM_ROLES, expectedOf, newKey, type Row } from './credentials.js';
import { callHandler, type Names, type Outcome } from './requests.js';
import { freshJob, NO_JOB } from './job-names.js';
import { endOf, freshLock, NO_LOCK } from './lock-names.js';
import { freshPayloads, idleProcessor } from './pipeline-names.js';
import { freshSession, NO_SESSION } from './session-names.js';
import { freshStream } from './stream-names.js';

const HOME = 'home';
const CANARY = 'canary-of-the-home-tenant';

let topology: Topology;
let service: TestService;
let messages: MessageClient;
let handlers: DeclaredHandler[];
let rows: Row[];
let home: ApiClient;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService({ ...topology.settings, ROLES: JSON.stringify(CUSTOM_ROLES) });
  messages = new MessageClient(topology.messageUrl, undefined);
  handlers = service.application.nest.get(EndpointAudit).handlers();
  rows = await credentialRows(service, HOME);
  home = new ApiClient(service.url, (await newKey(service.admin, { tenant: HOME, roles: ['admin'] })).secret);
});

afterAll(async () => {
  await messages.close();
  await service.stop();
  await topology.stop();
});

/** A board of the home tenant with a closed season and an entry in each, a stream, a channel, a lock, a session, a payload, a job, and an API key, all new. */
async function freshNames(prefix: 'inside' | 'outside'): Promise<Names> {
  const board = `${prefix}.${randomUUID()}`;
  const entry = { member: CANARY, score: 10, metadata: { canary: CANARY } };
  await home.post(`/v1/leaderboards/${board}/submissions`, entry);
  await home.post(`/v1/leaderboards/${board}/seasons`);
  const { status } = await home.post(`/v1/leaderboards/${board}/submissions`, entry);
  expect(status).toBe(200);
  const { id } = await newKey(home, { roles: ['reader'] });
  const limit = { capacity: 10, refillTokens: 1, refillIntervalMs: 60_000 };
  await home.put(`/v1/rate-limits/${board}`, limit);
  const data = { canary: CANARY };
  const [stream, channel, payloads, lock, session, job] = await Promise.all([
    freshStream(home, board, data),
    freshChannel(home, board, data),
    freshPayloads(home, data),
    freshLock(home, board, data),
    freshSession(home, board, data),
    freshJob(home, board, data),
  ]);
  const own = { board, member: CANARY, season: '1', id, policy: board };
  return { ...own, ...stream, ...channel, ...payloads, ...lock, ...session, ...job };
}

/** Everything that the home tenant's admin can see of `names`. */
async function stateOf(names: Names): Promise<unknown[]> {
  const { board, id, policy, stream, group, entry, channel, payload, newPayload, newResource } = names;
  const paths = ['', '/entries', `/entries/${CANARY}`, '/seasons', '/seasons/1/entries'];
  const ofStream = ['', '/entries', `/entries/${entry}`, `/groups/${group}`, `/groups/${group}/dead-letters`];
  const seen = await Promise.all(
    [
      ...paths.map((path) => `/v1/leaderboards/${board}${path}`),
      `/v1/api-keys/${id}`,
      `/v1/rate-limits/${policy}`,
      ...ofStream.map((path) => `/v1/streams/${stream}${path}`),
      ...['', '/messages', '/presence'].map((path) => `/v1/channels/${channel}${path}`),
      `/v1/pipeline/payloads/${payload}`,
      ...[names.resource, newResource].map((resource) => `/v1/locks/resources/${resource}`),
      `/v1/users/${names.userId}/sessions`,
      `/v1/jobs/${names.job}`,
    ].map((path) => home.get(path)),
  );
  expect(seen.map(({ status }) => status)).toEqual(seen.map(() => 200));
  expect((await home.get(`/v1/pipeline/payloads/${newPayload}`)).status).toBe(404);
  expect((await home.get(`/v1/jobs/${names.newJob}`)).status).toBe(404);
  return seen.map(({ body }) => JSON.parse(JSON.stringify(body), withoutAge) as unknown);
}

/** How long a consumer has not asked for anything grows by itself, and reading a session is using it. */
const withoutAge = (key: string, value: unknown): unknown => {
  if (['idleMs', 'lastSeenAt', 'idleExpiresAt'].includes(key)) return undefined;
  return key === 'expiresAt' && typeof value === 'string' ? endOf(value) : value;
};

async function call(handler: DeclaredHandler, names: Names, token: string | undefined): Promise<Outcome> {
  return await callHandler(handler, names, { url: service.url, messages }, token);
}

function expectRefusal(outcome: Outcome, status: 401 | 403, handler: DeclaredHandler): void {
  expect(outcome.status).toBe(status);
  expect(outcome.body).toMatchObject({ status, requestId: expect.any(String) });
  if (status === 403) {
    expect(outcome.body).toMatchObject({
      code: 'access.forbidden',
      permission: handler.endpoint === 'public' ? 'none' : handler.endpoint.permission,
    });
  } else {
    expect(outcome.body.code).toMatch(/^access\.(no|invalid)-credential$/);
    if (handler.transport === 'http') expect(outcome.headers.get('www-authenticate')).toMatch(/^Bearer\b/);
  }
  expect(JSON.stringify(outcome.body)).not.toContain('"canary"');
}

/** What is wrong with the results of a batch, each of which stands for a request of its own. */
async function wrongRows(
  row: Row,
  { address, endpoint }: DeclaredHandler,
  { channel, message }: Names,
  { body }: Outcome,
): Promise<string[]> {
  if (endpoint === 'public' || endpoint.name !== 'messaging.messages.batch') return [];
  const expected = row.may?.('messaging', 'write', channel) ? [201, undefined] : [403, 'access.forbidden'];
  const results = body.results as { status: number; code?: string }[];
  const { body: history } = await home.get(`/v1/channels/${channel}/messages?since=${message}`);
  const published = history.items.length === (expected[0] === 201 ? 1 : 0);
  const found = results.map(({ status, code }) => [status, code]);
  return JSON.stringify(found) === JSON.stringify([expected]) && published
    ? []
    : [`${row.name}: ${address}: ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`];
}

describe('routes × roles', () => {
  it('answers every route and pattern as its declared permission says, and refusals change nothing', async () => {
    const wrong: string[] = [];
    let allowed = 0;
    let refused = 0;
    for (const row of rows) {
      // Whoever may not configure the processor tries to stop it.
      const untouched = { ...(await freshNames(row.boards)), active: false };
      const before = await stateOf(untouched);
      const { processed, ...processor } = await idleProcessor(home);
      let payloads = processed;
      for (const handler of handlers) {
        const expected = expectedOf(row, handler, untouched.board);
        const isFresh = expected === 'allowed' && changesSomething(handler);
        const names = isFresh ? await freshNames(row.boards) : untouched;
        const outcome = await call(handler, names, row.token);
        if (expected === 'allowed') {
          allowed++;
          payloads += (isFresh ? 1 : 0) + payloadsOf(handler);
          const fine = outcome.status === 101 || (outcome.status >= 200 && outcome.status < 300);
          if (fine) wrong.push(...(await wrongRows(row, handler, names, outcome)));
          else wrong.push(`${row.name}: ${handler.address}: ${outcome.status}, expected 2xx`);
        } else {
          refused++;
          if (outcome.status !== expected) {
            wrong.push(`${row.name}: ${handler.address}: ${outcome.status}, expected ${expected}`);
          } else expectRefusal(outcome, expected, handler);
        }
      }
      expect(await stateOf(untouched)).toEqual(before);
      // Those of the names and of the calls that were allowed.
      expect(await idleProcessor(home), row.name).toEqual({ ...processor, processed: payloads });
    }
    console.log(
      `${wrong.length} wrong of ${allowed + refused} calls: ${handlers.length} handlers × ${rows.length} ` +
        `credentials, ${allowed} allowed, ${refused} refused (${topology.kind})`,
    );
    expect(wrong).toEqual([]);
    expect(allowed + refused).toBe(handlers.length * rows.length);
    expect(Math.min(allowed, refused)).toBeGreaterThan(handlers.length);
  }, 300_000);

  it('answers every frame of a WebSocket as the permission of its kind says', async () => {
    for (const row of rows) {
      const { may } = row;
      if (may === undefined) continue;
      const names = await freshNames(row.boards);
      const { channel } = names;
      const before = await stateOf(names);
      const client = await SocketClient.open(service.url, row.token);
      const outcomeOf = async (frame: object) => {
        const { type, problem } = await client.ask(frame);
        return (type === 'error' ? [problem.code, problem.permission] : [type]) as string[];
      };
      const expected = (action: string, name: string | undefined, type: string) =>
        may('messaging', action, name) ? [type] : ['access.forbidden', `messaging:${action}`];
      const subscribed = await outcomeOf({ type: 'subscribe', channel });
      expect(subscribed, row.name).toEqual(expected('read', channel, 'subscribed'));
      // Whoever may read some names may have a pattern, and gets what has those.
      expect(await outcomeOf({ type: 'subscribe', pattern: `${channel}*` }), row.name).toEqual(
        expected('read', undefined, 'subscribed'),
      );
      const published = await outcomeOf({ type: 'publish', channel, data: 1 });
      expect(published, row.name).toEqual(expected('write', channel, 'published'));
      const unsubscribed = await outcomeOf({ type: 'unsubscribe', channel });
      expect(unsubscribed[0], row.name).toBe(
        subscribed[0] === 'subscribed' ? 'unsubscribed' : 'messaging.not-subscribed',
      );
      expect(await outcomeOf({ type: 'ping' }), row.name).toEqual(['pong']);
      client.close();
      if (published[0] === 'published') continue;
      await subscribers(home, channel, 0);
      expect(await stateOf(names), row.name).toEqual(before);
    }
  });

  it('brings a limited credential of a pattern only what it may read, on both kinds of connection', async () => {
    const { token } = rows.find(({ name }) => name === 'glob, inside') ?? {};
    const end = randomUUID();
    const [inside, outside] = [await freshNames('inside'), await freshNames('outside')];
    const client = await SocketClient.open(service.url, token);
    const reader = await EventReader.open(`${service.url}/v1/events?pattern=*`, token);
    try {
      await client.ask({ type: 'subscribe', pattern: '*' });
      await waitUntil('the place', () => reader.lastEventId !== '');
      // One that there is, one that comes, and then one that both may read.
      for (const channel of [outside.channel, `outside.${randomUUID()}`, inside.channel])
        await home.post(`/v1/channels/${channel}/messages`, { data: { canary: CANARY, end } });
      const arrived = () => [client.of('message'), reader.datas('message')];
      await waitUntil('what may be read', () => arrived().every((messages) => messages.length > 0));
      for (const messages of arrived())
        expect(messages).toMatchObject([{ channel: inside.channel, data: { end } }]);
    } finally {
      client.close();
      reader.close();
    }
  });

  it('lists to a limited credential only the boards, channels, streams and locks that it may read', async () => {
    await freshNames('inside');
    await freshNames('outside');
    const limited = rows.find(({ name }) => name === 'glob, inside');
    for (const [path, field] of [
      ['/v1/leaderboards', 'board'],
      ['/v1/channels', 'channel'],
      ['/v1/streams', 'stream'],
      ['/v1/locks', 'resource'],
    ] as const) {
      const { body } = await service.as(limited?.token).get(`${path}?limit=1000`);
      const names = (body as { items: Record<string, string>[] }).items.map((item) => item[field]);
      expect(names.length, path).toBeGreaterThan(0);
      expect(names.filter((name) => !name?.startsWith('inside.'))).toEqual([]);
    }
  });

  it('covers every route that the OpenAPI document describes, and each pattern has its route', () => {
    const described = Object.entries(service.application.openApi.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    const routes = handlers.filter(({ transport }) => transport === 'http');
    expect(routes.map(({ address }) => address).sort()).toEqual(described.sort());
    const operations = routes.map(({ endpoint }) => (endpoint === 'public' ? '' : endpoint.name));
    const patterns = handlers.filter(({ transport }) => transport === 'message');
    expect(patterns.length).toBeGreaterThan(15);
    for (const { address, endpoint } of patterns) {
      expect(endpoint).toMatchObject({ name: address });
      expect(operations).toContain(address);
    }
  });
});

describe('routes × tenants', () => {
  it('another tenant’s admin sees, changes and counts nothing, and cannot tell what is there', async () => {
    const foreign = (await newKey(service.admin, { tenant: 'foreign', roles: ['admin'] })).secret;
    let leaks = 0;
    for (const handler of handlers) {
      const fresh = await freshNames('inside');
      const before = [...(await stateOf(fresh)), await idleProcessor(home)];
      const [nowhere, nothing] = [`inside.${randomUUID()}`, randomUUID()];
      // A payload that is processed is processed or queued again.
      const names: Names = { ...fresh, newPayload: fresh.payload };
      const absent: Names = {
        ...names,
        ...{
          board: nowhere,
          policy: nowhere,
          stream: nowhere,
          channel: nowhere,
          id: 'abcdef0123456789abcdef01',
        },
        ...{ resource: nowhere, newResource: `${nowhere}.new`, ...NO_LOCK },
        ...{ userId: nowhere, ...NO_SESSION },
        ...{ payload: nothing, newPayload: nothing, ...NO_JOB },
      };
      await idleProcessor(service.as(foreign));
      const asForeign = async (about: Names) => {
        const outcome = await call(handler, about, foreign);
        // An event stream that was left is soon nobody's subscription.
        if (handler.address === 'GET /v1/events') await subscribers(service.as(foreign), about.channel, 0);
        return outcome;
      };
      const onTheirs = await asForeign(names);
      const onNothing = await asForeign(absent);
      // `/metrics` counts operations, of whatever tenant; it names none.
      const same =
        handler.address === 'GET /metrics' || shapeOf(onTheirs, names) === shapeOf(onNothing, absent);
      if (!same || JSON.stringify(onTheirs.body).includes('"canary"')) {
        leaks++;
        console.error(handler.address, shapeOf(onTheirs, names), shapeOf(onNothing, absent));
      }
      expect([...(await stateOf(fresh)), await idleProcessor(home)], handler.address).toEqual(before);
    }
    console.log(`${leaks} leaks in ${handlers.length} handlers (${topology.kind})`);
    expect(leaks).toBe(0);
  }, 120_000);

  it('refuses one tenant’s cursors in another, in every list', async () => {
    const board = `paged.${randomUUID()}`;
    const followers: SocketClient[] = [];
    const clients: ApiClient[] = [];
    for (const tenant of ['left', 'right']) {
      const client = service.as((await newKey(service.admin, { tenant, roles: ['admin'] })).secret);
      await newKey(client, { roles: [] });
      await client.post(`/v1/leaderboards/${board}-2/submissions`, { member: 'm', score: 1 });
      for (const member of ['a', 'b', 'c']) {
        await client.post(`/v1/leaderboards/${board}/submissions`, { member, score: 1 });
      }
      await client.post(`/v1/leaderboards/${board}/seasons`);
      await client.post(`/v1/leaderboards/${board}/seasons`);
      for (const member of ['a', 'b', 'c']) {
        await client.post(`/v1/leaderboards/${board}/submissions`, { member, score: 1 });
      }
      await client.put(`/v1/streams/${board}-2`, {});
      await client.post('/v1/locks', { resources: [board, `${board}-2`], ttlMs: 60_000 });
      for (const data of [{}, {}]) await freshSession(client, board, data);
      for (const data of [1, 2]) await freshJob(client, board, data);
      for (const channel of [board, board, `${board}-2`])
        await client.post(`/v1/channels/${channel}/messages`, { data: 1 });
      // Two credentials that subscribe, so that presence has two pages.
      for (const token of [client.token, (await newKey(client, { roles: ['reader'] })).secret]) {
        const follower = await SocketClient.open(service.url, token);
        await follower.ask({ type: 'subscribe', channel: board });
        followers.push(follower);
      }
      await subscribers(client, board, 2);
      // Given up as well, so that there are two dead letters.
      const { group, consumer, entry } = await freshStream(client, board, 1);
      await client.post(`/v1/streams/${board}/groups/${group}/nack`, { consumer, ids: [entry] });
      clients.push(client);
    }
    const [left, right] = clients;
    const lists = [
      '/v1/api-keys',
      '/v1/leaderboards',
      `/v1/leaderboards/${board}/entries`,
      `/v1/leaderboards/${board}/seasons`,
      `/v1/leaderboards/${board}/seasons/1/entries`,
      '/v1/streams',
      `/v1/streams/${board}/entries`,
      `/v1/streams/${board}/groups/workers/dead-letters`,
      '/v1/channels',
      `/v1/channels/${board}/messages`,
      `/v1/channels/${board}/presence`,
      '/v1/locks',
      `/v1/users/${board}/sessions`,
      '/v1/jobs',
    ];
    for (const path of lists) {
      const page = await left?.get(`${path}?limit=1`);
      const cursor = (page?.body as { next: string | null }).next;
      expect(cursor, path).toEqual(expect.any(String));
      expect((await left?.get(`${path}?limit=1&cursor=${cursor}`))?.status, path).toBe(200);
      const refused = await right?.get(`${path}?limit=1&cursor=${cursor}`);
      expect(refused?.status, path).toBe(422);
      expect(refused?.body.code, path).toBe('pagination.invalid-cursor');
    }
    for (const follower of followers) follower.close();
  });
});

/** Whether what a call to `handler` leaves can be seen: it does more than to read, or somebody is present meanwhile. */
function changesSomething({ endpoint }: DeclaredHandler): boolean {
  if (endpoint === 'public' || endpoint.permission === 'authenticated') return false;
  return !endpoint.permission.endsWith(':read') || endpoint.name === 'messaging.events.open';
}

/** How many payloads are processed because of a call to `handler` that is allowed. */
function payloadsOf({ endpoint }: DeclaredHandler): number {
  const changing = ['pipeline.payloads.process', 'pipeline.payloads.queue'];
  return endpoint !== 'public' && changing.includes(endpoint.name) ? 1 : 0;
}

/** An outcome without what differs from one request to the next: names, instants, ids, places and secrets. */
function shapeOf({ status, body }: Outcome, { board, id, payload, sessionId }: Names): string {
  const text = JSON.stringify(body)
    .replaceAll(sessionId, 'SESSION')
    .replaceAll(payload, 'PAYLOAD')
    .replaceAll(board, 'BOARD')
    .replaceAll(id, 'ID');
  const plain = text
    .replace(/\b(lk|pm)[\w-]{22}/g, 'GRANT')
    .replace(/fs_[\w-]{78}/g, 'TOKEN')
    .replace(/"[\da-f]{2}[\w-]{32}"/g, '"SESSION"')
    .replace(/"fencingToken":\d+/g, '"fencingToken":0')
    .replace(/[\w-]{12}-[\da-z]+\.[\d.]+/g, 'POSITION')
    .replace(/id: [\w-]{40,}/g, 'CURSOR')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
    .replace(/fk_[\da-f]{24}_[\da-f]{64}/g, 'SECRET')
    .replace(/[\da-f]{24}/g, 'KEY')
    .replace(/[\da-f-]{36}/g, 'REQUEST')
    .replace(/\d{13}-\d+/g, 'ENTRY');
  return `${status} ${plain}`;
}
