import { Injectable, Inject } from '@nestjs/common';
import type {
  ClusterClientOptions,
  ClusterModuleOptions,
  ClusterOptionsFactory,
  RedisClientOptions,
  RedisModuleOptions,
  RedisOptionsFactory,
} from '@liaoliaots/nestjs-redis';
import type { ClusterOptions, RedisOptions } from 'ioredis';
import { dataUrl, SETTINGS, usesRedisTls } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import { hearAskings } from './cluster-redirections.js';
import { HeardConnector, LeavingConnector } from './heard-connector.js';
import { hearResubscriptions } from './heard-resubscriptions.js';
import { reconnectDelayMs } from './reconnect-delay.js';
import { redisTls } from './redis-tls.js';
import { sentinelOptions } from './sentinel-options.js';
import { giveUpOnSilence } from './silence.js';

/** What a connection is for; each purpose has its own, so that none can hold up another. */
export type Purpose = 'commands' | 'subscriber';

/**
 * What reaches a server, whatever the connection is for: TLS, the Sentinels to ask for it, and an end within `REDIS_TIMEOUT_MS`
 * of a server that takes the connection and does not go on with it, in a TLS handshake too.
 * @param url of a server of the locks; without it that of the data is meant, whose URL is `dataUrl`
 * @throws StartError if a file of the TLS settings cannot be used
 */
export function serverOptions(settings: Settings, url?: string): RedisOptions {
  const tls = redisTls(settings, url);
  return {
    connectTimeout: settings.REDIS_TIMEOUT_MS,
    // The names that ioredis would give its library by this are no concern of the least-privileged user.
    disableClientInfo: true,
    Connector: HeardConnector,
    ...(tls === undefined ? {} : { tls }),
    ...(url === undefined ? sentinelOptions(settings) : {}),
  };
}

/**
 * As `serverOptions`, for the nodes of a cluster. They name each other without credentials, so those of the first URL
 * hold for all.
 */
export function clusterNodeOptions(settings: Settings): RedisOptions {
  const { username, password } = new URL(settings.REDIS_CLUSTER_NODES?.[0] ?? '');
  return {
    ...serverOptions(settings),
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
}

/** Longer than this nobody keeps to a node that the cluster has given up, in ms. */
const LOOK_AT_CLUSTER_MS = 5000;

/**
 * For connections that never hear from a node that they are at the wrong one, because what they send belongs to no slot: publishing
 * and subscribing. Without a look at the cluster from time to time they would stay with a node that is frozen or cut off for as long
 * as the system keeps a connection that is silent, which is hours.
 */
export function lookAtCluster(settings: Settings): ClusterOptions {
  return { slotsRefreshInterval: LOOK_AT_CLUSTER_MS, slotsRefreshTimeout: settings.REDIS_TIMEOUT_MS };
}

/**
 * For commands that answer requests: what a cluster refuses for the moment comes back soon, as the refusal that it is, and
 * `RedisGateway` repeats it within its time. ioredis would go on beyond that time, so that nobody knew any more that it had no effect.
 */
const REFUSALS_COME_BACK: ClusterOptions = {
  maxRedirections: 5,
  retryDelayOnTryAgain: 20,
  retryDelayOnClusterDown: 0,
};

/** With TLS a node keeps its name, which its certificate is for; by default ioredis puts its address in its place. */
export function keepNames(settings: Settings): Pick<ClusterOptions, 'dnsLookup'> {
  return usesRedisTls(settings) ? { dnsLookup: (name, found) => found(null, name) } : {};
}

/**
 * Options under which ioredis never sends a command a second time by itself: after a lost reply it is
 * unknown whether the command took effect, and only the caller knows whether it may be repeated.
 */
function withoutBlindResend(settings: Settings, url?: string): RedisOptions {
  return {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    ...serverOptions(settings, url),
    retryStrategy: reconnectDelayMs,
    enableAutoPipelining: false,
  };
}

/** A subscription is a state, not an effect: ioredis restores it as often as it takes. */
function forSubscriber(options: RedisOptions): RedisOptions {
  return { ...options, enableOfflineQueue: true, maxRetriesPerRequest: null };
}

@Injectable()
export class StandaloneConnectionOptions implements RedisOptionsFactory {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  createRedisOptions(): RedisModuleOptions {
    const { REDIS_CLUSTER_NODES, LOCK_REDIS_URLS = [] } = this.settings;
    const config = REDIS_CLUSTER_NODES ? [] : this.clients('');
    for (const [at, url] of LOCK_REDIS_URLS.entries()) config.push(...this.clients(`lock-${at + 1}-`, url));
    return { closeClient: true, errorLog: false, config };
  }

  private clients(prefix: string, url?: string): RedisClientOptions[] {
    const common = withoutBlindResend(this.settings, url);
    const client = (purpose: Purpose, options: RedisOptions): RedisClientOptions => ({
      ...options,
      namespace: `${prefix}${purpose}`,
      url: url ?? dataUrl(this.settings),
      connectionName: `fulcrum-${prefix}${purpose}`,
      onClientCreated: (created) => {
        giveUpOnSilence(created, this.settings.REDIS_TIMEOUT_MS);
        hearResubscriptions(created);
      },
    });
    return [client('commands', common), client('subscriber', forSubscriber(common))];
  }
}

@Injectable()
export class ClusterConnectionOptions implements ClusterOptionsFactory {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  createClusterOptions(): ClusterModuleOptions {
    const timeoutMs = this.settings.REDIS_TIMEOUT_MS;
    const client = (namespace: Purpose): ClusterClientOptions => ({
      namespace,
      nodes: [...(this.settings.REDIS_CLUSTER_NODES ?? [])],
      redisOptions: {
        ...clusterNodeOptions(this.settings),
        socketTimeout: timeoutMs,
        ...(namespace === 'subscriber' ? { Connector: LeavingConnector } : {}),
      },
      ...keepNames(this.settings),
      // While slots move, ioredis refuses pipelines of several slots for good, and sends a command that is to ask another
      // node again only if all others in its pipeline are, too. `CommandBatches` sends commands together instead.
      enableAutoPipelining: false,
      // Nodes are connected to when they are first used. What comes meanwhile waits for that: refused, as it would be without, it
      // could not be told from what was lost on the way. The gateway has its own patience.
      enableOfflineQueue: true,
      shardedSubscribers: namespace === 'subscriber',
      clusterRetryStrategy: reconnectDelayMs,
      slotsRefreshTimeout: timeoutMs,
      ...(namespace === 'subscriber' ? lookAtCluster(this.settings) : REFUSALS_COME_BACK),
      // With a delay here ioredis would send a command again whose connection broke after it was sent.
      retryDelayOnFailover: 0,
      onClientCreated: hearAskings,
    });
    return { closeClient: true, errorLog: false, config: [client('commands'), client('subscriber')] };
  }
}
