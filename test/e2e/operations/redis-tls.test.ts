import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StartError } from '../../../src/errors/start-error.js';
import { type CertificateFiles, makeCertificate } from '../../support/certificates.js';
import { MessageClient } from '../../support/message-client.js';
import { formCluster } from '../../support/redis-server.js';
import { takeRefusals } from '../../support/redis-users.js';
import { ADMIN_KEY, startService } from '../../support/service.js';
import { clientTls, startTlsRedis, type TlsRedis, type TlsRedisFiles } from '../../support/tls-redis.js';
import { waitUntil } from '../../support/wait-until.js';
import { EventReader } from '../../support/event-reader.js';

const IS_CLUSTER = process.env.FULCRUM_TEST_TOPOLOGY === 'cluster';
const CLUSTER = ['cluster-enabled yes', 'tls-cluster yes', 'cluster-node-timeout 2000'];
const BOARD = '/v1/leaderboards/scores';

let folder: string;
let files: TlsRedisFiles;
let other: CertificateFiles;
let servers: TlsRedis[];
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fulcrum-redis-tls-'));
  const authority = await makeCertificate(folder, 'authority');
  files = {
    authority,
    server: await makeCertificate(folder, 'server', authority),
    client: await makeCertificate(folder, 'client', authority),
  };
  other = await makeCertificate(folder, 'other-authority');
  const nodes = IS_CLUSTER ? [0, 1, 2] : [0];
  servers = await Promise.all(nodes.map(() => startTlsRedis(files, IS_CLUSTER ? CLUSTER : [])));
  if (IS_CLUSTER) await formCluster(servers.map(({ admin }) => admin));
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

