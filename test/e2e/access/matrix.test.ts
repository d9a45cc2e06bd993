import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeclaredHandler, EndpointAudit } from '../../../src/access/endpoint-audit.js';
import { ApiClient } from '../../support/api-client.js';
import { MessageClient } from '../../support/message-client.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { credentialRows, CUSTOM_ROLES, expectedOf, newKey, type Row } from './credentials.js';
import { callHandler, type Names, type Outcome } from './requests.js';

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

/** A board of the home tenant with a closed season and an entry in each, and an API key, all new. */
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
  return { board, member: CANARY, season: '1', id, policy: board };
}

/** Everything that the home tenant's admin can see of `names`. */
async function stateOf({ board, id, policy }: Names): Promise<unknown[]> {
  const paths = ['', '/entries', `/entries/${CANARY}`, '/seasons', '/seasons/1/entries'];
  const seen = await Promise.all(
    [
      ...paths.map((path) => `/v1/leaderboards/${board}${path}`),
      `/v1/api-keys/${id}`,
      `/v1/rate-limits/${policy}`,
    ].map((path) => home.get(path)),
  );
  expect(seen.map(({ status }) => status)).toEqual(seen.map(() => 200));
  return seen.map(({ body }) => body as unknown);
}

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

describe('routes × roles', () => {
  it('answers every route and pattern as its declared permission says, and refusals change nothing', async () => {
    const wrong: string[] = [];
    let allowed = 0;
    let refused = 0;
    for (const row of rows) {
      const untouched = await freshNames(row.boards);
      const before = await stateOf(untouched);
      for (const handler of handlers) {
        const expected = expectedOf(row, handler, untouched.board);
        const names = expected === 'allowed' ? await freshNames(row.boards) : untouched;
        const outcome = await call(handler, names, row.token);
        if (expected === 'allowed') {
          allowed++;
          const fine = outcome.status >= 200 && outcome.status < 300;
          if (!fine) wrong.push(`${row.name}: ${handler.address}: ${outcome.status}, expected 2xx`);
        } else {
          refused++;
          if (outcome.status !== expected) {
            wrong.push(`${row.name}: ${handler.address}: ${outcome.status}, expected ${expected}`);
          } else expectRefusal(outcome, expected, handler);
        }
      }
      expect(await stateOf(untouched)).toEqual(before);
    }
    console.log(
      `${wrong.length} wrong of ${allowed + refused} calls: ${handlers.length} handlers × ${rows.length} ` +
        `credentials, ${allowed} allowed, ${refused} refused (${topology.kind})`,
    );
    expect(wrong).toEqual([]);
    expect(allowed + refused).toBe(handlers.length * rows.length);
    expect(Math.min(allowed, refused)).toBeGreaterThan(handlers.length);
  }, 180_000);

  it('lists to a limited credential only the boards that it may read', async () => {
    await freshNames('inside');
    await freshNames('outside');
    const limited = rows.find(({ name }) => name === 'glob, inside');
    const { body } = await service.as(limited?.token).get('/v1/leaderboards?limit=1000');
    const names = (body as { items: { board: string }[] }).items.map(({ board }) => board);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !name.startsWith('inside.'))).toEqual([]);
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
      const names = await freshNames('inside');
      const before = await stateOf(names);
      const nowhere = `inside.${randomUUID()}`;
      const absent: Names = { ...names, board: nowhere, policy: nowhere, id: 'abcdef0123456789abcdef01' };
      const onTheirs = await call(handler, names, foreign);
      const onNothing = await call(handler, absent, foreign);
      // `/metrics` counts operations, of whatever tenant; it names none.
      const same =
        handler.address === 'GET /metrics' || shapeOf(onTheirs, names) === shapeOf(onNothing, absent);
      if (!same || JSON.stringify(onTheirs.body).includes('"canary"')) {
        leaks++;
        console.error(handler.address, shapeOf(onTheirs, names), shapeOf(onNothing, absent));
      }
      expect(await stateOf(names), handler.address).toEqual(before);
    }
    console.log(`${leaks} leaks in ${handlers.length} handlers (${topology.kind})`);
    expect(leaks).toBe(0);
  });

  it('keeps boards of one name in two tenants apart, archives and all', async () => {
    const board = `shared.${randomUUID()}`;
    const secrets = await Promise.all(
      ['red', 'blue'].map(
        async (tenant) => (await newKey(service.admin, { tenant, roles: ['admin'] })).secret,
      ),
    );
    const [red, blue] = secrets.map((secret) => new ApiClient(service.url, secret));
    await red?.put(`/v1/leaderboards/${board}`, { order: 'ascending' });
    for (const score of [5, 7]) {
      await red?.post(`/v1/leaderboards/${board}/submissions`, { member: `red ${score}`, score });
    }
    const first = await blue?.post(`/v1/leaderboards/${board}/submissions`, { member: 'blue', score: 6 });
    expect(first?.body).toMatchObject({ rank: 1, previousRank: null });
    await red?.post(`/v1/leaderboards/${board}/seasons`);
    const blueBoard = await blue?.get(`/v1/leaderboards/${board}`);
    expect(blueBoard?.body).toMatchObject({ order: 'descending', total: 1, season: { id: '1' } });
    const archive = await blue?.get(`/v1/leaderboards/${board}/seasons/1/entries`);
    expect(archive?.body.code).toBe('leaderboards.season-not-found');
    const listed = await blue?.get('/v1/leaderboards');
    expect(listed?.body.items).toHaveLength(1);
    await red?.delete(`/v1/leaderboards/${board}`);
    const after = await blue?.get(`/v1/leaderboards/${board}/entries`);
    expect(after?.body).toMatchObject({ total: 1, items: [{ member: 'blue', score: 6, rank: 1 }] });
  });

  it('refuses one tenant’s cursors in another, in every list', async () => {
    const board = `paged.${randomUUID()}`;
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
      clients.push(client);
    }
    const [left, right] = clients;
    const lists = [
      '/v1/api-keys',
      '/v1/leaderboards',
      `/v1/leaderboards/${board}/entries`,
      `/v1/leaderboards/${board}/seasons`,
      `/v1/leaderboards/${board}/seasons/1/entries`,
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
  });
});

/** An outcome without what differs from one request to the next: names, instants, ids and secrets. */
function shapeOf({ status, body }: Outcome, { board, id }: Names): string {
  const text = JSON.stringify(body).replaceAll(board, 'BOARD').replaceAll(id, 'ID');
  const plain = text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
    .replace(/fk_[\da-f]{24}_[\da-f]{64}/g, 'SECRET')
    .replace(/[\da-f]{24}/g, 'KEY')
    .replace(/[\da-f-]{36}/g, 'REQUEST');
  return `${status} ${plain}`;
}
