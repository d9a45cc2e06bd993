import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import { waitUntil } from '../../support/wait-until.js';

let redis: TestRedis | undefined;
let service: ServiceProcess | undefined;

afterEach(async () => {
  await service?.stop();
  await redis?.stop();
  service = undefined;
  redis = undefined;
});

const written = (): string => (service ? service.stdout() + service.stderr() : '');

describe('an error that quotes what it was given', () => {
  it('does not bring a document of Redis that cannot be read into the log', async () => {
    redis = await startRedis();
    service = await startServiceProcess({ REDIS_URL: redis.url, LOG_LEVEL: 'trace' });
    const board = '/v1/leaderboards/quoted';
    await service.admin.post(`${board}/submissions`, { member: 'm', score: 1, metadata: { a: 1 } });
    const client = new Redis(redis.url);
    const key = 'fulcrum:default:{leaderboards:quoted}:metadata';
    expect(await client.exists(key)).toBe(1);
    for (const field of await client.hkeys(key)) await client.hset(key, field, 'canary: no JSON');
    client.disconnect();
    expect((await service.admin.get(`${board}/entries/m`)).status).toBeGreaterThanOrEqual(500);
    await waitUntil('the failure is logged', () => written().includes('operation.failure'));
    expect(written()).not.toContain('canary');
  });

  it('does not show the arguments of a command that Redis does not have', async () => {
    redis = await startRedis({ extraConfig: ['rename-command EVALSHA ""'] });
    const starting = startServiceProcess(
      { REDIS_URL: redis.url },
      { adminKey: `fk_canary_${'c'.repeat(32)}` },
    );
    await expect(starting).rejects.toThrow(/unknown command 'evalsha', with args \(hidden\)/);
    await expect(starting).rejects.not.toThrow(/canary/);
  });

  it('and that nothing handles ends the service without what hangs on it', async () => {
    redis = await startRedis();
    const crash = `process.once('SIGUSR2', () => {
      const { CANARY } = process.env;
      throw Object.assign(new Error('unforeseen at redis://:' + CANARY + '@host'), { command: { args: [CANARY] } });
    });`;
    service = await startServiceProcess({
      REDIS_URL: redis.url,
      CANARY: 'canary',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(crash)}`,
    });
    const exited = once(service.child, 'exit');
    service.child.kill('SIGUSR2');
    expect(await exited).toEqual([1, null]);
    expect(service.stderr()).toContain('Error: unforeseen at redis://(hidden)@host');
    expect(written()).not.toContain('canary');
  });
});
