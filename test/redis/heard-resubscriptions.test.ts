import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../src/redis/embedded/free-port.js';
import { hearResubscriptions } from '../../src/redis/heard-resubscriptions.js';

/** What is rejected without a listener when somebody, as ioredis does, subscribes on a connection that ends and does not look. */
async function unheard(prepare: (client: Redis) => void): Promise<unknown[]> {
  const client = new Redis(await freePort(), { lazyConnect: true, retryStrategy: () => null });
  prepare(client);
  client.on('error', () => undefined);
  const rejections: unknown[] = [];
  const before = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => rejections.push(reason));
  try {
    const ended = new Promise((resolve) => client.once('end', resolve));
    void client.subscribe('news');
    await ended;
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of before) process.on('unhandledRejection', listener);
  }
  return rejections;
}

describe('a subscription that nobody looks after', () => {
  it('ends nobody when its connection does', async () => {
    expect(await unheard(hearResubscriptions)).toEqual([]);
  });

  it('is an unhandled rejection if ioredis is left to itself', async () => {
    expect(await unheard(() => undefined)).toEqual([
      expect.objectContaining({ message: 'Connection is closed.' }),
    ]);
  });
});
