import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageClient } from '../../support/message-client.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { waitUntil } from '../../support/wait-until.js';

// Standalone in either topology: the restart of a server that clients are connected to is the point.
let redis: TestRedis;
let service: TestService;
let messages: MessageClient;

beforeAll(async () => {
  redis = await startRedis();
  service = await startService({ REDIS_URL: redis.serviceUrl });
  messages = new MessageClient(redis.messageUrl, ADMIN_KEY);
});

afterAll(async () => {
  await messages.close();
  await service.stop();
  await redis.stop();
});

async function increment(): Promise<number> {
  const data = { board: 'restarted', member: 'm', score: 1, operator: 'increment' };
  return ((await messages.send('leaderboards.submissions.create', data)) as { score: number }).score;
}

describe('Redis killed under a running service and client', () => {
  it('messages work again by themselves, each executed once, as often as it happens', async () => {
    expect(await increment()).toBe(1);
    for (let round = 0; round < 3; round++) {
      const killed = redis.server.pid;
      process.kill(killed, 'SIGKILL');
      await waitUntil('Redis runs again', () => redis.server.pid !== killed);
      await waitUntil(
        'a message is answered',
        () =>
          messages.send('access.caller.get', {}).then(
            () => true,
            () => false,
          ),
        { timeoutMs: 20_000 },
      );
      const before = await increment();
      expect(await increment()).toBe(before + 1);
      expect(await increment()).toBe(before + 2);
    }
  }, 90_000);
});
