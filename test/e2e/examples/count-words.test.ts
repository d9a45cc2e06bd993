import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../support/problem.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';

const EXAMPLE = fileURLToPath(new URL('../../../examples/pipeline/count-words.mjs', import.meta.url));

let topology: Topology;
let service: ServiceProcess;
let folder: string;

beforeAll(async () => {
  topology = await startTopology();
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-example-'));
  service = await startServiceProcess(
    { ...topology.settings, DATA_DIR: folder, WORKERS: '2' },
    { program: EXAMPLE },
  );
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the example of a processor', () => {
  it('counts the words of a payload, at once or by a worker, in each process of the service', async () => {
    const counts = { to: 2, be: 2, or: 1, not: 1 };
    for (let at = 0; at < 8; at++) {
      const payload = { id: `text ${at}`, text: 'To be, or not to be' };
      const answer = await service.admin.post('/v1/pipeline/payloads', payload);
      expect([answer.status, answer.body.counts]).toEqual([200, counts]);
    }
    const later = { id: 'later', text: 'to be or not to be' };
    await service.admin.post('/v1/pipeline/payloads', later, { prefer: 'respond-async' });
    await waitUntil('it is processed', async () => {
      return (await service.admin.get('/v1/pipeline/payloads/later')).body.status === 'processed';
    });
    expect((await service.admin.get('/v1/pipeline/payloads/later')).body.result.counts).toEqual(counts);
  });

  it('tells that a payload failed, and why to the log alone', async () => {
    expectProblem(await service.admin.post('/v1/pipeline/payloads', { id: 'mute' }), 500, 'service.internal');
    expect((await service.admin.get('/v1/pipeline/payloads/mute')).body).toMatchObject({
      status: 'failed',
      reason: 'service.internal: Pipeline error in pipeline.payloads.process',
    });
  });
});
