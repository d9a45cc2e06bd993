import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventReader } from '../support/event-reader.js';
import { expectProblem } from '../support/problem.js';
import { ADMIN_KEY, startService, type TestService } from '../support/service.js';
import { SocketClient } from '../support/socket-client.js';
import { RedisProxy } from '../support/tcp-proxy.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { waitUntil } from '../support/wait-until.js';

let redis: TestRedis;
let proxy: RedisProxy;
let service: TestService;

beforeAll(async () => {
  redis = await startRedis();
  proxy = await RedisProxy.start(redis.serviceUrl);
  service = await startService({ REDIS_URL: proxy.url, REDIS_TIMEOUT_MS: '500' });
});

afterAll(async () => {
  await service?.stop();
  await proxy?.stop();
  await redis?.stop();
});

describe('without Redis', () => {
  it('a subscription is refused in bounded time and the socket goes on; afterwards all is as before', async () => {
    const socket = await SocketClient.open(service.url, ADMIN_KEY);
    await socket.ask({ type: 'subscribe', channel: 'kept' });
    const reader = await EventReader.open(`${service.url}/v1/events?pattern=k*`, ADMIN_KEY);
    proxy.refuse();
    const answers = await Promise.all([
      service.admin.get('/v1/events?channel=new'),
      service.admin.get('/v1/events?pattern=new.*'),
    ]);
    for (const answer of answers) expectProblem(answer, 503, 'redis.unavailable');
    for (const frame of [
      { type: 'subscribe', channel: 'new' },
      { type: 'subscribe', pattern: 'new.*' },
      { type: 'publish', channel: 'kept', data: 0 },
    ]) {
      const { type, problem } = await socket.ask(frame);
      expect([type, problem.status]).toEqual(['error', 503]);
    }
    proxy.accept();
    await waitUntil('Redis is back', async () => {
      const { status } = await service.admin.post('/v1/channels/kept/messages', { data: 1 });
      return status === 201;
    });
    await waitUntil(
      'the message',
      () => socket.of('message').length > 0 && reader.datas('message').length > 0,
    );
    expect(socket.of('message')[0]).toMatchObject({ channel: 'kept', data: 1 });
    expect(await socket.ask({ type: 'subscribe', channel: 'new' })).toMatchObject({ type: 'subscribed' });
    reader.close();
    socket.close();
  });
});
