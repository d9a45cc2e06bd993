import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../support/problem.js';
import { sendRaw } from '../../support/raw-request.js';
import { dumpRedis } from '../../support/redis-dump.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { freshStream } from '../access/stream-names.js';
import {
  COMMITS,
  CONSUMERS,
  deep,
  ENTRY_BODIES,
  MALFORMED,
  PATHS,
  QUERIES,
  SETTINGS,
} from './bad-requests.js';

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  await freshStream(service.admin, 's', { x: 1 });
  await service.admin.put('/v1/streams/s/groups/g', {});
  await service.admin.post('/v1/streams/s/groups/g/receive', { consumer: 'c', limit: 1 });
  await service.admin.put('/v1/streams/typed', { schema: { type: 'string' } });
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

/** Token buckets of the service change with every request; what a request can change for a client is here. */
const dumpKeys = () => dumpRedis(topology, (key) => /\{(streams|leaderboards|idempotency):/.test(key));

/** Codes of 422 that come with the fields that are wrong. */
const WITH_FIELDS = ['request.invalid', 'streams.invalid-schema', 'streams.schema-violation'];

describe.each([
  ['JSON', MALFORMED],
  ['entries', ENTRY_BODIES],
  ['settings', SETTINGS],
  ['requests of consumers', CONSUMERS],
  ['commits', COMMITS],
  ['paths', PATHS],
  ['queries', QUERIES],
])('bad %s', (_kind, rows) => {
  it.each(rows.map((row) => ({ what: row[0], status: row[1], row })))(
    '$what: is answered $status and changes nothing',
    async ({ row }) => {
      const before = await dumpKeys();
      expect(before.size).toBeGreaterThan(10);
      const answer = await sendRaw(service.url, row);
      expectProblem(answer, row[1]);
      if (WITH_FIELDS.includes(answer.body.code as string)) {
        for (const { pointer, detail } of answer.body.errors as { pointer: string; detail: string }[]) {
          expect(pointer === '' || pointer.startsWith('/')).toBe(true);
          expect(detail).toMatch(/./);
        }
        expect(answer.body.errors.length).toBeGreaterThan(0);
      }
      expect(await dumpKeys()).toEqual(before);
    },
  );
});

describe('what is unusual but good', () => {
  it.each([
    ['null', 'null'],
    ['2^53', '9007199254740992'],
    ['nesting of 64', deep(63)],
    ['65,536 bytes', JSON.stringify('x'.repeat(65_534))],
    ['a pair of surrogates, escaped', '"\\ud83d\\ude00"'],
    ['an object that inherits nothing', '{"constructor": {"prototype": 1}, "toString": null}'],
    ['NUL in a text', '"a\\u0000b"'],
    ['an empty object', '{}'],
  ])('%s is data', async (_what, data) => {
    const answer = await service.admin.post('/v1/streams/good/entries', `{"data": ${data}}`);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    const { body } = await service.admin.get(`/v1/streams/good/entries/${answer.body.id}`);
    expect(body.data).toEqual(JSON.parse(data));
  });

  it('groups have names that look like parts of another one, and are apart', async () => {
    const path = '/v1/streams/grouped';
    const { body } = await service.admin.post(`${path}/entries`, { data: 1 });
    const parts = ['pending', 'deliveries', 'consumers', 'held', 'dead', 'letters', 'copies'];
    const groups = ['g', ...parts.map((part) => `g:${part}`)];
    for (const group of groups) {
      const made = await service.admin.put(`${path}/groups/${group}`, { maxDeliveries: 2 });
      expect(made.status, `${group}: ${JSON.stringify(made.body)}`).toBe(201);
    }
    for (const group of groups) {
      const at = `${path}/groups/${group}`;
      const received = await service.admin.post(`${at}/receive`, { consumer: 'c' });
      expect(received.body.entries, group).toMatchObject([{ id: body.id, deliveries: 1 }]);
    }
    for (const group of groups) {
      const { body: view } = await service.admin.get(`${path}/groups/${group}`);
      expect(view, group).toMatchObject({ group, lag: 0, pending: 1, maxDeliveries: 2 });
      expect((await service.admin.delete(`${path}/groups/${group}`)).status).toBe(204);
    }
  });
});
