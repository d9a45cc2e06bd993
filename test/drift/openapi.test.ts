import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeclaredHandler, EndpointAudit } from '../../src/access/endpoint-audit.js';
import type { Answer } from '../support/api-client.js';
import { startServiceProcess } from '../support/service-process.js';
import { startService, type TestService } from '../support/service.js';
import { startTopology, type Topology } from '../support/topology.js';
import { type Exchange, requestEveryRoute } from './every-route.js';
import {
  compiler,
  faultsOf,
  type Located,
  type OpenApi,
  operationsOf,
  resolve,
  type Schema,
} from './openapi-document.js';

const committed = () =>
  JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as OpenApi;
const document = committed();
const operations = operationsOf(document);

let topology: Topology;
let service: TestService;
let declared: DeclaredHandler[];

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  declared = service.application.nest
    .get(EndpointAudit)
    .handlers()
    .filter(({ transport }) => transport === 'http');
});

afterAll(async () => {
  await service.stop();
  await topology.stop();
});

function operationAt(address: string): Located {
  const found = operations.find((each) => each.address === address);
  if (found === undefined) throw new Error(`${address} is not documented`);
  return found;
}

/** What of an answer the document does not say; an empty list if it says it all. */
function objections(validate: ReturnType<typeof compiler>, { address, answer }: Exchange): string[] {
  const reference = operationAt(address).operation.responses[String(answer.status)];
  if (reference === undefined) return [`${address}: status ${answer.status} is not documented`];
  const [[type, media] = []] = Object.entries(resolve(document, reference).content ?? {});
  if (type === undefined || media === undefined) {
    return answer.body === '' ? [] : [`${address}: ${answer.status} has a body`];
  }
  if (!answer.headers.get('content-type')?.startsWith(type))
    return [`${address}: ${answer.status} is no ${type}`];
  const check = validate(media.schema);
  return check(answer.body)
    ? []
    : [`${address}: ${JSON.stringify(check.errors)} in ${JSON.stringify(answer.body)}`];
}

describe('docs/openapi.json', () => {
  it('is a valid OpenAPI 3.1 document without gaps', () => {
    expect(faultsOf(document)).toEqual([]);
  });

  it.each<[string, (broken: OpenApi, first: Located) => unknown]>([
    ['another version', (broken) => (broken.openapi = '3.0.0')],
    ['a reference to nothing', (broken) => delete broken.components.schemas.BoardView],
    ['an id twice', (_broken, { operation }) => (operation.operationId = 'health.live')],
    ['an unknown permission', (_broken, { operation }) => (operation.description = '')],
    ['no answer', (_broken, { operation }) => (operation.responses = {})],
    ['a schema that is none', (broken) => (broken.components.schemas.BoardView = { type: 'objekt' })],
    ['a parameter that the path lacks', (_broken, { operation }) => (operation.parameters = [])],
    ['an undeclared scheme', (_broken, { operation }) => (operation.security = [{ other: [] }])],
  ])('would not pass with %s', (_what, damage) => {
    const broken = committed();
    const put = operationsOf(broken).find(({ address }) => address === 'PUT /v1/leaderboards/:board');
    damage(broken, put!);
    expect(faultsOf(broken)).not.toEqual([]);
  });

  it('has every declared route and nothing else', () => {
    expect(operations.map(({ address }) => address).sort()).toEqual(
      declared.map(({ address }) => address).sort(),
    );
  });

  it('names each operation as the code does, with its permission', () => {
    for (const { address, endpoint } of declared) {
      const { operation } = operationAt(address);
      if (endpoint === 'public') {
        expect(operation.security).toEqual([]);
        continue;
      }
      expect(operation.operationId).toBe(endpoint.name);
      expect(operation.security).toHaveLength(1);
      expect(operation.description).toContain(
        endpoint.permission === 'authenticated' ? 'any valid credential' : `\`${endpoint.permission}\``,
      );
    }
  });

  it('documents the problems and the headers that every protected operation has', () => {
    const secured = operations.filter(({ operation }) => operation.security.length > 0);
    expect(secured.length).toBeGreaterThan(10);
    for (const { address, operation } of secured) {
      const statuses = Object.keys(operation.responses);
      const forbidden = operation.description.includes('any valid credential') ? [] : ['403'];
      expect(statuses, address).toEqual(expect.arrayContaining(['401', ...forbidden, '422', '503']));
      const headers = operation.parameters
        .map((each) => resolve(document, each))
        .flatMap((each) => (each.in === 'header' ? [each.name] : []));
      const changes = address.startsWith('POST') && !/`[a-z-]+:read`/.test(operation.description);
      expect(headers, address).toEqual(changes ? ['X-Request-Id', 'Idempotency-Key'] : ['X-Request-Id']);
    }
  });

  it('is what the built service serves', async () => {
    const running = await startServiceProcess(topology.settings);
    try {
      const { status, body } = await running.admin.get('/openapi.json');
      expect(status).toBe(200);
      expect(body).toEqual(document);
    } finally {
      await running.stop();
    }
  });
});

