import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeclaredHandler, EndpointAudit } from '../../src/access/endpoint-audit.js';
import type { Answer, ApiClient } from '../support/api-client.js';
import { startServiceProcess } from '../support/service-process.js';
import { ADMIN_KEY, startService, type TestService } from '../support/service.js';
import { SocketReader } from '../support/socket-reader.js';
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
/** The document with a few of its routes and what they refer to, which is much quicker to look at. */
function excerpt(): OpenApi {
  const part = committed();
  const kept = ['/health/live', '/v1/leaderboards/{board}', '/v1/pipeline', '/v1/pipeline/payloads'];
  for (const path of Object.keys(part.paths))
    if (!kept.includes(path)) Reflect.deleteProperty(part.paths, path);
  const { schemas } = part.components;
  for (let isLess = true; isLess;) {
    const text = JSON.stringify(part);
    const unused = Object.keys(schemas).filter((name) => !text.includes(`"#/components/schemas/${name}"`));
    for (const name of unused) Reflect.deleteProperty(schemas, name);
    isLess = unused.length > 0;
  }
  return part;
}
const operations = operationsOf(document);

/** Headers that a single operation takes. */
const OWN_HEADERS: Readonly<Record<string, readonly string[]>> = {
  'GET /v1/events': ['Last-Event-ID'],
  // An event stream that goes on where the client's last one ended.
  'GET /v1/streams/:stream/tail': ['Last-Event-ID'],
  'GET /v1/sessions/current': ['Session-Token'],
  'PATCH /v1/sessions/current': ['If-Match', 'Session-Token'],
  'POST /v1/sessions/current/rotate': ['Session-Token'],
  'DELETE /v1/sessions/current': ['Session-Token'],
  // A payload that may be processed later.
  'POST /v1/pipeline/payloads': ['Prefer'],
};

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

