import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../support/problem.js';
import { sendRaw } from '../../support/raw-request.js';
import { dumpRedis } from '../../support/redis-dump.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { JOBS_OF_NO_USE, MALFORMED, PATHS, PAYLOADS, REQUESTS, TIMES } from './bad-requests.js';

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  // No worker, so that what stands in Redis changes by requests alone.
  service = await startService({ ...topology.settings, ROLE: 'api', OUTGOING_HOSTS: '127.0.0.1:9' });
  const job = { kind: 'streams.append', payload: { stream: 's', data: 1 } };
  for (const more of [
    { jobId: 'later', delayMs: 86_400_000 },
    { jobId: 'daily', cron: '0 0 1 1 *' },
    { jobId: 'waits' },
  ])
    expect((await service.admin.post('/v1/jobs', { ...job, ...more })).status).toBe(202);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

const dumpKeys = () =>
  dumpRedis(topology, (key) => /\{(jobs:queue|(idempotency|streams|pipeline):)/.test(key));

describe.each([
  ['JSON', MALFORMED],
  ['jobs', JOBS_OF_NO_USE],
  ['times', TIMES],
  ['payloads', PAYLOADS],
  ['requests', REQUESTS],
  ['paths', PATHS],
])('bad %s', (_kind, rows) => {
  it.each(rows.map((row) => ({ what: row[0], status: row[1], row })))(
    '$what: is answered $status and changes nothing',
    async ({ row }) => {
      const before = await dumpKeys();
      expect(before.size).toBeGreaterThan(5);
      const answer = await sendRaw(service.url, row);
      expectProblem(answer, row[1]);
      if (row[1] === 422) {
        expect(answer.body.code).toMatch(
          /^(request\.invalid|pipeline\.missing-id|pagination\.invalid-cursor)$/,
        );
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

it.each([
  [{ payload: { stream: 'a b', data: 1 } }, '/payload/stream'],
  [{ backoff: { type: 'fixed', delayMs: -1 } }, '/backoff/delayMs'],
  [{ delayMs: 1, cron: '* * * * *' }, '/cron'],
  [{ kind: 'pipeline.process', payload: { value: 1 } }, '/payload/id'],
  [{ kind: 'http.request', payload: { url: 'http://elsewhere.example/' } }, '/payload/url'],
])('%j is pointed at in the whole body', async (more, pointer) => {
  const job = { kind: 'streams.append', payload: { stream: 's', data: 1 }, ...more };
  const { body } = await service.admin.post('/v1/jobs', job);
  expect(body.errors).toMatchObject([{ pointer }]);
});
