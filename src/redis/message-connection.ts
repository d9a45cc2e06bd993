import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { hearAskings } from './cluster-redirections.js';
import { dataUrl } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import type { RedisClient } from './redis-client.js';
import { clusterNodeOptions, keepNames, lookAtCluster, serverOptions } from './connection-options.js';
import { hearResubscriptions } from './heard-resubscriptions.js';
import { reconnectDelayMs } from './reconnect-delay.js';

/**
 * A connection for the microservice transport, which Nest opens and closes by itself. It reconnects for as
 * long as it takes: without this, one restart of Redis ends the transport for good.
 */
export function newMessageConnection(settings: Settings, role: 'sub' | 'pub'): RedisClient {
  const options: RedisOptions = {
    lazyConnect: true,
    // A reply that could not be sent fails at once, where it would stay unsettled otherwise.
    maxRetriesPerRequest: role === 'sub' ? null : 0,
    autoResendUnfulfilledCommands: role === 'sub',
    ...serverOptions(settings),
    retryStrategy: reconnectDelayMs,
    connectionName: `fulcrum-messages-${role}`,
  };
  if (settings.REDIS_CLUSTER_NODES) {
    const cluster = new Cluster([...settings.REDIS_CLUSTER_NODES], {
      lazyConnect: true,
      clusterRetryStrategy: reconnectDelayMs,
      // A reply goes by way of any node: one that does not take it must not keep it.
      redisOptions: { ...clusterNodeOptions(settings), socketTimeout: settings.REDIS_TIMEOUT_MS },
      ...lookAtCluster(settings),
      ...keepNames(settings),
    });
    hearAskings(cluster);
    return cluster;
  }
  const url = dataUrl(settings);
  if (url === undefined) throw new Error('no setting names a Redis');
  const client = new Redis(url, options);
  hearResubscriptions(client);
  return client;
}
