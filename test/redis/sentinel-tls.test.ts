import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StartError } from '../../src/errors/start-error.js';
import { makeCertificate } from '../support/certificates.js';
import { takeRefusals } from '../support/redis-users.js';
import { startSentinel } from '../support/sentinels.js';
import { startService } from '../support/service.js';
import { startTlsRedis, type TlsRedis, type TlsRedisFiles } from '../support/tls-redis.js';
import { waitUntil } from '../support/wait-until.js';

let folder: string;
let files: TlsRedisFiles;
let server: TlsRedis;
let sentinel: Awaited<ReturnType<typeof startSentinel>>;
let settings: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-sentinel-tls-'));
  const authority = await makeCertificate(folder, 'authority');
  files = {
    authority,
    server: await makeCertificate(folder, 'server', authority),
    client: await makeCertificate(folder, 'client', authority),
  };
  server = await startTlsRedis(files);
  sentinel = await startSentinel({
    masterPort: new URL(server.serviceUrl).port,
    quorum: 1,
    lines: ['sentinel auth-user mymaster admin', 'sentinel auth-pass mymaster admin-test-password'],
    tls: files,
  });
  const master = new URL(server.serviceUrl);
  settings = {
    REDIS_SENTINELS: sentinel.url,
    REDIS_SENTINEL_MASTER: `rediss://${master.username}:${master.password}@mymaster`,
    REDIS_TLS_CA: files.authority.cert,
    REDIS_TLS_CERT: files.client.cert,
    REDIS_TLS_KEY: files.client.key,
    REDIS_TIMEOUT_MS: '1000',
    REDIS_START_WAIT_MS: '300',
  };
});

afterAll(async () => {
  await sentinel?.stop();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Why the service does not start, in the words that its operator reads. */
async function refusal(changes: Readonly<Record<string, string>>): Promise<string> {
  const error: unknown = await startService({ ...settings, ...changes }).then(
    async (service) => await service.stop().then(() => 'it started'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StartError);
  return (error as StartError).message;
}

describe('a master behind Sentinels, all with TLS, client certificates and users', () => {
  it('is found, and found again', async () => {
    const service = await startService({ ...settings, REDIS_START_WAIT_MS: '10000' });
    try {
      const submit = () => service.admin.post('/v1/leaderboards/b/submissions', { member: 'a', score: 1 });
      expect((await submit()).status).toBe(200);
      await server.admin.client('KILL', 'USER', 'fulcrum');
      await waitUntil('connected again', async () => (await submit()).status === 200);
      expect(await takeRefusals(server.admin)).toEqual([]);
      expect(await sentinel.clients()).toBeGreaterThan(0);
    } finally {
      await service.stop();
    }
    // What is left open would keep the process of a library's user alive.
    await waitUntil('nobody listens for a failover', async () => (await sentinel.clients()) === 0);
  });

  it('is not found, and why is said', async () => {
    const { REDIS_SENTINELS = '', REDIS_SENTINEL_MASTER = '' } = settings;
    const other = REDIS_SENTINEL_MASTER.replace('mymaster', 'other');
    expect(await refusal({ REDIS_SENTINEL_MASTER: other })).toContain('the Sentinel knows no master other');
    const wrong = REDIS_SENTINELS.replace(/:[^:@]+@/, ':wrong-canary@');
    const message = await refusal({ REDIS_SENTINELS: wrong });
    expect(message).toContain('it does not accept the user and the password in its URL');
    expect(message).not.toContain('canary');
    const noPassword = REDIS_SENTINEL_MASTER.replace(/\/\/.*@/, '//');
    expect(await refusal({ REDIS_SENTINEL_MASTER: noPassword })).toMatch(
      /the master that Sentinel names, 127\.0\.0\.1:\d+: it asks for a user and a password/,
    );
    expect(await refusal({ REDIS_TLS_CERT: '', REDIS_TLS_KEY: '' })).toContain(
      'asks for a client certificate',
    );
    const plain = REDIS_SENTINELS.replace('rediss:', 'redis:');
    expect(await refusal({ REDIS_SENTINELS: plain })).toContain('a port with TLS');
  });
});
