import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { metricsOf } from '../operations/prometheus.js';
import { type LockServers, startLockServers } from './locks.js';

let topology: Topology;
let nodes: LockServers;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  nodes = await startLockServers(3);
  service = await startService({ ...topology.settings, ...nodes.settings, REDIS_TIMEOUT_MS: '800' });
});

afterAll(async () => {
  await service?.stop();
  await nodes?.stop();
  await topology?.stop();
});

describe('a service with three lock servers', () => {
  const ready = async () => {
    const { status, body } = await service.as(undefined).get('/health/ready');
    return { status, code: body.code as unknown, checks: body.checks as unknown };
  };

  it('is ready while a majority of them answers', async () => {
    expect(await ready()).toEqual({
      status: 200,
      code: undefined,
      checks: { redis: 'ok', scripts: 'ok', locks: 'ok' },
    });
    await nodes.servers[0]?.server.stop();
    expect((await ready()).status).toBe(200);
    expect((await metricsOf(service.url)).valueOf('fulcrum_redis_up{purpose="lock-1-commands"}')).toBe(0);
    expect((await metricsOf(service.url)).valueOf('fulcrum_redis_up{purpose="lock-2-commands"}')).toBe(1);
    await nodes.servers[1]?.server.stop();
    expect(await ready()).toEqual({ status: 503, code: 'redis.unavailable', checks: undefined });
    // Everything else goes on.
    expect((await service.admin.get('/v1/leaderboards')).status).toBe(200);
  });
});
