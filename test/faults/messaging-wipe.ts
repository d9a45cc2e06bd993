import type { Redis } from 'ioredis';

/** What clients prove themselves with, as Redis has it. */
type Credentials = readonly (readonly [key: string, dump: Buffer])[];

export async function credentialsIn(redis: Redis): Promise<Credentials> {
  const keys = await redis.keys('*{access:*');
  return await Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
}

/** As whoever has lost them would: otherwise nobody was let in any more. */
export async function putBack(redis: Redis, credentials: Credentials): Promise<void> {
  for (const [key, dump] of credentials) await redis.restore(key, 0, dump, 'REPLACE');
}

/** Takes away all that Redis has, but for the credentials: no client is sent away between. */
export async function flushAll(redis: Redis): Promise<void> {
  const transaction = redis.multi().flushall();
  for (const [key, dump] of await credentialsIn(redis)) transaction.restore(key, 0, dump);
  await transaction.exec();
}
