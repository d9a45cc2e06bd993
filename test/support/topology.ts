import { Redis, Cluster } from 'ioredis';
import { startCluster, startRedis } from './redis-server.js';
import { SESSION_KEYS } from './service.js';
import { asUser, type RedisUser, takeRefusals } from './redis-users.js';
import { startSentinels } from './sentinels.js';

/**
 * The Redis that a test runs on: standalone, with FULCRUM_TEST_TOPOLOGY=cluster three masters, or with =sentinel a master and a
 * replica that a Sentinel watches. The service and its clients are the users of deploy/redis/users.acl; what they are refused
 * fails the test file.
 */
export interface Topology {
  readonly kind: 'standalone' | 'cluster' | 'sentinel';
  /** Settings that make the service use it. */
  readonly settings: Readonly<Record<string, string>>;
  /** URL of one server, for what takes the service's place. */
  readonly serviceUrl: string;
  /** URL of one server, for clients of the message transport. */
  readonly messageUrl: string;
  /** A client for looking behind the service's back. */
  connect(): Redis | Cluster;
  /** Every key there is. */
  keys(): Promise<string[]>;
  /** Lets the service's user have another REDIS_KEY_PREFIX too. */
  admitPrefix(prefix: string): Promise<void>;
  /** Lets the users have the message patterns of a feature that the ACL file does not know. */
  admitFeature(feature: string): Promise<void>;
  /** Changes what the service's user may do, by rules of ACL SETUSER. */
  change(...rules: readonly string[]): Promise<void>;
  /** What the users were refused since the last call; a test that provokes it takes it before `stop`. */
  refusals(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startTopology(): Promise<Topology> {
  switch (process.env.FULCRUM_TEST_TOPOLOGY) {
    case 'cluster':
      return await clusterTopology();
    case 'sentinel':
      return await sentinelTopology();
    default:
      return await standaloneTopology();
  }
}

async function sentinelTopology(): Promise<Topology> {
  const set = await startSentinels({ replicas: 1, sentinels: 1 });
  const master = await set.master();
  const urls = set.servers.map(({ url }) => url);
  return {
    kind: 'sentinel',
    settings: { ...set.settings, SESSION_KEYS },
    serviceUrl: master.serviceUrl,
    messageUrl: asUser(master.url, 'fulcrum-client'),
    connect: () => new Redis(master.url),
    keys: () => keysOf([master.url]),
    ...changes(urls),
    refusals: () => refusalsOf(urls),
    stop: () => stopped(urls, set),
  };
}

async function standaloneTopology(): Promise<Topology> {
  const redis = await startRedis();
  return {
    kind: 'standalone',
    settings: { REDIS_URL: redis.serviceUrl, SESSION_KEYS },
    serviceUrl: redis.serviceUrl,
    messageUrl: redis.messageUrl,
    connect: () => new Redis(redis.url),
    keys: () => keysOf([redis.url]),
    ...changes([redis.url]),
    refusals: () => refusalsOf([redis.url]),
    stop: () => stopped([redis.url], redis),
  };
}

async function clusterTopology(): Promise<Topology> {
  const cluster = await startCluster();
  const password = new URL(cluster.urls[0] ?? '').password;
  const serviceUrls = cluster.nodes.map(({ serviceUrl }) => serviceUrl);
  return {
    kind: 'cluster',
    settings: { REDIS_CLUSTER_NODES: serviceUrls.join(','), SESSION_KEYS },
    serviceUrl: serviceUrls[0] ?? '',
    messageUrl: cluster.nodes[0]?.messageUrl ?? '',
    connect: () => new Cluster([...cluster.urls], { redisOptions: { password } }),
    keys: () => keysOf(cluster.urls),
    ...changes(cluster.urls),
    refusals: () => refusalsOf(cluster.urls),
    stop: () => stopped(cluster.urls, cluster),
  };
}

/** Asks each of the servers with a client of its own. */
async function each<T>(urls: readonly string[], ask: (client: Redis) => Promise<T>): Promise<T[]> {
  return await Promise.all(
    urls.map(async (url) => {
      const client = new Redis(url, { retryStrategy: () => null });
      try {
        return await ask(client);
      } finally {
        client.disconnect();
      }
    }),
  );
}

async function keysOf(urls: readonly string[]): Promise<string[]> {
  return (await each(urls, (client) => client.keys('*'))).flat();
}

function changes(urls: readonly string[]): Pick<Topology, 'admitPrefix' | 'admitFeature' | 'change'> {
  const set = async (user: RedisUser, ...rules: readonly string[]) => {
    await each(urls, (client) => client.call('ACL', 'SETUSER', user, ...rules));
  };
  return {
    change: (...rules) => set('fulcrum', ...rules),
    admitPrefix: (prefix) => set('fulcrum', `~${prefix}:*`, `&${prefix}:*`, `(+publish &${prefix}:*)`),
    admitFeature: async (feature) => {
      const [requests, replies] = [`&${feature}.*`, `&${feature}.*.reply`];
      await set('fulcrum', requests, `(+publish ${replies})`);
      await set('fulcrum-client', `(+subscribe ${replies})`, `(+publish ${requests})`);
    },
  };
}

async function refusalsOf(urls: readonly string[]): Promise<string[]> {
  return (await each(urls, takeRefusals)).flat();
}

async function stopped(urls: readonly string[], servers: { stop(): Promise<void> }): Promise<void> {
  const refusals = await refusalsOf(urls).finally(() => servers.stop());
  if (refusals.length > 0)
    throw new Error(`deploy/redis/users.acl does not permit what was done:\n${refusals.join('\n')}`);
}
