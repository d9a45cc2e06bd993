import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../support/problem.js';
import { sendRaw } from '../../support/raw-request.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import {
  BODIES,
  deep,
  FIELDS,
  MALFORMED,
  NUMBERS,
  PATHS,
  QUERIES,
  TEXTS,
  withMember,
  withMetadata,
  withScore,
  WRONG_TYPES,
} from './bad-requests.js';
import { dumpKeys } from './key-dump.js';

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  await service.admin.put('/v1/leaderboards/b', { denseRanks: true });
  await service.admin.post('/v1/leaderboards/b/submissions', { member: 'a', score: 1, metadata: { x: 1 } });
  await service.admin.post('/v1/leaderboards/b/seasons');
  await service.admin.post('/v1/leaderboards/b/submissions', { member: 'a', score: 2 });
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

describe.each([
  ['JSON', MALFORMED],
  ['types', WRONG_TYPES],
  ['numbers', NUMBERS],
  ['texts', TEXTS],
  ['fields', FIELDS],
  ['bodies', BODIES],
  ['paths', PATHS],
  ['queries', QUERIES],
])('bad %s', (_kind, rows) => {
  it.each(rows.map((row) => ({ what: row[0], status: row[1], row })))(
    '$what is answered $status and changes nothing',
    async ({ row }) => {
      const before = await dumpKeys(topology);
      const answer = await sendRaw(service.url, row);
      expectProblem(answer, row[1]);
      if (row[1] === 422 && answer.body.code === 'request.invalid') {
        for (const { pointer, detail } of answer.body.errors as { pointer: string; detail: string }[]) {
          expect(pointer === '' || pointer.startsWith('/')).toBe(true);
          expect(detail).toMatch(/./);
        }
        expect(answer.body.errors.length).toBeGreaterThan(0);
      }
      expect(await dumpKeys(topology)).toEqual(before);
    },
  );
});

describe('what is unusual but good', () => {
  it.each([
    ['2^53', withScore('9007199254740992')],
    ['2^53 as -2^53 with an exponent', withScore('-9.007199254740992e15')],
    ['nesting of 64', withMetadata(`{"d": ${deep(62)}}`)],
    ['metadata of 65,536 bytes', withMetadata(JSON.stringify({ t: 'x'.repeat(65_528) }))],
    ['a member of 256 bytes', withMember(JSON.stringify('é'.repeat(128)))],
    ['a pair of surrogates, escaped', withMember('"\\ud83d\\ude00"')],
    ['a member called __proto__', withMember('"__proto__"')],
    ['a member called constructor', withMember('"constructor"')],
    ['a field twice, of which the last counts', '{"member": "a", "score": "x", "score": 1}'],
    ['white space about it', `\r\n\t ${withScore('1')} \n`],
  ])('%s is taken', async (_what, body) => {
    const answer = await service.admin.post('/v1/leaderboards/good/submissions', body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    const { member } = JSON.parse(body) as { member: string };
    const { body: entry } = await service.admin.get(
      `/v1/leaderboards/good/entries/${encodeURIComponent(member)}`,
    );
    expect(entry.member).toBe(member);
  });
});
