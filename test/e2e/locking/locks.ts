import { startRedis, type TestRedis } from '../../support/redis-server.js';

/** The name of a resource that no other test has. */
let made = 0;
export const fresh = (name: string) => `${name}-${++made}`;

/** Independent Redis servers for locks, and the setting that names them. */
export interface LockServers {
  readonly servers: readonly TestRedis[];
  readonly settings: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startLockServers(count: number): Promise<LockServers> {
  const servers = await Promise.all(Array.from({ length: count }, () => startRedis()));
  return {
    servers,
    settings: count === 0 ? {} : { LOCK_REDIS_URLS: servers.map(({ serviceUrl }) => serviceUrl).join(',') },
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}