describe('real answers', () => {
  it('have the documented status, media type and schema, and no undocumented member', async () => {
    const validate = compiler(document, { closed: true });
    const exchanges = await requestEveryRoute(service.admin);
    expect(exchanges.flatMap((exchange) => objections(validate, exchange))).toEqual([]);
    expect(new Set(exchanges.map(({ address }) => address))).toEqual(
      new Set(declared.map(({ address }) => address)),
    );
    const [ready] = exchanges.filter(({ address }) => address === 'GET /v1/me');
    const extended = { ...ready!, answer: { ...ready!.answer, body: { ...ready!.answer.body, more: 1 } } };
    expect(objections(validate, extended)).toHaveLength(1);
  });

  it('that are problems have the documented form', async () => {
    const { admin } = service;
    const stranger = service.as('fk_nobody_0123456789');
    const reader = service.as(
      (await admin.post('/v1/api-keys', { name: 'r', roles: ['reader'] })).body.secret,
    );
    const submit = '/v1/leaderboards/refused/submissions';
    await admin.post(submit, { member: 'a', score: 2 ** 53 });
    const exchanges: [number, string, Promise<Answer>][] = [
      [401, 'GET /v1/me', stranger.get('/v1/me')],
      [403, 'GET /v1/api-keys', reader.get('/v1/api-keys')],
      [404, 'GET /v1/leaderboards/:board', admin.get('/v1/leaderboards/none')],
      [404, 'GET /v1/api-keys/:id', admin.get('/v1/api-keys/none')],
      [409, 'PUT /v1/leaderboards/:board', admin.put('/v1/leaderboards/refused', { order: 'ascending' })],
      [
        409,
        'POST /v1/leaderboards/:board/submissions',
        admin.post(submit, { member: 'a', score: 2, operator: 'increment' }),
      ],
      [400, 'POST /v1/leaderboards/:board/submissions', admin.post(submit, '{')],
      [413, 'POST /v1/leaderboards/:board/submissions', admin.post(submit, `"${'x'.repeat(2 ** 20)}"`)],
      [
        415,
        'POST /v1/leaderboards/:board/submissions',
        admin.post(submit, '{}', { 'content-type': 'text/plain' }),
      ],
      [422, 'POST /v1/leaderboards/:board/submissions', admin.post(submit, { member: '', score: 'x' })],
      [422, 'GET /v1/me', admin.get('/v1/me', { 'idempotency-key': 'x'.repeat(256) })],
    ];
    const validate = compiler(document, { closed: true });
    for (const [status, address, pending] of exchanges) {
      const answer = await pending;
      expect(answer.status, address).toBe(status);
      expect(objections(validate, { address, answer })).toEqual([]);
    }
  });
});

