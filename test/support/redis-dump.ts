import type { Cluster, Redis } from 'ioredis';
import type { Topology } from './topology.js';

/** What a key holds, in bytes; a hash by field, in the order of its fields, and a stream by id and field. */
export type DumpedValue = Buffer | readonly Buffer[] | readonly (readonly [field: string, value: Buffer])[];

/** What Redis holds, by key, in the order of the keys that `isWanted`. */
export async function dumpRedis(
  topology: Topology,
  isWanted: (key: string) => boolean = () => true,
): Promise<Map<string, DumpedValue>> {
  const client = topology.connect();
  try {
    const dump = new Map<string, DumpedValue>();
    for (const key of (await topology.keys()).filter(isWanted).sort()) {
      const value = await valueOf(client, key);
      if (value !== undefined) dump.set(key, value);
    }
    return dump;
  } finally {
    client.disconnect();
  }
}

/** Everything that stands in Redis, as one text with a character for each byte: what it does not contain is not there. */
export async function dumpText(topology: Topology): Promise<string> {
  const dump = await dumpRedis(topology);
  return [...dump].map(([key, value]) => [key, ...textsOf(value)].join('\n')).join('\n');
}

async function valueOf(client: Redis | Cluster, key: string): Promise<DumpedValue | undefined> {
  const type = await client.type(key);
  switch (type) {
    case 'string':
      return (await client.getBuffer(key)) ?? undefined;
    case 'hash':
      return Object.entries(await client.hgetallBuffer(key)).sort(([a], [b]) => (a < b ? -1 : 1));
    case 'list':
      return await client.lrangeBuffer(key, 0, -1);
    case 'zset':
      return await client.zrangeBuffer(key, 0, -1, 'WITHSCORES');
    case 'set':
      return (await client.smembersBuffer(key)).sort((a, b) => a.compare(b));
    case 'stream':
      return (await client.xrangeBuffer(key, '-', '+')).flatMap(([id, fields]) =>
        fields.map((value, at) => [`${id.toString()} ${at}`, value] as const),
      );
    case 'none': // It expired since it was listed.
      return undefined;
    default:
      throw new Error(`${key} is a ${type}, which the dump does not read`);
  }
}

function textsOf(value: DumpedValue): string[] {
  if (Buffer.isBuffer(value)) return [value.toString('latin1')];
  return value.flatMap((part) =>
    Buffer.isBuffer(part) ? [part.toString('latin1')] : [part[0], part[1].toString('latin1')],
  );
}