afterAll(async () => {
  for (const server of servers ?? []) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Settings under which the service uses `urls`, with the files that the servers are content with. */
function settings(urls = servers.map(({ serviceUrl }) => serviceUrl)): Record<string, string> {
  return {
    [IS_CLUSTER ? 'REDIS_CLUSTER_NODES' : 'REDIS_URL']: urls.join(','),
    REDIS_TLS_CA: files.authority.cert,
    REDIS_TLS_CERT: files.client.cert,
    REDIS_TLS_KEY: files.client.key,
    REDIS_START_WAIT_MS: '300',
    REDIS_TIMEOUT_MS: '1000',
  };
}

async function testService(changes: Readonly<Record<string, string>> = {}) {
  const service = await startService({ ...settings(), REDIS_START_WAIT_MS: '10000', ...changes });
  cleanups.push(() => service.stop());
  return service;
}

/** Why the service does not start, in the words that its operator reads. */
async function refusal(changes: Readonly<Record<string, string>>): Promise<string> {
  const error: unknown = await startService({ ...settings(), ...changes }).then(
    () => 'it started',
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StartError);
  return (error as StartError).message;
}

const submit = (service: Awaited<ReturnType<typeof testService>>, member: string, score: number) =>
  service.admin.post(`${BOARD}/submissions`, { member, score });

describe('Redis with TLS, client certificates and least permissions', () => {
  it('serves requests, messages and live events', async () => {
    const service = await testService();
    expect((await service.admin.get('/health/ready')).status).toBe(200);
    expect((await submit(service, 'one', 1)).status).toBe(200);
    const reader = await EventReader.open(`${service.url}${BOARD}/live?top=3`, ADMIN_KEY);
    cleanups.push(() => reader.close());
    await waitUntil('the snapshot', () => reader.datas('snapshot').length === 1);
    const messages = new MessageClient(servers[0]?.messageUrl ?? '', ADMIN_KEY, await clientTls(files));
    cleanups.push(() => messages.close());
    const sent = { board: 'scores', member: 'two', score: 2 };
    expect(await messages.send('leaderboards.submissions.create', sent)).toMatchObject({ rank: 1 });
    await waitUntil('the message is seen live', () =>
      JSON.stringify(reader.datas('change').at(-1) ?? '').includes('"two"'),
    );
    expect((await service.admin.get(`${BOARD}/entries`)).body).toMatchObject({ total: 2 });
    for (const { admin } of servers) expect(await takeRefusals(admin)).toEqual([]);
  });

  it('does not take in a service without a certificate, which says so', async () => {
    const message = await refusal({ REDIS_TLS_CERT: '', REDIS_TLS_KEY: '' });
    expect(message).toMatch(/^Redis at 127\.0\.0\.1:\d+.* did not answer within 300 ms: /);
    expect(message).toContain('asks for a client certificate (REDIS_TLS_CERT, REDIS_TLS_KEY)');
  });

  it('does not take in a service with a certificate of another authority, which says so', async () => {
    const stranger = await makeCertificate(folder, 'stranger', other);
    expect(await refusal({ REDIS_TLS_CERT: stranger.cert, REDIS_TLS_KEY: stranger.key })).toContain(
      'does not know the authority of the client certificate in REDIS_TLS_CERT',
    );
  });

  it.each([
    ['that is not in REDIS_TLS_CA', () => other.cert],
    ['that is not public, without REDIS_TLS_CA', () => ''],
  ])('is not believed with a certificate of an authority %s', async (_which, authority) => {
    expect(await refusal({ REDIS_TLS_CA: authority() })).toContain(
      'its certificate is from no authority in REDIS_TLS_CA',
    );
  });

  it('is not believed under a name that its certificate is not for', async () => {
    const renamed = servers.map(({ serviceUrl }) => serviceUrl.replace('127.0.0.1', 'localhost'));
    expect(await refusal(settings(renamed))).toContain('its certificate is for another host');
  });

  it('is not reached with redis://, with a wrong password or without one', async () => {
    const changed = (change: (url: URL) => void) =>
      settings(
        servers.map(({ serviceUrl }) => {
          const url = new URL(serviceUrl);
          change(url);
          return url.href;
        }),
      );
    const plain = settings(servers.map(({ serviceUrl }) => serviceUrl.replace('rediss:', 'redis:')));
    const none = { REDIS_TLS_CA: '', REDIS_TLS_CERT: '', REDIS_TLS_KEY: '' };
    expect(await refusal({ ...plain, ...none })).toContain('a port with TLS');
    const message = await refusal(changed((url) => (url.password = 'wrong-canary')));
    expect(message).toContain('it does not accept the user and the password in its URL');
    expect(message).not.toContain('canary');
    expect(await refusal(changed((url) => ([url.username, url.password] = ['', ''])))).toContain(
      'it asks for a user and a password',
    );
  });

  it('gets the renewed certificate of a service that goes on', async () => {
    const [ca, cert, key] = ['renewed-ca.pem', 'renewed.pem', 'renewed-key.pem'].map((name) =>
      join(folder, name),
    );
    const give = async (authority: string, client: CertificateFiles) => {
      await copyFile(authority, ca ?? '');
      await copyFile(client.cert, cert ?? '');
      await copyFile(client.key, key ?? '');
    };
    await give(files.authority.cert, files.client);
    const service = await testService({
      REDIS_TLS_CA: ca ?? '',
      REDIS_TLS_CERT: cert ?? '',
      REDIS_TLS_KEY: key ?? '',
    });
    const reconnect = async (why: string) => {
      for (const { admin } of servers) await admin.client('KILL', 'USER', 'fulcrum');
      await waitUntil(why, async () => (await submit(service, 'one', 1)).status === 200);
      await waitUntil(`${why}: ready`, async () => (await service.admin.get('/health/ready')).status === 200);
    };
    await writeFile(cert ?? '', 'half of a certifi');
    await reconnect('connected with the certificate of before');
    await give(other.cert, await makeCertificate(folder, 'renewed-client', other));
    const server = await makeCertificate(folder, 'renewed-server', other);
    for (const { admin } of servers) {
      const [certFile, keyFile, caFile] = [server.cert, server.key, other.cert];
      await admin.config(
        'SET',
        'tls-cert-file',
        certFile,
        'tls-key-file',
        keyFile,
        'tls-ca-cert-file',
        caFile,
      );
    }
    await reconnect('connected with the renewed certificate');
    for (const { admin } of servers) {
      const { server: before, authority } = files;
      const changes = [
        'tls-cert-file',
        before.cert,
        'tls-key-file',
        before.key,
        'tls-ca-cert-file',
        authority.cert,
      ];
      await admin.config('SET', ...(changes as [string, string, ...string[]]));
    }
  });
});

describe('a file of the TLS settings', () => {
  it.each([
    ['REDIS_TLS_CA', 'missing', /^REDIS_TLS_CA: the file cannot be read \(ENOENT/],
    ['REDIS_TLS_CERT', 'missing', /^REDIS_TLS_CERT: the file cannot be read \(ENOENT/],
    ['REDIS_TLS_KEY', 'missing', /^REDIS_TLS_KEY: the file cannot be read \(ENOENT/],
    ['REDIS_TLS_CA', 'text', /^REDIS_TLS_CA: the file holds no certificate \(PEM\)$/],
    ['REDIS_TLS_CERT', 'text', /^REDIS_TLS_CERT: the file holds no certificate \(PEM\)$/],
    ['REDIS_TLS_KEY', 'text', /^REDIS_TLS_KEY: the file holds no private key/],
    ['REDIS_TLS_CA', 'damaged', /^REDIS_TLS_CA: the file holds a damaged certificate$/],
    ['REDIS_TLS_KEY', 'other-authority-key.pem', /^REDIS_TLS_KEY: this is not the key of REDIS_TLS_CERT$/],
  ])('ends the start with the name of its setting: %s is %s', async (name, file, message) => {
    await writeFile(join(folder, 'text'), 'no certificate');
    const damaged = '-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n';
    await writeFile(join(folder, 'damaged'), damaged);
    expect(await refusal({ [name]: join(folder, file) })).toMatch(message);
  });
});

describe('a server that takes a connection and begins no TLS handshake', () => {
  it('is left within the time of an operation, again and again, and named', async () => {
    const silent = createServer();
    cleanups.push(() => new Promise((resolve) => silent.close(resolve)));
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const open = new Set<Socket>();
    cleanups.push(() => open.forEach((socket) => socket.destroy()));
    let left = 0;
    silent.on('connection', (socket) => {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => left++);
      socket.resume();
    });
    const { port } = silent.address() as AddressInfo;
    const starting = refusal({
      ...settings([`rediss://127.0.0.1:${port}`]),
      REDIS_START_WAIT_MS: '2000',
      REDIS_TIMEOUT_MS: '200',
    });
    await waitUntil('connections are left', () => left >= 5, { timeoutMs: 8000 });
    expect(await starting).toContain('it begins no TLS handshake');
  });
});
