import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StartError } from '../../../src/errors/start-error.js';
import { type CertificateFiles, makeCertificate } from '../../support/certificates.js';
import { expectProblem } from '../../support/problem.js';
import { takeRefusals } from '../../support/redis-users.js';
import { startService, type TestService } from '../../support/service.js';
import { startTlsRedis, type TlsRedis, type TlsRedisFiles } from '../../support/tls-redis.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';

const LOCKS = '/v1/locks';
const COUNT = 3;
const MAJORITY = 2;

let folder: string;
let files: TlsRedisFiles;
let other: CertificateFiles;
let servers: TlsRedis[];
let topology: Topology;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  topology = await startTopology();
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-lock-tls-'));
  const authority = await makeCertificate(folder, 'authority');
  files = {
    authority,
    server: await makeCertificate(folder, 'server', authority),
    client: await makeCertificate(folder, 'client', authority),
  };
  other = await makeCertificate(folder, 'other-authority');
  servers = await Promise.all(Array.from({ length: COUNT }, () => startTlsRedis(files)));
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

afterAll(async () => {
  for (const server of servers ?? []) await server.stop();
  await topology?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Settings under which the locks alone are on servers with TLS, with the files that these are content with. */
const settings = () => ({
  ...topology.settings,
  LOCK_REDIS_URLS: servers.map(({ serviceUrl }) => serviceUrl).join(','),
  REDIS_TLS_CA: files.authority.cert,
  REDIS_TLS_CERT: files.client.cert,
  REDIS_TLS_KEY: files.client.key,
  REDIS_TIMEOUT_MS: '1000',
});

async function testService(changes: Readonly<Record<string, string>> = {}): Promise<TestService> {
  const service = await startService({ ...settings(), ...changes });
  cleanups.push(() => service.stop());
  return service;
}

const acquire = (service: TestService, resource: string, more: object = {}) =>
  service.admin.post(LOCKS, { resources: [resource], ttlMs: 30_000, ...more });

describe('lock servers with TLS, client certificates and least permissions, beside a Redis without', () => {
  it('grant locks, wake who waits, and alone have them', async () => {
    const service = await testService();
    await waitUntil('ready', async () => (await service.admin.get('/health/ready')).status === 200);
    const lock = await acquire(service, 'encrypted');
    expect(lock.status, JSON.stringify(lock.body)).toBe(201);
    const next = acquire(service, 'encrypted', { waitMs: 20_000 });
    await waitUntil('somebody waits', async () => {
      const { body } = await service.admin.get(`${LOCKS}/resources/encrypted`);
      return body.waiting === 1;
    });
    expect((await service.admin.delete(`${LOCKS}/${lock.body.lockId}`)).status).toBe(204);
    const given = await next;
    expect(given.status).toBe(201);
    expect(given.body.fencingToken).toBeGreaterThan(lock.body.fencingToken);
    const permits = await service.admin.post('/v1/semaphores/encrypted/permits', {
      permits: 2,
      ttlMs: 30_000,
    });
    expect(permits.status).toBe(201);
    await waitUntil('a majority has both', async () => {
      const counts = await Promise.all(
        servers.map(({ admin }) => admin.hkeys('fulcrum:default:{locking:_}:places')),
      );
      return (
        counts.filter((places) => /lock:.*permit:|permit:.*lock:/.test(places.join())).length >= MAJORITY
      );
    });
    for (const { admin } of servers) expect(await takeRefusals(admin)).toEqual([]);
    expect((await topology.keys()).filter((key) => key.includes('{locking:'))).toEqual([]);
  });

  it.each([
    ['no client certificate', () => ({ REDIS_TLS_CERT: '', REDIS_TLS_KEY: '' })],
    ['another authority of the servers', () => ({ REDIS_TLS_CA: other.cert })],
    [
      'no TLS',
      () => ({
        LOCK_REDIS_URLS: settings().LOCK_REDIS_URLS.replaceAll('rediss:', 'redis:'),
        ...{ REDIS_TLS_CA: '', REDIS_TLS_CERT: '', REDIS_TLS_KEY: '' },
      }),
    ],
  ])('grant nothing to a service with %s, which goes on without locks', async (_what, changes) => {
    const service = await testService(changes());
    expectProblem(await acquire(service, 'refused'), 503, 'locking.no-quorum');
    expectProblem(await service.admin.get('/health/ready'), 503, 'redis.unavailable');
    expect((await service.admin.put('/v1/leaderboards/b', {})).status).toBeLessThan(300);
    for (const { admin } of servers) {
      expect(await admin.hkeys('fulcrum:default:{locking:_}:places')).not.toContain('lock:refused');
    }
  });

  it.each(['REDIS_TLS_CA', 'REDIS_TLS_CERT', 'REDIS_TLS_KEY'])(
    'end the start where a file of the settings is missing: %s',
    async (name) => {
      const starting = startService({ ...settings(), [name]: join(folder, 'missing') });
      const error: unknown = await starting.then(
        () => 'it started',
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(StartError);
      expect((error as StartError).message).toMatch(new RegExp(`^${name}: the file cannot be read`));
    },
  );
});
