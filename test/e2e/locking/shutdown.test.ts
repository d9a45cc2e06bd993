import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../support/problem.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';

let topology: Topology;
let staying: TestService;
let stopping: TestService;

beforeAll(async () => {
  topology = await startTopology();
  [staying, stopping] = await Promise.all([startService(topology.settings), startService(topology.settings)]);
});

afterAll(async () => {
  await stopping?.stop();
  await staying?.stop();
  await topology?.stop();
});

describe('a service that stops while clients wait for a lock', () => {
  it('tells them to ask another one, and leaves nobody in the line', async () => {
    const body = { resources: ['busy'], ttlMs: 20_000 };
    const lock = await staying.admin.post('/v1/locks', body);
    const waiting = async () => (await staying.admin.get('/v1/locks/resources/busy')).body.waiting as number;
    const sent = [1, 2, 3].map(() => stopping.admin.post('/v1/locks', { ...body, waitMs: 20_000 }));
    await waitUntil('they wait', async () => (await waiting()) === 3);
    const began = performance.now();
    await stopping.stop();
    for (const answer of await Promise.all(sent)) {
      expectProblem(answer, 503, 'service.shutting-down');
      expect(answer.body.retryable).toBe(true);
    }
    expect(performance.now() - began).toBeLessThan(5000);
    expect(await waiting()).toBe(0);
    expect((await staying.admin.delete(`/v1/locks/${lock.body.lockId}`)).status).toBe(204);
    expect((await staying.admin.post('/v1/locks', body)).status).toBe(201);
  });
});
