import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventReader } from '../support/event-reader.js';
import { ADMIN_KEY, startService, type TestService } from '../support/service.js';
import { startTopology, type Topology } from '../support/topology.js';
import {
  JOB_LIMIT_CASES,
  LIMIT_CASES,
  LOCK_LIMIT_CASES,
  MESSAGING_LIMIT_CASES,
  PIPELINE_LIMIT_CASES,
  SESSION_LIMIT_CASES,
  STREAM_LIMIT_CASES,
} from './limit-cases.js';
import { compiler, type OpenApi, operationsOf, resolve, type Schema } from './openapi-document.js';

const document = JSON.parse(
  readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
) as OpenApi;
const operations = operationsOf(document);

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

function operationAt(address: string) {
  const found = operations.find((each) => each.address === address);
  if (found === undefined) throw new Error(`${address} is not documented`);
  return found;
}

describe('documented limits', () => {
  const cases = [
    ...LIMIT_CASES,
    ...STREAM_LIMIT_CASES,
    ...PIPELINE_LIMIT_CASES,
    ...MESSAGING_LIMIT_CASES,
    ...LOCK_LIMIT_CASES,
    ...SESSION_LIMIT_CASES,
    ...JOB_LIMIT_CASES,
  ].map((row) => [`${row[0]} ${JSON.stringify(row[2]).slice(0, 60)}`, ...row] as const);

  beforeAll(async () => {
    expect((await service.admin.put('/v1/streams/limits/groups/limits', {})).status).toBe(201);
  });

  it.each(cases)('are those of the validation: %s', async (_title, address, path, body) => {
    const { requestBody } = operationAt(address).operation;
    const accepts = compiler(document, { closed: false })(requestBody!.content['application/json']!.schema);
    const [method = ''] = address.split(' ');
    const answer = await service.admin.send(method, path, body);
    // A lock that an earlier row took, that nobody has, or whose 10 ms are over before it is answered is refused all the same.
    expect([200, 201, 202, 409, 422, 423, 503]).toContain(answer.status);
    expect(answer.status !== 422, JSON.stringify(answer.body)).toBe(accepts(body));
  });

  it.each(['0', '1', '1000', '1001', '1.5', 'ten', '-1', ''])('hold for limit=%s', async (limit) => {
    await service.admin.post('/v1/leaderboards/limits/submissions', { member: 'a', score: 1 });
    const value = /^\d+$/.test(limit) ? Number(limit) : limit;
    for (const [address, path] of [
      ['GET /v1/leaderboards/:board/entries', '/v1/leaderboards/limits/entries'],
      ['GET /v1/channels/:channel/messages', '/v1/channels/limits/messages'],
      ['GET /v1/channels/:channel/presence', '/v1/channels/limits/presence'],
      ['GET /v1/channels', '/v1/channels'],
      ['GET /v1/locks', '/v1/locks'],
      ['GET /v1/jobs', '/v1/jobs'],
    ] as const) {
      const accepted = compiler(document, { closed: false })(parameter(address, 'limit'))(value);
      const { status } = await service.admin.get(`${path}?limit=${limit}`);
      expect(status, address).toBe(accepted ? 200 : 422);
    }
  });

  const parameter = (address: string, name: string): Schema => {
    const parameters = operationAt(address).operation.parameters.map((each) => resolve(document, each));
    return parameters.find((each) => each.name === name)!.schema;
  };

  it.each(['a', 'A.b_c:d-9', 'x'.repeat(128), 'x'.repeat(129), '.a', 'a b', 'é'])(
    'hold for the name %s',
    async (name) => {
      for (const [address, field, path] of [
        ['PUT /v1/leaderboards/:board', 'board', '/v1/leaderboards/'],
        ['PUT /v1/streams/:stream', 'stream', '/v1/streams/'],
        ['PUT /v1/streams/:stream/groups/:group', 'group', '/v1/streams/names/groups/'],
      ] as const) {
        const accepted = compiler(document, { closed: false })(parameter(address, field))(name);
        const { status } = await service.admin.put(`${path}${encodeURIComponent(name)}`, {});
        expect(status, address).toBe(accepted ? 201 : 422);
      }
      for (const [method, path] of [
        ['GET', ''],
        ['PUT', ''],
        ['GET', '/messages'],
        ['POST', '/messages'],
        ['GET', '/presence'],
      ] as const) {
        const address = `${method} /v1/channels/:channel${path}`;
        const accepted = compiler(document, { closed: false })(parameter(address, 'channel'))(name);
        const body = method === 'GET' ? undefined : path === '' ? {} : { data: 1 };
        const at = `/v1/channels/${encodeURIComponent(name)}${path}`;
        const { status } = await service.admin.send(method, at, body);
        expect(status < 300, address).toBe(accepted);
        expect([200, 201, 422], address).toContain(status);
      }
      const id = encodeURIComponent(name);
      for (const [address, field, path, body] of [
        ['GET /v1/locks/resources/:resource', 'resource', `/v1/locks/resources/${id}`],
        ['DELETE /v1/locks/resources/:resource', 'resource', `/v1/locks/resources/${id}`],
        ['POST /v1/locks/:lockId/extend', 'lockId', `/v1/locks/${id}/extend`, { ttlMs: 10 }],
        ['DELETE /v1/locks/:lockId', 'lockId', `/v1/locks/${id}`],
        [
          'POST /v1/semaphores/:resource/permits',
          'resource',
          `/v1/semaphores/${id}/permits`,
          { permits: 9, ttlMs: 1000 },
        ],
        ['DELETE /v1/semaphores/:resource/permits/:permitId', 'permitId', `/v1/semaphores/s/permits/${id}`],
      ] as const) {
        const accepted = compiler(document, { closed: false })(parameter(address, field))(name);
        const [method = ''] = address.split(' ');
        const { status } = await service.admin.send(method, path, body);
        expect([200, 201, 404, 409, 422], address).toContain(status);
        expect(status !== 422, address).toBe(accepted);
      }
    },
  );

  it.each(['', 'a', 'A.b_c:d-9', '.a', '-', ' ', 'a b', 'é', '*', 'x'.repeat(128), 'x'.repeat(129)])(
    'hold for the beginning of a name %j',
    async (prefix) => {
      const accepted = compiler(document, { closed: false })(parameter('GET /v1/locks', 'prefix'))(prefix);
      const { status } = await service.admin.get(`/v1/locks?prefix=${encodeURIComponent(prefix)}`);
      expect(status).toBe(accepted ? 200 : 422);
    },
  );

  it.each([
    'a.1',
    'a.1.1',
    'A_b-9.999999999999999.999999999999999',
    `${'x'.repeat(64)}.0`,
    `${'x'.repeat(65)}.0`,
    'a',
    'a.',
    '.1',
    'a.1.',
    'a.1.1.1',
    'a.-1',
    'a.1000000000000000',
    'é.1',
    'a b.1',
    '',
  ])('hold for the message %j', async (id) => {
    const address = 'GET /v1/channels/:channel/messages';
    const accepted = compiler(document, { closed: false })(parameter(address, 'since'))(id);
    const { status } = await service.admin.get(
      `/v1/channels/limits/messages?since=${encodeURIComponent(id)}`,
    );
    expect(status).toBe(accepted ? 200 : 422);
  });

  it.each<['channel' | 'pattern', string[]]>([
    ['channel', ['a']],
    ['channel', ['a', 'A.b_c:d-9']],
    ['channel', ['a', 'é']],
    ['channel', ['a*']],
    ['channel', ['x'.repeat(128)]],
    ['channel', ['x'.repeat(129)]],
    ['channel', Array.from({ length: 100 }, (_each, at) => `c${at}`)],
    ['channel', Array.from({ length: 101 }, (_each, at) => `c${at}`)],
    ['pattern', ['*']],
    ['pattern', ['a.*', '?b:c-?']],
    ['pattern', ['a', '[ab]']],
    ['pattern', ['.a*']],
    ['pattern', ['']],
    ['pattern', ['x'.repeat(127) + '*']],
    ['pattern', ['x'.repeat(128) + '*']],
  ])('hold for what is followed: %s %j', async (field, values) => {
    const accepted = compiler(document, { closed: false })(parameter('GET /v1/events', field))(values);
    const query = values.map((value) => `${field}=${encodeURIComponent(value)}`).join('&');
    const reader = await EventReader.open(`${service.url}/v1/events?${query}`, ADMIN_KEY);
    reader.close();
    expect(reader.status).toBe(accepted ? 200 : 422);
  });

  it.each(['a', '{a}/b:c é', '..', ' ', '\u0007', 'x'.repeat(256), 'x'.repeat(257)])(
    'hold for the payload %j',
    async (id) => {
      const address = 'GET /v1/pipeline/payloads/:id';
      const accepted = compiler(document, { closed: false })(parameter(address, 'id'))(id);
      const { status } = await service.admin.get(`/v1/pipeline/payloads/${encodeURIComponent(id)}`);
      expect(status !== 422).toBe(accepted);
    },
  );

  it.each(['1-1', '1', '1-', '-1', '1-1-1', 'x', '999999999999999-0', '1000000000000000-0', 'begin', 'now'])(
    'hold for the place %s',
    async (place) => {
      await service.admin.put('/v1/streams/places', {});
      for (const [address, field, path] of [
        ['GET /v1/streams/:stream/entries/:id', 'id', 'entries/'],
        ['DELETE /v1/streams/:stream/entries/:id', 'id', 'entries/'],
        ['GET /v1/streams/:stream/entries', 'from', 'entries?from='],
        ['GET /v1/streams/:stream/entries', 'to', 'entries?to='],
      ] as const) {
        const accepted = compiler(document, { closed: false })(parameter(address, field))(place);
        const [method = ''] = address.split(' ');
        const { status } = await service.admin.send(method, `/v1/streams/places/${path}${place}`);
        expect(status !== 422, `${address} ${field}`).toBe(accepted);
      }
    },
  );
});
