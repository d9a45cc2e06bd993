import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../src/redis/embedded/free-port.js';
import { RedisProcess, type RedisProcessOptions } from './redis-process.js';
import { endWithThisProcess, redisBinary } from './redis-server.js';
import { asUser } from './redis-users.js';
import { clientTls, type TlsRedisFiles } from './tls-redis.js';
import { waitUntil } from './wait-until.js';

const MASTER = 'mymaster';
const PASSWORD = 'sentinel-test-password';
/** From when on a server that does not answer counts as down. */
const DOWN_AFTER_MS = 1000;

/** A master, its replicas, and Sentinels that put one of them in its place when it is down. */
export interface SentinelSet {
  /** The data servers, whatever each of them is at the moment. */
  readonly servers: readonly RedisProcess[];
  /** Settings that make the service use it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Who the Sentinels say is the master. */
  master(): Promise<RedisProcess>;
  /** Settles once there is a master that this many replicas follow. */
  settled(replicas?: number): Promise<void>;
  stop(): Promise<void>;
}

export interface SentinelSetOptions extends Pick<RedisProcessOptions, 'fsync'> {
  readonly replicas?: number;
  readonly sentinels?: number;
}

export async function startSentinels({
  replicas = 2,
  sentinels = 3,
  fsync = 'everysec',
}: SentinelSetOptions = {}): Promise<SentinelSet> {
  const options = {
    password: PASSWORD,
    fsync,
    lines: [`masterauth ${PASSWORD}`, 'repl-diskless-sync-delay 0'],
  };
  const servers = await Promise.all(Array.from({ length: replicas + 1 }, () => RedisProcess.start(options)));
  const [first, ...others] = servers;
  if (first === undefined) throw new Error('there is no server');
  const { hostname, port } = new URL(first.url);
  for (const other of others) await other.ask((client) => client.replicaof(hostname, port));
  const watchers = await Promise.all(
    Array.from({ length: sentinels }, () => {
      const auth = [`sentinel auth-pass ${MASTER} ${PASSWORD}`];
      return startSentinel({ masterPort: port, quorum: Math.floor(sentinels / 2) + 1, lines: auth });
    }),
  );

  const master = async () => {
    const told = await Promise.all(watchers.map((watcher) => watcher.masterPort()));
    const [agreed] = told;
    const found = servers.find(({ url }) => new URL(url).port === agreed);
    if (found === undefined || told.some((each) => each !== agreed)) throw new Error('they do not agree');
    return found;
  };
  const isSettled = async (count: number) => {
    const info = await (await master()).ask((client) => client.info('replication'));
    const online = info.match(/state=online/g) ?? [];
    return info.includes('role:master') && online.length === count;
  };
  const set: SentinelSet = {
    servers,
    settings: {
      REDIS_SENTINELS: watchers.map(({ url }) => url).join(','),
      REDIS_SENTINEL_MASTER: asUser(`redis://${MASTER}`, 'fulcrum'),
    },
    master,
    settled: async (count = replicas) => {
      await waitUntil('the master has its replicas', () => isSettled(count).catch(() => false), {
        timeoutMs: 60_000,
      });
    },
    stop: async () => {
      await Promise.all(watchers.map((watcher) => watcher.stop()));
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
  await set.settled();
  await waitUntil('all Sentinels know all', async () =>
    (await Promise.all(watchers.map((watcher) => watcher.knows()))).every(
      (known) => known.replicas === replicas && known.others === sentinels - 1,
    ),
  );
  return set;
}

export interface SentinelOptions {
  readonly masterPort: string;
  readonly quorum: number;
  /** More of its configuration: how it reaches the master. */
  readonly lines: readonly string[];
  /** Makes it speak TLS alone. */
  readonly tls?: TlsRedisFiles;
}

/** A Sentinel that watches one master, `mymaster`. */
export async function startSentinel({ masterPort, quorum, lines: more, tls }: SentinelOptions) {
  const directory = await mkdtemp(join(tmpdir(), 'fulcrum-sentinel-'));
  const port = await freePort();
  const lines = [
    'bind 127.0.0.1',
    ...(tls ? tlsLines(tls, port) : [`port ${port}`]),
    `requirepass ${PASSWORD}`,
    `sentinel sentinel-pass ${PASSWORD}`,
    `sentinel monitor ${MASTER} 127.0.0.1 ${masterPort} ${quorum}`,
    ...more,
    `sentinel down-after-milliseconds ${MASTER} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${MASTER} 6000`,
    '',
  ];
  await writeFile(join(directory, 'sentinel.conf'), lines.join('\n'), { mode: 0o600 });
  const binary = await redisBinary();
  const child: ChildProcess = spawn(binary.path, ['sentinel.conf', '--sentinel'], {
    cwd: directory,
    env: { ...binary.env },
    stdio: 'ignore',
  });
  const gone = once(child, 'exit');
  const ended = endWithThisProcess({ pid: child.pid ?? 0 });
  const url = `${tls ? 'rediss' : 'redis'}://:${PASSWORD}@127.0.0.1:${port}`;
  const client = new Redis(url, {
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
    ...(tls ? { tls: await clientTls(tls) } : {}),
  });
  client.on('error', () => undefined);
  await client.ping();
  const fields = async () => {
    const found: unknown = await client.call('SENTINEL', 'MASTER', MASTER);
    const flat = Array.isArray(found) ? found.map(String) : [];
    return (name: string) => Number(flat[flat.indexOf(name) + 1]);
  };
  return {
    url,
    masterPort: async () => {
      const found: unknown = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER);
      return Array.isArray(found) ? String(found[1]) : undefined;
    },
    /** How many are connected to it, this test not counted. */
    clients: async () =>
      String(await client.client('LIST'))
        .trim()
        .split('\n').length - 1,
    knows: async () => {
      const of = await fields();
      return { replicas: of('num-slaves'), others: of('num-other-sentinels') };
    },
    stop: async () => {
      client.disconnect();
      child.kill('SIGKILL');
      await gone;
      ended();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function tlsLines({ authority, server }: TlsRedisFiles, port: number): string[] {
  return [
    'port 0',
    `tls-port ${port}`,
    `tls-cert-file ${server.cert}`,
    `tls-key-file ${server.key}`,
    `tls-ca-cert-file ${authority.cert}`,
    'tls-auth-clients yes',
    'tls-replication yes',
  ];
}
