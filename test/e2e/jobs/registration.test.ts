import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { endOf, JOBS } from './harness.js';

const TENANTS = 'fulcrum:_:{jobs:queue}:tenants';

let topology: Topology;
/** One that works, and one that only answers. */
let nodes: [TestService, TestService];

beforeAll(async () => {
  topology = await startTopology();
  nodes = [await startService(topology.settings), await startService({ ...topology.settings, ROLE: 'api' })];
});

afterAll(async () => {
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

async function done(stream: string): Promise<void> {
  const job = { kind: 'streams.append', payload: { stream, data: 1 } };
  const { status, body } = await nodes[1].admin.post(JOBS, job);
  expect(status).toBe(202);
  expect((await endOf(nodes[0].admin, String(body.id))).state).toBe('completed');
}

describe('the registration of a tenant', () => {
  it('is made with each job, so that one that Redis lost keeps no further job waiting', async () => {
    const client = topology.connect();
    try {
      await done('before');
      expect(await client.zscore(TENANTS, 'default')).not.toBeNull();
      await client.zrem(TENANTS, 'default');
      await waitUntil('its worker has ended', async () => (await workers(client)) === 0);
      await done('after');
    } finally {
      client.disconnect();
    }
  });
});

/** How many connections wait for jobs of the tenant. */
async function workers(client: ReturnType<Topology['connect']>): Promise<number> {
  const nodesOf = 'nodes' in client ? client.nodes('master') : [client];
  const lists = await Promise.all(nodesOf.map(async (node) => String(await node.client('LIST'))));
  return lists
    .join('\n')
    .split('\n')
    .filter((line) => line.includes('name=fulcrum:default:{jobs:queue}:')).length;
}
