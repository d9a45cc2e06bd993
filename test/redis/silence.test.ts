import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { giveUpOnSilence } from '../../src/redis/silence.js';
import { RedisProcess } from '../support/redis-process.js';

const SILENCE_MS = 600;

let redis: RedisProcess;

beforeAll(async () => {
  redis = await RedisProcess.start();
});

afterAll(() => redis.stop());

/** A connection and how often it was lost. */
async function connected(watch: (client: Redis) => void, options: { socketTimeout?: number } = {}) {
  const client = new Redis(redis.url, { maxRetriesPerRequest: 0, retryStrategy: () => 20, ...options });
  const losses: string[] = [];
  client.on('error', ({ message }: Error) => losses.push(message));
  watch(client);
  onTestFinished(() => client.disconnect());
  await client.ping();
  return { client, losses };
}

const watched = () => connected((client) => giveUpOnSilence(client, SILENCE_MS));

/** Keeps this process from doing anything else. */
function standStill(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('a connection to a server', () => {
  it('is given up when a frozen one says nothing, and made anew when it is back', async () => {
    const { client, losses } = await watched();
    redis.freeze();
    const began = performance.now();
    await expect(client.ping()).rejects.toThrow();
    expect(performance.now() - began).toBeGreaterThan(SILENCE_MS - 20);
    expect(losses).toEqual([`Redis said nothing for ${SILENCE_MS} ms`]);
    redis.thaw();
    client.options.maxRetriesPerRequest = null;
    expect(await client.ping()).toBe('PONG');
  });

  it('is kept when nothing is asked, and when an answer comes late', async () => {
    const { client, losses } = await watched();
    await pause(2 * SILENCE_MS);
    redis.freeze();
    const late = client.ping();
    await pause(SILENCE_MS / 2);
    redis.thaw();
    expect(await late).toBe('PONG');
    expect(losses).toEqual([]);
  });

  it('is kept when this process stood still, which ioredis takes for the silence of the server', async () => {
    const ours = await watched();
    const asked = ours.client.ping();
    standStill(3 * SILENCE_MS);
    expect(await asked).toBe('PONG');
    expect(ours.losses).toEqual([]);

    const theirs = await connected(() => undefined, { socketTimeout: SILENCE_MS });
    const lost = theirs.client.ping();
    standStill(3 * SILENCE_MS);
    await expect(lost).rejects.toThrow();
    expect(theirs.losses).toHaveLength(1);
  });
});
