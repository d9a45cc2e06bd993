import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventReader } from '../../support/event-reader.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { SocketReader } from '../../support/socket-reader.js';
import { waitUntil } from '../../support/wait-until.js';
import { SOCKET, STREAM } from './harness.js';
import { LiveRoutesModule } from './live-routes.js';

// Standalone in either topology: it is frozen.
let redis: TestRedis;
let service: TestService;

beforeAll(async () => {
  redis = await startRedis();
  const settings = { REDIS_URL: redis.serviceUrl, REDIS_TIMEOUT_MS: '200' };
  service = await startService(settings, { modules: [LiveRoutesModule] });
});

afterAll(async () => {
  await service?.stop();
  await redis?.stop();
});

describe('while Redis is away', () => {
  it('live connections stay, since nobody can say that their credential is no longer valid', async () => {
    const socket = await SocketReader.open(`${service.url}${SOCKET}`, ADMIN_KEY);
    const stream = await EventReader.open(`${service.url}${STREAM}`, ADMIN_KEY);
    process.kill(redis.server.pid, 'SIGSTOP');
    try {
      // Each of the requests needs as long as a check of the credential.
      for (let failed = 0; failed < 5; failed++) {
        await waitUntil('Redis is missed', async () => (await service.admin.get('/v1/me')).status === 503);
      }
      socket.socket.send('still here');
      await waitUntil('the echo', () => socket.texts.length === 1);
      expect([socket.closed, stream.ended]).toEqual([undefined, false]);
    } finally {
      process.kill(redis.server.pid, 'SIGCONT');
    }
    await waitUntil('Redis is back', async () => (await service.admin.get('/v1/me')).status === 200);
    expect([socket.closed, stream.ended]).toEqual([undefined, false]);
    socket.close();
    stream.close();
  });
});
