import { dumpRedis, type DumpedValue } from '../../support/redis-dump.js';
import type { Topology } from '../../support/topology.js';

/** Token buckets of the service change with every request; what a request can change for a client is here. */
const STATE = /\{(leaderboards|idempotency):/;

/** What Redis holds of leaderboards, by key: enough to see that a refused request changed nothing. */
export async function dumpKeys(topology: Topology): Promise<Map<string, DumpedValue>> {
  return await dumpRedis(topology, (key) => STATE.test(key));
}