describe('documented limits', () => {
  const put = (body: object) => ['PUT /v1/leaderboards/:board', '/v1/leaderboards/limits', body] as const;
  const submit = (body: object) =>
    ['POST /v1/leaderboards/:board/submissions', '/v1/leaderboards/limits/submissions', body] as const;
  const lookup = (members: unknown[]) =>
    [
      'POST /v1/leaderboards/:board/entries/lookup',
      '/v1/leaderboards/limits/entries/lookup',
      { members },
    ] as const;
  const create = (body: object) =>
    ['POST /v1/api-keys', '/v1/api-keys', { name: 'k', roles: [], ...body }] as const;
  const many = (count: number) => Array.from({ length: count }, (_each, at) => `m${at}`);

  const cases = [
    put({}),
    put({ keepSeasons: 0, capacity: 1_000_000_000, reset: null }),
    put({ keepSeasons: 1000, capacity: null }),
    put({ keepSeasons: 1001 }),
    put({ keepSeasons: 1.5 }),
    put({ keepSeasons: null }),
    put({ capacity: 0 }),
    put({ capacity: 1_000_000_001 }),
    put({ order: 'sideways' }),
    put({ operator: 'best', ties: 'member' }),
    put({ denseRanks: 'yes' }),
    put({ reset: { cron: '0 0 * * *' } }),
    put({ reset: { timeZone: 'UTC' } }),
    put({ reset: { cron: '0 0 * * *', extra: 1 } }),
    put({ unknown: 1 }),
    submit({ member: 'x'.repeat(256), score: 1 }),
    submit({ member: 'x'.repeat(257), score: 1 }),
    submit({ member: '', score: 1 }),
    submit({ member: 'a\u0007', score: 1 }),
    submit({ member: 'a', score: 2 ** 53 }),
    submit({ member: 'a', score: -(2 ** 53) }),
    submit({ member: 'a', score: 2 ** 53 + 2 }),
    submit({ member: 'a', score: '1' }),
    submit({ member: 'a' }),
    submit({ score: 1 }),
    submit({ member: 'a', score: 1, metadata: [] }),
    submit({ member: 'a', score: 1, metadata: { any: [1, 'x', null] } }),
    submit({ member: 'a', score: 1, operator: 'add' }),
    submit({ member: 'a', score: 1, unknown: true }),
    lookup([]),
    lookup(many(1000)),
    lookup(many(1001)),
    lookup([1]),
    create({}),
    create({ roles: many(65) }),
    create({ roles: ['reader', 'reader'] }),
    create({ roles: ['-reader'] }),
    create({ tenant: 'x'.repeat(128) }),
    create({ tenant: 'x'.repeat(129) }),
    create({ permissions: ['leaderboards:read'] }),
    create({ permissions: [1] }),
    create({ expiresAt: '2099-01-01T00:00:00Z' }),
    create({ expiresAt: '2099-01-01' }),
  ].map((row) => [`${row[0]} ${JSON.stringify(row[2]).slice(0, 60)}`, ...row] as const);

  it.each(cases)('are those of the validation: %s', async (_title, address, path, body) => {
    const { requestBody } = operationAt(address).operation;
    const accepts = compiler(document, { closed: false })(requestBody!.content['application/json']!.schema);
    const [method = ''] = address.split(' ');
    const answer = await service.admin.send(method, path, body);
    expect([200, 201, 422]).toContain(answer.status);
    expect(answer.status !== 422, JSON.stringify(answer.body)).toBe(accepts(body));
  });

  it.each(['0', '1', '1000', '1001', '1.5', 'ten', '-1', ''])('hold for limit=%s', async (limit) => {
    await service.admin.post('/v1/leaderboards/limits/submissions', { member: 'a', score: 1 });
    const { operation } = operationAt('GET /v1/leaderboards/:board/entries');
    const parameters = operation.parameters.map((each) => resolve(document, each));
    const { schema } = parameters.find(({ name }) => name === 'limit')!;
    const value = /^\d+$/.test(limit) ? Number(limit) : limit;
    const accepted = compiler(document, { closed: false })(schema)(value);
    const { status } = await service.admin.get(`/v1/leaderboards/limits/entries?limit=${limit}`);
    expect(status).toBe(accepted ? 200 : 422);
  });

  it.each(['a', 'A.b_c:d-9', 'x'.repeat(128), 'x'.repeat(129), '.a', 'a b', 'é'])(
    'hold for the name %s',
    async (name) => {
      const { operation } = operationAt('PUT /v1/leaderboards/:board');
      const parameters = operation.parameters.map((each) => resolve(document, each));
      const schema: Schema = parameters.find((each) => each.name === 'board')!.schema;
      const accepted = compiler(document, { closed: false })(schema)(name);
      const { status } = await service.admin.put(`/v1/leaderboards/${encodeURIComponent(name)}`, {});
      expect(status).toBe(accepted ? 201 : 422);
    },
  );
});
