import { Redis, Cluster } from 'ioredis';
import { startCluster, startRedis } from './redis-server.js';

/** The Redis that a test runs on: standalone, or with FULCRUM_TEST_TOPOLOGY=cluster three masters. */
export interface Topology {
  readonly kind: 'standalone' | 'cluster';
  /** Settings that make the service use it. */
  readonly settings: Readonly<Record<string, string>>;
  /** URL of one server, for clients of the message transport. */
  readonly messageUrl: string;
  /** A client for looking behind the service's back. */
  connect(): Redis | Cluster;
  /** Every key there is. */
  keys(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startTopology(): Promise<Topology> {
  return process.env.FULCRUM_TEST_TOPOLOGY === 'cluster'
    ? await clusterTopology()
    : await standaloneTopology();
}

async function standaloneTopology(): Promise<Topology> {
  const redis = await startRedis();
  return {
    kind: 'standalone',
    settings: { REDIS_URL: redis.url },
    messageUrl: redis.url,
    connect: () => new Redis(redis.url),
    keys: () => keysOf([redis.url]),
    stop: () => redis.stop(),
  };
}

async function clusterTopology(): Promise<Topology> {
  const cluster = await startCluster();
  const password = new URL(cluster.urls[0] ?? '').password;
  return {
    kind: 'cluster',
    settings: { REDIS_CLUSTER_NODES: cluster.urls.join(',') },
    messageUrl: cluster.urls[0] ?? '',
    connect: () => new Cluster([...cluster.urls], { redisOptions: { password } }),
    keys: () => keysOf(cluster.urls),
    stop: () => cluster.stop(),
  };
}

async function keysOf(urls: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    urls.map(async (url) => {
      const client = new Redis(url);
      const keys = await client.keys('*');
      client.disconnect();
      return keys;
    }),
  );
  return found.flat();
}
