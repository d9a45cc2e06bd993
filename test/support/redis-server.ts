import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { toolPaths } from '../../src/config/process-environment.js';
import { EmbeddedRedis } from '../../src/redis/embedded/embedded-redis.js';
import { freePort } from '../../src/redis/embedded/free-port.js';
import { findRedisBinary, type RedisBinary } from '../../src/redis/embedded/redis-binary.js';
import { asUser, usersOfAcl } from './redis-users.js';
import { waitUntil } from './wait-until.js';

const PORT_TRIES = 5;
const quiet = { info: () => undefined, warn: () => undefined };

/** A real Redis of this test's own, in a folder that goes away with it. */
export interface TestRedis {
  /** As the user that may do everything, for looking behind the service's back. */
  readonly url: string;
  /** As the user that a deployment gives the service. */
  readonly serviceUrl: string;
  /** As the user that a deployment gives clients of the message transport. */
  readonly messageUrl: string;
  readonly server: EmbeddedRedis;
  stop(): Promise<void>;
}

/** Servers, and the folder of each that goes with it. */
const running = new Map<{ readonly pid: number }, string | undefined>();

// The runner ends its processes so when no test is left.
process.once('SIGTERM', () => process.exit());

// A test file that fails before it can clean up must not leave a server behind, and nobody may want the spare cluster.
process.on('exit', () => {
  for (const [{ pid }, directory] of running) {
    try {
      // The number of a server that a test has killed may be another process' by now.
      const isServer = !existsSync('/proc') || readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('redis');
      if (isServer) process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  }
});

/** Kills `server` when this process ends, unless what is returned is called before. */
export function endWithThisProcess(server: { readonly pid: number }, directory?: string): () => void {
  running.set(server, directory);
  return () => void running.delete(server);
}

/** Where there is a Redis server on this machine, or one that can be fetched. */
export async function redisBinary(): Promise<RedisBinary> {
  const { searchPath, cacheDirectory } = toolPaths();
  return await findRedisBinary({ path: searchPath, cacheDirectory, log: quiet });
}

export async function startRedis(options: { extraConfig?: readonly string[] } = {}): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'fulcrum-test-'));
  const server = await EmbeddedRedis.start({
    directory,
    binary: await redisBinary(),
    appendFsync: 'everysec',
    log: quiet,
    extraConfig: [...usersOfAcl(), ...(options.extraConfig ?? [])],
  }).catch(async (error: unknown) => {
    await rm(directory, { recursive: true, force: true });
    throw error;
  });
  const ended = endWithThisProcess(server, directory);
  return {
    url: server.url,
    serviceUrl: asUser(server.url, 'fulcrum'),
    messageUrl: asUser(server.url, 'fulcrum-client'),
    server,
    stop: async () => {
      ended();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/**
 * The line of redis.conf with a port for the other nodes of a cluster. Left out, it is the port for clients and 10000,
 * for which nobody looked, and which may be an outgoing connection's.
 */
export async function clusterPort(): Promise<string> {
  return `cluster-port ${await freePort()}`;
}

/** What `start` gives; it is called again, to look for other ports, if somebody took one before the server did. */
export async function onFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      if (tries === PORT_TRIES || !String(error).includes('Address already in use')) throw error;
    }
  }
}

/** Three masters that share the 16384 slots, each a real Redis of its own. */
export interface TestCluster {
  readonly nodes: readonly TestRedis[];
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

const PASSWORD = 'cluster-test-password';

let spare: Promise<TestCluster> | undefined;

/**
 * A cluster that nobody else has. A node answers two seconds after its start at the soonest, so where each test file has one, the
 * next one's is started while a file runs.
 */
export async function startCluster(): Promise<TestCluster> {
  const cluster = (await spare?.catch(() => undefined)) ?? (await newCluster());
  spare = process.env.FULCRUM_TEST_TOPOLOGY === 'cluster' ? newCluster() : undefined;
  // Its failure is that of a start which nobody waits for yet.
  spare?.catch(() => undefined);
  return cluster;
}

async function newCluster(): Promise<TestCluster> {
  const nodes = await Promise.all(
    [0, 1, 2].map(() =>
      onFreePorts(async () =>
        startRedis({
          extraConfig: [
            'cluster-enabled yes',
            'cluster-config-file nodes.conf',
            'cluster-node-timeout 2000',
            await clusterPort(),
          ],
        }),
      ),
    ),
  );
  await Promise.all(nodes.map(({ url }) => changePassword(url, PASSWORD)));
  const urls = nodes.map(({ url }) => withPassword(url, PASSWORD));
  const clients = urls.map((url) => new Redis(url));
  try {
    await formCluster(clients);
  } finally {
    for (const client of clients) client.disconnect();
  }
  return {
    nodes,
    urls,
    stop: async () => Promise.all(nodes.map((node) => node.stop())).then(() => undefined),
  };
}

/** Makes one cluster of three servers with `clusterPort`, each reached by an administrator's client. */
export async function formCluster(clients: readonly Redis[]): Promise<void> {
  const bounds = [0, 5461, 10_923, 16_384];
  await Promise.all(
    clients.map((client, at) =>
      client.call('CLUSTER', 'ADDSLOTSRANGE', String(bounds[at]), String((bounds[at + 1] ?? 0) - 1)),
    ),
  );
  for (const client of clients.slice(1)) {
    const { host = '', port = 0 } = client.options;
    const [, busPort = ''] = (await client.config('GET', 'cluster-port')) as string[];
    await clients[0]?.call('CLUSTER', 'MEET', host, String(port), busPort);
  }
  await waitUntil('the cluster is up', async () => {
    const infos = await Promise.all(clients.map((client) => client.call('CLUSTER', 'INFO')));
    return infos.every((info) => {
      const text = String(info);
      return text.includes('cluster_state:ok') && text.includes('cluster_known_nodes:3');
    });
  });
}

/** A cluster's nodes name each other to clients without credentials, so one password has to hold for all. */
async function changePassword(url: string, password: string): Promise<void> {
  const client = new Redis(url);
  await client.config('SET', 'requirepass', password);
  client.disconnect();
}

function withPassword(url: string, password: string): string {
  const changed = new URL(url);
  changed.password = password;
  return changed.href;
}
