import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { expectProblem } from '../../support/problem.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { endOf, JOBS, lengthOf } from './harness.js';

let topology: Topology;
let nodes: [TestService, TestService];
let messages: MessageClient;

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService({ ...topology.settings, ROLE: 'api' })];
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
});

afterAll(async () => {
  await messages?.close();
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

const admin = () => nodes[0].admin;
const append = (stream: string, more: object = {}) => ({
  kind: 'streams.append',
  payload: { stream, data: { n: 1 } },
  ...more,
});

describe('a job', () => {
  it('appends, publishes, submits and processes, once each', async () => {
    const jobs = [
      append('does.append'),
      { kind: 'messaging.publish', payload: { channel: 'does.publish', data: 'hello' } },
      {
        kind: 'leaderboards.submit',
        payload: { board: 'does', member: 'm', score: 5, operator: 'increment' },
      },
      { kind: 'pipeline.process', payload: { id: 'does process', value: 1 } },
    ];
    for (const job of jobs) {
      const created = await nodes[1].admin.post(JOBS, job);
      expect([created.status, created.body]).toEqual([202, { id: expect.any(String) }]);
      const ended = await endOf(admin(), created.body.id);
      expect(ended).toMatchObject({ ...job, state: 'completed', attemptsMade: 1, attempts: 5 });
    }
    expect(await lengthOf(admin(), 'does.append')).toBe(1);
    expect((await admin().get('/v1/channels/does.publish/messages')).body.items).toHaveLength(1);
    expect((await admin().get('/v1/leaderboards/does/entries/m')).body.score).toBe(5);
    expect((await admin().get('/v1/pipeline/payloads/does%20process')).body.status).toBe('processed');
  });

  it('is not found if there is none', async () => {
    expectProblem(await admin().get(`${JOBS}/none`), 404, 'jobs.job-not-found');
    expectProblem(await admin().delete(`${JOBS}/none`), 404, 'jobs.job-not-found');
    expectProblem(await admin().post(`${JOBS}/none/retry`), 404, 'jobs.job-not-found');
  });
});
