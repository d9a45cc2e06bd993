import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../support/problem.js';
import { sendRaw } from '../../support/raw-request.js';
import { dumpRedis } from '../../support/redis-dump.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { idleProcessor } from '../access/pipeline-names.js';
import { deep, MALFORMED, PATHS, PAYLOAD_BODIES, PROCESSORS } from './bad-requests.js';

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  await service.admin.post('/v1/pipeline/payloads', { id: 'p' });
  await service.admin.post('/v1/pipeline/queue', { id: 'q' });
  await idleProcessor(service.admin);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

/** What a request can change for a client; a worker says when it last asked for entries whenever it does. */
const dumpKeys = () =>
  dumpRedis(topology, (key) => /\{(pipeline:|idempotency:|streams:.+:(info|entries|operation))/.test(key));

describe.each([
  ['JSON', MALFORMED],
  ['payloads', PAYLOAD_BODIES],
  ['settings', PROCESSORS],
  ['paths', PATHS],
])('bad %s', (_kind, rows) => {
  it.each(rows.map((row) => ({ what: row[0], status: row[1], row })))(
    '$what: is answered $status and changes nothing',
    async ({ row }) => {
      const before = await dumpKeys();
      expect(before.size).toBeGreaterThan(4);
      const answer = await sendRaw(service.url, row);
      expectProblem(answer, row[1]);
      if (row[1] === 422) {
        expect(answer.body.code).toMatch(/^(request\.invalid|pipeline\.missing-id)$/);
        const errors = answer.body.errors as { pointer: string; detail: string }[];
        expect(errors.length).toBeGreaterThan(0);
        for (const { pointer, detail } of errors) {
          expect(pointer === '' || pointer.startsWith('/')).toBe(true);
          expect(detail).toMatch(/./);
        }
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
    ['a pair of surrogates, escaped', '"\\ud83d\\ude00"'],
    ['an object that inherits nothing', '{"constructor": {"prototype": 1}, "toString": null}'],
    ['NUL in a text', '"a\\u0000b"'],
    ['an empty object', '{}'],
  ])('%s is a field', async (what, value) => {
    const id = `a field: ${what}`;
    const answer = await service.admin.post('/v1/pipeline/payloads', `{"id": "${id}", "value": ${value}}`);
    expect([answer.status, answer.body.value]).toEqual([200, JSON.parse(value)]);
  });

  it.each(['x'.repeat(256), '{a}:b', '*', '..', '../state', '%2F', ' ', '\u202eabc', 'state', 'none'])(
    '%j is an id like any other',
    async (id) => {
      const path = '/v1/pipeline/payloads';
      const answer = await service.admin.post(path, { id, text: id });
      expect([answer.status, answer.body]).toMatchObject([200, { id, text: id, status: 'processed' }]);
      const state = await sendRaw(service.url, ['', 200, 'GET', `${path}/${encodeURIComponent(id)}`]);
      expect([state.status, state.body]).toEqual([200, { id, status: 'processed', result: answer.body }]);
    },
  );

  it('65,536 bytes are a payload, at once and later', async () => {
    const text = 'x'.repeat(65_536 - '{"id":"large 1","text":""}'.length);
    const processed = await service.admin.post('/v1/pipeline/payloads', { id: 'large 1', text });
    expect([processed.status, processed.body.text]).toEqual([200, text]);
    expect((await service.admin.post('/v1/pipeline/queue', { id: 'large 2', text })).status).toBe(202);
    await idleProcessor(service.admin);
    expect((await service.admin.get('/v1/pipeline/payloads/large%202')).body.result.text).toBe(text);
  });
});
