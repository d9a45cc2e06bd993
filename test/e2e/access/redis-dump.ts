import type { Redis, Cluster } from 'ioredis';
import type { Topology } from '../../support/topology.js';

/** Everything that stands in Redis, as one text: each key with its value in clear. */
export async function dumpRedis(topology: Topology): Promise<string> {
  const client = topology.connect();
  try {
    const parts = await Promise.all(
      (await topology.keys()).map(async (key) => `${key}\n${JSON.stringify(await valueOf(client, key))}`),
    );
    return parts.join('\n');
  } finally {
    client.disconnect();
  }
}

async function valueOf(client: Redis | Cluster, key: string): Promise<unknown> {
  const type = await client.type(key);
  switch (type) {
    case 'string':
      return await client.get(key);
    case 'hash':
      return await client.hgetall(key);
    case 'zset':
      return await client.zrange(key, 0, -1, 'WITHSCORES');
    case 'none': // It expired since it was listed.
      return null;
    default:
      throw new Error(`the dump does not read keys of type ${type}`);
  }
}
