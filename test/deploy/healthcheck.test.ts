import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate, type TestCertificate } from '../support/certificate.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startService } from '../support/service.js';
import { untilEnded } from './container.js';
import { ROOT } from './files.js';

let redis: TestRedis;
let certificate: TestCertificate;

beforeAll(async () => {
  [redis, certificate] = await Promise.all([startRedis(), makeCertificate()]);
});

afterAll(async () => {
  await certificate?.remove();
  await redis?.stop();
});

const check = (environment: Readonly<Record<string, string>>) =>
  untilEnded(
    spawn(process.execPath, ['deploy/healthcheck.mjs'], {
      cwd: ROOT,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );

describe('the health check', () => {
  it('asks over TLS where the service has it, whatever name its certificate has', async () => {
    const service = await startService({ REDIS_URL: redis.serviceUrl, ...certificate.settings });
    const { port } = new URL(service.url);
    try {
      const { TLS_CERT } = certificate.settings;
      expect(await check({ PORT: port, HOST: '0.0.0.0', TLS_CERT })).toEqual({
        code: 0,
        output: '/health/ready answers 200\n',
      });
      expect((await check({ PORT: port, HOST: '0.0.0.0' })).code).toBe(1);
    } finally {
      await service.stop();
    }
  });

  it('asks at the address that the service listens on', async () => {
    const service = await startService({ REDIS_URL: redis.serviceUrl });
    const { port } = new URL(service.url);
    try {
      for (const HOST of ['127.0.0.1', '0.0.0.0', '::', '']) {
        expect([HOST, (await check({ PORT: port, HOST })).code]).toEqual([HOST, 0]);
      }
      expect((await check({ PORT: port, HOST: '127.0.0.2' })).code).toBe(1);
    } finally {
      await service.stop();
    }
  });

  it('fails while Redis is away', async () => {
    const own = await startRedis();
    const service = await startService({ REDIS_URL: own.serviceUrl, REDIS_TIMEOUT_MS: '500' });
    const { port } = new URL(service.url);
    try {
      await own.stop();
      expect(await check({ PORT: port })).toEqual({ code: 1, output: '/health/ready answers 503\n' });
    } finally {
      await service.stop();
    }
  });
});
