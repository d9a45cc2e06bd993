import { setTimeout as pause } from 'node:timers/promises';
import calculateSlot from 'cluster-key-slot';
import { Redis } from 'ioredis';
import type { RedisProcess } from './redis-process.js';
import type { ReplicatedCluster } from './replicated-cluster.js';

const KEYS_AT_ONCE = 20;
const PAUSE_MS = 1;
const TIMEOUT_MS = 5000;

export interface Migration {
  readonly slot: number;
  readonly from: RedisProcess;
  readonly to: RedisProcess;
  /** Keys that went along; in slots that are written to, new ones begin at the target. */
  readonly keys: number;
}

export interface MigrationOptions {
  /** Deletes keys at the source where it should send them on: what a broken tool does. */
  readonly drops?: boolean;
  /** What happens when all keys are at the target, and the slot is still the source's: clients are sent from there to here. */
  readonly meanwhile?: () => Promise<void>;
}

/** Moves a slot with all that it holds while clients use it, in the steps in which `redis-cli --cluster reshard` does. */
export async function migrateSlot(
  cluster: ReplicatedCluster,
  { slot, from, to }: Omit<Migration, 'keys'>,
  { drops = false, meanwhile }: MigrationOptions = {},
): Promise<Migration> {
  const [fromId, toId] = await Promise.all([cluster.idOf(from), cluster.idOf(to)]);
  const masters = await cluster.masters();
  const [source, target] = [new Redis(from.url), new Redis(to.url)];
  try {
    await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
    await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
    let keys = 0;
    for (;;) {
      const batch = await keysOf(source, slot, KEYS_AT_ONCE);
      if (batch.length === 0) break;
      keys += batch.length;
      await (drops ? source.del(...batch) : send(source, to, batch));
      await pause(PAUSE_MS);
    }
    await meanwhile?.();
    // The target first: until it knows that the slot is its own, nobody else may say so.
    await target.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
    await source.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
    for (const master of masters) {
      if (master !== from && master !== to)
        await master.ask((client) => client.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId));
    }
    return { slot, from, to, keys };
  } finally {
    source.disconnect();
    target.disconnect();
  }
}

/** The slots that hold keys which match `pattern`, each with its master. */
export async function slotsWith(
  masters: readonly RedisProcess[],
  pattern: string,
): Promise<Map<number, RedisProcess>> {
  const found = new Map<number, RedisProcess>();
  for (const master of masters) {
    const keys = await master.ask((client) => client.keys(pattern));
    for (const key of keys) found.set(calculateSlot(key), master);
  }
  return found;
}

async function keysOf(source: Redis, slot: number, count: number): Promise<Buffer[]> {
  return (await source.callBuffer('CLUSTER', 'GETKEYSINSLOT', slot, count)) as Buffer[];
}

async function send(source: Redis, to: RedisProcess, keys: readonly Buffer[]): Promise<void> {
  const { hostname, port, password } = new URL(to.url);
  // NOKEY: what expires on the way is not missed.
  await source.call('MIGRATE', hostname, port, '', 0, TIMEOUT_MS, 'AUTH', password, 'KEYS', ...keys);
}