/** What the document says of a payload. */
function payloadOf(of: OpenApi, at = 'POST /v1/pipeline/payloads'): Schema {
  const body = operationsOf(of).find(({ address }) => address === at)?.operation.requestBody;
  return body!.content['application/json']!.schema;
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

/** A problem's status, the address that was asked, and the answer. */
type Refused = [status: number, address: string, answer: Promise<Answer>];

function messagingProblems(admin: ApiClient, reader: ApiClient): Refused[] {
  const [one, other] = ['/v1/channels/refused', '/v1/channels/a%20b'];
  const messages = `${one}/messages`;
  return [
    [400, 'POST /v1/channels/:channel/messages', admin.post(messages, '{')],
    [403, 'POST /v1/channels/:channel/messages', reader.post(messages, { data: 1 })],
    [413, 'POST /v1/channels/:channel/messages', admin.post(messages, `"${'x'.repeat(2 ** 20)}"`)],
    [415, 'POST /v1/channels/:channel/messages', admin.post(messages, 'x', { 'content-type': 'text/plain' })],
    [422, 'POST /v1/channels/:channel/messages', admin.post(messages, {})],
    [422, 'GET /v1/channels/:channel/messages', admin.get(`${messages}?since=x`)],
    [403, 'POST /v1/messages/batch', reader.post('/v1/messages/batch', { messages: [{}] })],
    [422, 'POST /v1/messages/batch', admin.post('/v1/messages/batch', { messages: [] })],
    [403, 'PUT /v1/channels/:channel', reader.put(one, {})],
    [422, 'PUT /v1/channels/:channel', admin.put(one, { historySize: -1 })],
    [422, 'GET /v1/channels/:channel', admin.get(other)],
    [422, 'GET /v1/channels/:channel/presence', admin.get(`${one}/presence?limit=0`)],
    [422, 'GET /v1/channels', admin.get('/v1/channels?cursor=x')],
    [422, 'GET /v1/events', admin.get('/v1/events')],
    [401, 'GET /v1/events', service.as(undefined).get('/v1/events?channel=a')],
    [426, 'GET /v1/socket', admin.get('/v1/socket')],
    [422, 'GET /v1/socket', admin.get('/v1/socket?channel=a')],
    [401, 'GET /v1/socket', service.as(undefined).get('/v1/socket')],
    [400, 'GET /v1/socket', refusedSocket({ 'sec-websocket-protocol': 'a, a' })],
    [403, 'GET /v1/socket', refusedSocket({ origin: 'https://elsewhere.example' })],
  ];
}

async function lockProblems(admin: ApiClient, reader: ApiClient): Promise<Refused[]> {
  const body = { resources: ['refused'], ttlMs: 60_000, owner: 'somebody' };
  const permits = '/v1/semaphores/refused/permits';
  await admin.post('/v1/locks', body);
  await admin.post(permits, { permits: 1, ttlMs: 60_000 });
  const two = { permits: 2, ttlMs: 60_000 };
  return [
    [400, 'POST /v1/locks', admin.post('/v1/locks', '{')],
    [403, 'POST /v1/locks', reader.post('/v1/locks', body)],
    [415, 'POST /v1/locks', admin.post('/v1/locks', 'x', { 'content-type': 'text/plain' })],
    [422, 'POST /v1/locks', admin.post('/v1/locks', {})],
    [423, 'POST /v1/locks', admin.post('/v1/locks', body)],
    [423, 'POST /v1/locks', admin.post('/v1/locks', { ...body, waitMs: 1 })],
    [409, 'POST /v1/locks/:lockId/extend', admin.post('/v1/locks/none/extend', { ttlMs: 10 })],
    [422, 'POST /v1/locks/:lockId/extend', admin.post('/v1/locks/none/extend', { ttlMs: 9 })],
    [409, 'DELETE /v1/locks/:lockId', admin.delete('/v1/locks/none')],
    [422, 'GET /v1/locks', admin.get('/v1/locks?cursor=x')],
    [422, 'GET /v1/locks/resources/:resource', admin.get('/v1/locks/resources/a%20b')],
    [403, 'DELETE /v1/locks/resources/:resource', reader.delete('/v1/locks/resources/refused')],
    [404, 'DELETE /v1/locks/resources/:resource', admin.delete('/v1/locks/resources/nobodys')],
    [423, 'POST /v1/semaphores/:resource/permits', admin.post(permits, { permits: 1, ttlMs: 60_000 })],
    [422, 'POST /v1/semaphores/:resource/permits', admin.post(permits, { ...two, permits: 0 })],
    [
      409,
      'POST /v1/semaphores/:resource/permits/:permitId/extend',
      admin.post(`${permits}/none/extend`, { ttlMs: 10 }),
    ],
    [409, 'DELETE /v1/semaphores/:resource/permits/:permitId', admin.delete(`${permits}/none`)],
  ];
}

async function sessionProblems(admin: ApiClient, reader: ApiClient): Promise<Refused[]> {
  const current = '/v1/sessions/current';
  const { body } = await admin.post('/v1/sessions', { userId: 'refused' });
  const token = { 'session-token': String(body.token) };
  const patch = (data: unknown, headers: object = {}) =>
    admin.send('PATCH', current, data, { ...token, ...headers });
  const rotated = await admin.post('/v1/sessions', { userId: 'refused' });
  const old = { 'session-token': String(rotated.body.token) };
  await admin.post(`${current}/rotate`, undefined, old);
  return [
    [403, 'POST /v1/sessions', reader.post('/v1/sessions', { userId: 'a' })],
    [422, 'POST /v1/sessions', admin.post('/v1/sessions', {})],
    [401, 'GET /v1/sessions/current', admin.get(current)],
    [401, 'GET /v1/sessions/current', admin.get(current, { 'session-token': 'x' })],
    [400, 'PATCH /v1/sessions/current', patch('{')],
    [403, 'PATCH /v1/sessions/current', reader.send('PATCH', current, {}, token)],
    [412, 'PATCH /v1/sessions/current', patch({ a: 1 }, { 'if-match': '"2"' })],
    [413, 'PATCH /v1/sessions/current', patch(`"${'x'.repeat(2 ** 20)}"`)],
    [415, 'PATCH /v1/sessions/current', patch('x', { 'content-type': 'text/plain' })],
    [422, 'PATCH /v1/sessions/current', patch([])],
    [422, 'PATCH /v1/sessions/current', patch({ a: 'x'.repeat(2 ** 16) })],
    [409, 'POST /v1/sessions/current/rotate', admin.post(`${current}/rotate`, undefined, old)],
    [401, 'DELETE /v1/sessions/current', admin.delete(current)],
    [404, 'DELETE /v1/sessions/:sessionId', admin.delete(`/v1/sessions/00${'0'.repeat(32)}`)],
    [422, 'DELETE /v1/sessions/:sessionId', admin.delete('/v1/sessions/%20')],
    [404, 'DELETE /v1/sessions/:sessionId', admin.delete('/v1/sessions/x')],
    [422, 'GET /v1/users/:userId/sessions', admin.get('/v1/users/a/sessions?limit=0')],
    [
      404,
      'DELETE /v1/users/:userId/sessions',
      admin.delete(`/v1/users/a/sessions?except=00${'0'.repeat(32)}`),
    ],
    [422, 'DELETE /v1/users/:userId/sessions', admin.delete('/v1/users/a/sessions?except=x')],
  ];
}

async function jobProblems(admin: ApiClient, reader: ApiClient): Promise<Refused[]> {
  const job = { kind: 'pipeline.process', payload: { id: 'a' }, delayMs: 60_000, jobId: 'refused' };
  const tomorrow = { ...job, jobId: 'refused daily', cron: '0 0 1 1 *', delayMs: undefined };
  for (const each of [job, tomorrow]) await admin.post('/v1/jobs', each);
  const delayed = (await admin.get('/v1/jobs?state=delayed')).body.items as { id: string }[];
  const run = delayed.find(({ id }) => id.includes('refused daily'));
  const runs = `/v1/jobs/${encodeURIComponent(run?.id ?? 'none')}`;
  return [
    [400, 'POST /v1/jobs', admin.post('/v1/jobs', '{')],
    [403, 'POST /v1/jobs', reader.post('/v1/jobs', job)],
    [415, 'POST /v1/jobs', admin.post('/v1/jobs', 'x', { 'content-type': 'text/plain' })],
    [422, 'POST /v1/jobs', admin.post('/v1/jobs', {})],
    [422, 'POST /v1/jobs', admin.post('/v1/jobs', { ...job, payload: {} })],
    [422, 'GET /v1/jobs', admin.get('/v1/jobs?state=none')],
    [404, 'GET /v1/jobs/:id', admin.get('/v1/jobs/none')],
    [404, 'POST /v1/jobs/:id/retry', admin.post('/v1/jobs/none/retry')],
    [409, 'POST /v1/jobs/:id/retry', admin.post('/v1/jobs/refused/retry')],
    [403, 'POST /v1/jobs/:id/retry', reader.post('/v1/jobs/refused/retry')],
    [404, 'DELETE /v1/jobs/:id', admin.delete('/v1/jobs/none')],
    // The next run of a schedule goes with it alone.
    [409, 'DELETE /v1/jobs/:id', admin.delete(runs)],
  ];
}

const refusedSocket = (headers: Record<string, string>) =>
  SocketReader.refused(`${service.url}/v1/socket`, ADMIN_KEY, { headers });

describe('docs/openapi.json', () => {
  it('is a valid OpenAPI 3.1 document without gaps', () => {
    expect(faultsOf(document)).toEqual([]);
  });

  it('has parts that are valid, too', () => {
    expect(faultsOf(excerpt())).toEqual([]);
  });

  it.each<[string, (broken: OpenApi, first: Located) => unknown]>([
    ['another version', (broken) => (broken.openapi = '3.0.0')],
    ['a reference to nothing', (broken) => delete broken.components.schemas.BoardView],
    ['an id twice', (_broken, { operation }) => (operation.operationId = 'health.live')],
    ['an unknown permission', (_broken, { operation }) => (operation.description = '')],
    ['no answer', (_broken, { operation }) => (operation.responses = {})],
    ['a schema that is none', (broken) => (broken.components.schemas.BoardView = { type: 'objekt' })],
    ['a parameter that the path lacks', (_broken, { operation }) => (operation.parameters = [])],
    [
      'an open body',
      (broken) => (broken.components.schemas.ConfigureProcessorBody!.additionalProperties = true),
    ],
    ['a closed payload', (broken) => (payloadOf(broken).additionalProperties = false)],
    ['an undeclared scheme', (_broken, { operation }) => (operation.security = [{ other: [] }])],
  ])('would not pass with %s', (_what, damage) => {
    const broken = excerpt();
    const put = operationsOf(broken).find(({ address }) => address === 'PUT /v1/leaderboards/:board');
    damage(broken, put!);
    expect(faultsOf(broken)).not.toEqual([]);
  });

  it('takes payloads with whatever fields, as long as they have an id', () => {
    for (const address of ['POST /v1/pipeline/payloads', 'POST /v1/pipeline/queue']) {
      const { required, properties, additionalProperties } = payloadOf(document, address);
      expect({ required, additionalProperties }).toEqual({ required: ['id'], additionalProperties: true });
      expect(Object.keys(properties as Schema)).toEqual(['id']);
    }
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
      const schemes = operation.security.flatMap((requirement) => Object.keys(requirement));
      const inQuery = endpoint.credentialInQuery ? ['credentialInQuery'] : [];
      expect(schemes, address).toEqual(['credential', ...inQuery]);
      expect(operation.security, address).toHaveLength(schemes.length);
      expect(operation.description).toContain(
        endpoint.permission === 'authenticated' ? 'any valid credential' : `\`${endpoint.permission}\``,
      );
    }
  });

  it('documents the problems and the headers that every protected operation has', () => {
    const secured = operations.filter(({ operation }) => operation.security.length > 0);
    expect(secured.length).toBeGreaterThan(10);
    const isFenced = ({ endpoint }: DeclaredHandler) => endpoint !== 'public' && endpoint.fenced;
    const fenced = new Set(declared.filter(isFenced).map(({ address }) => address));
    expect(fenced.size).toBeGreaterThan(20);
    const durable = (address: string, { description }: { description: string }) =>
      !address.startsWith('GET') && !/`[a-z-]+:read`/.test(description);
    for (const { address, operation } of secured) {
      const statuses = Object.keys(operation.responses);
      const forbidden = operation.description.includes('any valid credential') ? [] : ['403'];
      expect(statuses, address).toEqual(expect.arrayContaining(['401', ...forbidden, '422', '503']));
      const headers = operation.parameters
        .map((each) => resolve(document, each))
        .flatMap((each) => (each.in === 'header' ? [each.name] : []));
      const changes = address.startsWith('POST') && !/`[a-z-]+:read`/.test(operation.description);
      expect(headers, address).toEqual([
        ...(OWN_HEADERS[address] ?? []),
        'X-Request-Id',
        ...(changes ? ['Idempotency-Key'] : []),
        ...(fenced.has(address) ? ['Fence'] : []),
        ...(durable(address, operation) ? ['Durability'] : []),
      ]);
      expect(statuses.includes('412'), address).toBe(fenced.has(address));
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
    const group = '/v1/streams/refused/groups/g';
    for (let at = 0; at < 100; at++) await admin.put(`${group}${at}`, {});
    await admin.put('/v1/streams/refused', { schema: { type: 'string' } });
    const append = (data: unknown) =>
      admin.post('/v1/streams/refused/entries', { data }, { 'idempotency-key': 'e' });
    await append('first');
    const inactive = service.as(
      (await admin.post('/v1/api-keys', { name: 'i', roles: ['admin'], tenant: 'inactive' })).body.secret,
    );
    await inactive.put('/v1/pipeline', { active: false });
    const payloads = '/v1/pipeline/payloads';
    const exchanges: Refused[] = [
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
      [404, 'GET /v1/streams/:stream', admin.get('/v1/streams/none')],
      [404, 'GET /v1/streams/:stream/tail', admin.get('/v1/streams/none/tail')],
      [404, 'GET /v1/streams/:stream/entries/:id', admin.get('/v1/streams/refused/entries/1-1')],
      [404, 'GET /v1/streams/:stream/groups/:group', admin.get(`${group}x`)],
      [
        404,
        'POST /v1/streams/:stream/groups/:group/receive',
        admin.post(`${group}x/receive`, { consumer: 'c' }),
      ],
      [409, 'PUT /v1/streams/:stream/groups/:group', admin.put(`${group}-more`, {})],
      [422, 'POST /v1/streams/:stream/entries', append('second')],
      [422, 'POST /v1/streams/:stream/entries', admin.post('/v1/streams/refused/entries', { data: 1 })],
      [422, 'PUT /v1/streams/:stream', admin.put('/v1/streams/refused', { schema: { type: 'none' } })],
      [422, 'GET /v1/streams/:stream/tail', admin.get('/v1/streams/refused/tail', { 'last-event-id': 'x' })],
      [404, 'GET /v1/pipeline/payloads/:id', admin.get(`${payloads}/none`)],
      [422, 'POST /v1/pipeline/payloads', admin.post(payloads, { value: 1 })],
      [422, 'POST /v1/pipeline/queue', admin.post('/v1/pipeline/queue', [])],
      [422, 'PUT /v1/pipeline', admin.put('/v1/pipeline', { active: 1 })],
      [503, 'POST /v1/pipeline/payloads', inactive.post(payloads, { id: 'a' })],
      [503, 'POST /v1/pipeline/queue', inactive.post('/v1/pipeline/queue', { id: 'a' })],
      ...messagingProblems(admin, reader),
      ...(await lockProblems(admin, reader)),
      ...(await sessionProblems(admin, reader)),
      ...(await jobProblems(admin, reader)),
      [422, 'GET /v1/me', admin.get('/v1/me', { 'idempotency-key': 'x'.repeat(256) })],
      [422, 'PUT /v1/pipeline', admin.put('/v1/pipeline', {}, { fence: 'r=1' })],
      [200, 'PUT /v1/leaderboards/:board', admin.put('/v1/leaderboards/refused', {}, { fence: 'r=2' })],
      [412, 'PUT /v1/leaderboards/:board', admin.put('/v1/leaderboards/refused', {}, { fence: 'r=1' })],
    ];
    const validate = compiler(document, { closed: true });
    for (const [status, address, pending] of exchanges) {
      const answer = await pending;
      expect(answer.status, address).toBe(status);
      expect(objections(validate, { address, answer })).toEqual([]);
    }
  });
});
