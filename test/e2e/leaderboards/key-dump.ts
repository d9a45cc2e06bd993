import type { Topology } from '../../support/topology.js';

/** Token buckets of the service change with every request; what a request can change for a client is here. */
const STATE = /\{(leaderboards|idempotency):/;

/** What Redis holds of leaderboards, by key: enough to see that a refused request changed nothing. */
export async function dumpKeys(topology: Topology): Promise<Map<string, unknown>> {
  const client = topology.connect();
  try {
    const dump = new Map<string, unknown>();
    const keys = (await topology.keys()).filter((key) => STATE.test(key)).sort();
    for (const key of keys) {
      const type = await client.type(key);
      switch (type) {
        case 'string':
          dump.set(key, await client.getBuffer(key));
          break;
        case 'hash':
          dump.set(key, sortedPairs(await client.hgetallBuffer(key)));
          break;
        case 'zset':
          dump.set(key, await client.zrangeBuffer(key, 0, -1, 'WITHSCORES'));
          break;
        default:
          throw new Error(`${key} is a ${type}, which no leaderboard keeps`);
      }
    }
    return dump;
  } finally {
    client.disconnect();
  }
}

function sortedPairs(hash: Record<string, Buffer>): [string, Buffer][] {
  return Object.entries(hash).sort(([a], [b]) => (a < b ? -1 : 1));
}
