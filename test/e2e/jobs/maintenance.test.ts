import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Maintenance } from '../../../src/effects/maintenance.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';

const KEY = 'fulcrum:_:{jobs:maintenance}';

let topology: Topology;
/** Two that work, and one that only answers. */
let nodes: TestService[];
let runs: Map<string, number>[];

/** Counts what a node does of each chore from now on. */
function counted({ application }: TestService): Map<string, number> {
  const counts = new Map<string, number>();
  const maintenance = application.nest.get(Maintenance);
  for (const chore of [...maintenance.of('any'), ...maintenance.of('workers')]) {
    const { name, work } = chore;
    Object.assign(chore, {
      work: async () => {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        await work();
      },
    });
  }
  return counts;
}

const sum = (name: string) => runs.reduce((total, counts) => total + (counts.get(name) ?? 0), 0);

beforeAll(async () => {
  topology = await startTopology();
  nodes = [];
  for (const ROLE of ['all', 'worker', 'api']) nodes.push(await startService({ ...topology.settings, ROLE }));
  runs = nodes.map(counted);
});

afterAll(async () => {
  for (const node of nodes ?? []) await node.stop();
  await topology?.stop();
});

describe('maintenance', () => {
  it('is done by one process at each of its instants, and goes on without those that stop', async () => {
    const client = topology.connect();
    try {
      const instants = async () => Number(await client.hget(`${KEY}:any:repeat:leaderboards.reset`, 'ic'));
      const before = [await instants(), sum('leaderboards.reset')] as const;
      await waitUntil('some instants', async () => (await instants()) >= before[0] + 4);
      // One more may be made than was done, or done than was looked at.
      const made = (await instants()) - before[0];
      expect(Math.abs(sum('leaderboards.reset') - before[1] - made)).toBeLessThanOrEqual(1);
      await nodes.shift()?.stop();
      await nodes.shift()?.stop();
      const api = runs.at(-1);
      const had = api?.get('leaderboards.reset') ?? 0;
      await waitUntil(
        'the last one does it',
        () => (api?.get('leaderboards.reset') ?? 0) >= had + 2 && (api?.get('streams.retention') ?? 0) > 0,
        { timeoutMs: 30_000 },
      );
      // What is for processes that work, one that only answers leaves to them.
      expect([...(api?.keys() ?? [])].sort()).toEqual(['leaderboards.reset', 'streams.retention']);
    } finally {
      client.disconnect();
    }
  });

  it('has its schedules again when Redis lost them', async () => {
    const client = topology.connect();
    try {
      for (const key of await topology.keys()) if (key.startsWith(KEY)) await client.del(key);
      const had = runs.at(-1)?.get('leaderboards.reset') ?? 0;
      await waitUntil('it is done again', () => (runs.at(-1)?.get('leaderboards.reset') ?? 0) > had + 1, {
        timeoutMs: 30_000,
      });
    } finally {
      client.disconnect();
    }
  });
});
