import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';

let topology: Topology;
let service: TestService;
let streams = 0;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

/** A new stream with a schema. */
async function typed(schema: object): Promise<string> {
  const path = `/v1/streams/typed-${++streams}`;
  const { status, body } = await service.admin.put(path, { schema });
  expect([status, body.errors]).toEqual([201, undefined]);
  return path;
}

const append = (path: string, data: unknown) => service.admin.post(`${path}/entries`, { data });

const tree = { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } };
const node = {
  $anchor: 'node',
  type: 'object',
  properties: { next: { $ref: '#node' } },
  additionalProperties: false,
};
const anchored = { $defs: { node }, $ref: '#node' };

type Case = readonly [what: string, schema: object, good: readonly unknown[], bad: readonly unknown[]];

describe('a schema', () => {
  it.each<Case>([
    [
      'a multiple of a decimal',
      { multipleOf: 0.01 },
      [19.99, 0.07, 4.35, 8.2, -1.15, 1e6 + 0.07],
      [0.015, 1.001],
    ],
    ['what is required', { type: 'object', required: ['constructor'] }, [{ constructor: 1 }], [{}]],
    [
      'properties whose names objects inherit',
      { type: 'object', properties: { toString: { type: 'string' } } },
      [{}, { toString: 'x' }],
      [{ toString: 1 }],
    ],
    ['itself within', tree, [{ children: [{ children: [] }] }], [{ children: [{ children: 1 }] }]],
    [
      'itself within, in draft 7',
      { $schema: 'http://json-schema.org/draft-07/schema#', ...tree },
      [{ children: [{ children: [] }] }],
      [{ children: [{ children: 1 }] }],
    ],
    ['itself by an anchor', anchored, [{ next: { next: {} } }], [{ next: { nxt: {} } }]],
  ])('may ask for %s', async (_what, schema, good, bad) => {
    const path = await typed(schema);
    for (const data of good) expect([data, (await append(path, data)).status]).toEqual([data, 201]);
    for (const data of bad) expectProblem(await append(path, data), 422, 'streams.schema-violation');
  });

  it.each([
    ['has no keyword that is not of JSON Schema', { type: 'string', nullable: true }],
    [
      'does not consist of references to each other',
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
    ],
  ])('%s', async (_what, schema) => {
    const answer = await service.admin.put('/v1/streams/refused', { schema });
    expectProblem(answer, 422, 'streams.invalid-schema');
  });

  it.each([
    ['by a dynamic reference', { $dynamicRef: '#a' }],
    ['by a reference', { $ref: '#' }],
  ])('that leads back to itself %s takes nothing, until there is another', async (_what, schema) => {
    const path = `/v1/streams/endless-${++streams}`;
    expect((await service.admin.put(path, { schema })).status).toBe(201);
    for (let time = 0; time < 2; time++) {
      const refused = await append(path, 1);
      expectProblem(refused, 422, 'streams.schema-violation');
      expect(refused.body.errors).toEqual([
        { pointer: '/data', detail: 'cannot be checked: the schema refers to itself without end' },
      ]);
    }
    await service.admin.put(path, { schema: { type: 'number' } });
    expect((await append(path, 1)).status).toBe(201);
  });
});
