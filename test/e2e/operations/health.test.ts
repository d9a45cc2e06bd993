import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { metricsOf } from './prometheus.js';

describe('with Redis', () => {
  let topology: Topology;
  let service: TestService;

  beforeAll(async () => {
    topology = await startTopology();
    service = await startService(topology.settings);
  });

  afterAll(async () => {
    await service.stop();
    await topology.stop();
  });

  it('is alive and ready, without a credential', async () => {
    const anyone = service.as(undefined);
    const live = await anyone.get('/health/live');
    expect([live.status, live.body]).toEqual([200, { status: 'ok' }]);
    const ready = await anyone.get('/health/ready');
    expect(ready.status).toBe(200);
    expect(ready.body).toMatchObject({ status: 'ok', checks: { redis: 'ok', scripts: 'ok', locks: 'ok' } });
  });

  it('counts requests and measures operations by name, transport and outcome', async () => {
    const before = await metricsOf(service.url);
    await service.admin.post('/v1/leaderboards/measured/submissions', { member: 'm', score: 1 });
    await service.admin.get('/v1/leaderboards/no-such-board');
    const after = await metricsOf(service.url);
    const grown = (name: string) => after.valueOf(name) - before.valueOf(name);
    const submitted = 'operation="leaderboards.submissions.create"';
    const missing = 'operation="leaderboards.boards.get"';
    const notFound = 'outcome="leaderboards.board-not-found"';
    expect(grown(`fulcrum_operation_duration_seconds_count{${submitted},outcome="success"}`)).toBe(1);
    expect(grown(`fulcrum_operation_duration_seconds_count{${missing},${notFound}}`)).toBe(1);
    expect(
      grown(`fulcrum_request_duration_seconds_count{${submitted},transport="http",outcome="success"}`),
    ).toBe(1);
    expect(grown(`fulcrum_request_duration_seconds_count{${missing},transport="http",${notFound}}`)).toBe(1);
    expect(grown('fulcrum_problems_total{code="leaderboards.board-not-found",transport="http"}')).toBe(1);
    const buckets = after
      .names()
      .filter((name) => name.startsWith('fulcrum_operation_duration_seconds_bucket'));
    expect(buckets.some((name) => name.includes('le="0.005"') && name.includes(submitted))).toBe(true);
  });

  it('shows the connections to Redis and the delay of the event loop', async () => {
    const metrics = await metricsOf(service.url);
    expect(metrics.valueOf('fulcrum_redis_up{purpose="commands"}')).toBe(1);
    expect(metrics.valueOf('fulcrum_redis_up{purpose="subscriber"}')).toBe(1);
    expect(metrics.names()).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(metrics.names()).toContain('process_resident_memory_bytes');
    expect(metrics.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  it('names no board, member, tenant or key in a metric', async () => {
    await service.admin.post('/v1/leaderboards/board-canary/submissions', {
      member: 'member-canary',
      score: 1,
    });
    await service.admin.get('/v1/leaderboards/board-canary/entries/missing-canary');
    await service.admin.get('/path-canary?query-canary');
    expect((await metricsOf(service.url)).text).not.toContain('canary');
  });
});

// A Redis of its own in either topology: it has to go away.
describe('without Redis', () => {
  let redis: TestRedis;
  let service: TestService;

  beforeAll(async () => {
    redis = await startRedis();
    service = await startService({ REDIS_URL: redis.serviceUrl, REDIS_TIMEOUT_MS: '800' });
  });

  afterAll(async () => {
    await service.stop();
    await redis.stop();
  });

  async function readiness(): Promise<unknown[]> {
    const { status, body } = await service.as(undefined).get('/health/ready');
    return [
      status,
      (body as { code?: string }).code?.split('.')[0],
      (body as { retryable?: boolean }).retryable,
    ];
  }

  it('is alive but not ready while Redis is frozen, and ready again after', async () => {
    expect(await readiness()).toEqual([200, undefined, undefined]);
    process.kill(redis.server.pid, 'SIGSTOP');
    try {
      expect(await readiness()).toEqual([503, 'redis', true]);
      expect((await service.as(undefined).get('/health/live')).status).toBe(200);
      const refused = await service.admin.get('/v1/me');
      expect([refused.status, refused.body.retryable]).toEqual([503, true]);
    } finally {
      process.kill(redis.server.pid, 'SIGCONT');
    }
    await waitUntil('the service is ready again', async () => (await readiness())[0] === 200);
  });

  it('is alive but not ready when Redis is gone, and says so in its metrics', async () => {
    await redis.server.stop();
    await waitUntil('the connection is lost', async () => {
      return (await metricsOf(service.url)).valueOf('fulcrum_redis_up{purpose="commands"}') === 0;
    });
    expect(await readiness()).toEqual([503, 'redis', true]);
    expect((await service.as(undefined).get('/health/live')).status).toBe(200);
    const { status, headers, body } = await service.as(undefined).get('/health/ready');
    expect([status, headers.get('content-type')]).toEqual([503, 'application/problem+json; charset=utf-8']);
    expect(JSON.stringify(body)).not.toMatch(/ECONN|127\.0\.0\.1|ioredis/);
  });
});
