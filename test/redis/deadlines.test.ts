import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { Deadlines } from '../../src/redis/deadlines.js';
import { startRedis } from '../support/redis-server.js';

const WITHIN_MS = 200;

/** Keeps this process from doing anything else. */
function standStill(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it('does not count as late what had come while its process stood still, which a timer alone would', async () => {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  onTestFinished(async () => {
    client.disconnect();
    await redis.stop();
  });
  await client.ping();
  const deadlines = new Deadlines();
  const late = () => new Error('late');
  const inTime = deadlines.before(performance.now() + WITHIN_MS, client.ping(), late);
  const byTimer = Promise.race([client.ping(), pause(WITHIN_MS, 'late')]);
  const never = deadlines.before(performance.now() + WITHIN_MS, new Promise(() => undefined), late);
  standStill(3 * WITHIN_MS);
  expect(await Promise.allSettled([inTime, byTimer, never])).toMatchObject([
    { value: 'PONG' },
    { value: 'late' },
    { reason: new Error('late') },
  ]);
});
