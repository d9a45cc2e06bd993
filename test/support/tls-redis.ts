import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../src/redis/embedded/free-port.js';
import { ServerProcess } from '../../src/redis/embedded/server-process.js';
import type { CertificateFiles } from './certificates.js';
import { clusterPort, endWithThisProcess, onFreePorts, redisBinary } from './redis-server.js';
import { asUser, completedAcl } from './redis-users.js';
import { waitUntil } from './wait-until.js';

const CONFIG = new URL('../../deploy/redis/redis.conf', import.meta.url);
const ADMIN = 'user admin on >admin-test-password ~* &* +@all';

/** What a server shows, and whose client certificates it takes. */
export interface TlsRedisFiles {
  readonly authority: CertificateFiles;
  readonly server: CertificateFiles;
  /** With it the server takes the test in. */
  readonly client: CertificateFiles;
}

/** A Redis with the shipped redis.conf and users.acl: TLS alone, client certificates, nobody but the two users. */
export interface TlsRedis {
  /** `rediss://`, as the service's user. */
  readonly serviceUrl: string;
  /** `rediss://`, as a client of the message transport. */
  readonly messageUrl: string;
  /** As a user that the shipped file does not have, for looking behind the service's back. */
  readonly admin: Redis;
  stop(): Promise<void>;
}

/** `more`: lines for the end of redis.conf. */
export async function startTlsRedis(files: TlsRedisFiles, more: readonly string[] = []): Promise<TlsRedis> {
  return await onFreePorts(() => start(files, more));
}

async function start(files: TlsRedisFiles, more: readonly string[]): Promise<TlsRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'fulcrum-tls-redis-'));
  const port = await freePort();
  const [config] = await Promise.all([
    readFile(CONFIG, 'utf8'),
    writeFile(join(folder, 'users.acl'), [...completedAcl(), ADMIN, ''].join('\n')),
    copyFile(files.authority.cert, join(folder, 'ca.pem')),
    copyFile(files.server.cert, join(folder, 'server.pem')),
    copyFile(files.server.key, join(folder, 'server-key.pem')),
  ]);
  // The shipped file but for where it stands.
  const here = config.replaceAll(/\/etc\/redis\/(tls\/)?/g, '').replace('tls-port 6379', `tls-port ${port}`);
  const lines = [here, 'bind 127.0.0.1', await clusterPort(), ...more, ''];
  await writeFile(join(folder, 'redis.conf'), lines.join('\n'));
  const process = new ServerProcess(await redisBinary(), folder, 'admin-test-password');
  const ended = endWithThisProcess(process);
  const url = `rediss://127.0.0.1:${port}`;
  const admin = new Redis(url, {
    username: 'admin',
    password: 'admin-test-password',
    tls: await clientTls(files),
    retryStrategy: () => 20,
  });
  admin.on('error', () => undefined);
  const stop = async () => {
    admin.disconnect();
    ended();
    await process.end(2000);
    await rm(folder, { recursive: true, force: true });
  };
  let how: string | undefined;
  void process.ended.then((said) => (how = said));
  try {
    await waitUntil('Redis answers over TLS, or ends', async () => {
      if (how !== undefined) throw new Error(`Redis ${how}`);
      return admin.status === 'ready' && (await admin.ping());
    });
  } catch (error) {
    await stop();
    throw new Error(process.lastLines.join('\n'), { cause: error });
  }
  return { serviceUrl: asUser(url, 'fulcrum'), messageUrl: asUser(url, 'fulcrum-client'), admin, stop };
}

/** What a client needs to be taken in by such a server. */
export async function clientTls({ authority, client }: TlsRedisFiles) {
  const [ca, cert, key] = await Promise.all(
    [authority.cert, client.cert, client.key].map((file) => readFile(file)),
  );
  return { ca, cert, key };
}
