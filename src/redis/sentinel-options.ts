import type { RedisOptions } from 'ioredis';
import { dataUrl } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import { HeardSentinelConnector } from './heard-connector.js';
import { reconnectDelayMs } from './reconnect-delay.js';
import { redisTls } from './redis-tls.js';

const SENTINEL_PORT = 26_379;
/** Between two tries to hear a Sentinel that went away of the next failover. */
const SENTINEL_RETRY_MS = 1000;
/** How long a master that Sentinels have replaced may take to take leave: one that is frozen never does. */
const LEAVE_MS = 100;

/**
 * What finds the master by Sentinels, and leaves it as soon as they name another; nothing without REDIS_SENTINELS. Each time that
 * it connects it asks the Sentinels in turn, none of them longer than `REDIS_TIMEOUT_MS`, and takes a server that is no master for none.
 */
export function sentinelOptions(settings: Settings): RedisOptions {
  const urls = settings.REDIS_SENTINELS;
  if (urls === undefined) return {};
  const { username, password } = new URL(urls[0] ?? '');
  const sentinelTLS = redisTls(settings, urls[0]);
  return {
    Connector: HeardSentinelConnector,
    name: new URL(dataUrl(settings) ?? '').hostname,
    role: 'master',
    sentinels: urls.map((url) => {
      const { hostname, port } = new URL(url);
      return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || SENTINEL_PORT) };
    }),
    ...(username ? { sentinelUsername: decodeURIComponent(username) } : {}),
    ...(password ? { sentinelPassword: decodeURIComponent(password) } : {}),
    ...(sentinelTLS ? { sentinelTLS } : {}),
    enableTLSForSentinelMode: true,
    // Without it the first time that none of them names a master would end the connection for good.
    sentinelRetryStrategy: reconnectDelayMs,
    sentinelReconnectStrategy: () => SENTINEL_RETRY_MS,
    sentinelCommandTimeout: settings.REDIS_TIMEOUT_MS,
    failoverDetector: true,
    disconnectTimeout: LEAVE_MS,
  };
}
