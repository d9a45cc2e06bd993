import { Inject, Injectable } from '@nestjs/common';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { dataUrl, SETTINGS } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import { log } from '../telemetry/log.js';
import { hearAskings } from './cluster-redirections.js';
import { clusterNodeOptions, keepNames, serverOptions } from './connection-options.js';
import { reconnectDelayMs } from './reconnect-delay.js';
import type { RedisClient } from './redis-client.js';
import { giveUpOnSilence } from './silence.js';

/**
 * After how long without an answer a worker's connection is given up: longer than the ten seconds for which BullMQ has
 * Redis hold one at the most, and than a server that was frozen for a moment.
 */
const SILENCE_MS = 15_000;

/**
 * A worker's command may wait for Redis, as long as it takes, and be sent again: what a worker does twice takes effect once.
 * What a request does with jobs goes by `RedisGateway` instead, over the connection of all requests.
 */
const PATIENCE: RedisOptions = {
  maxRetriesPerRequest: null,
  enableOfflineQueue: true,
  autoResendUnfulfilledCommands: true,
  retryStrategy: reconnectDelayMs,
};

/** A connection for workers of BullMQ, which makes none by itself but copies of this one. */
export function newJobConnection(settings: Settings): RedisClient {
  if (settings.REDIS_CLUSTER_NODES) {
    return new Cluster([...settings.REDIS_CLUSTER_NODES], {
      redisOptions: { ...clusterNodeOptions(settings), ...PATIENCE, socketTimeout: SILENCE_MS },
      clusterRetryStrategy: reconnectDelayMs,
      slotsRefreshTimeout: settings.REDIS_TIMEOUT_MS,
      ...keepNames(settings),
    });
  }
  const url = dataUrl(settings);
  if (url === undefined) throw new Error('no setting names a Redis');
  return new Redis(url, { ...serverOptions(settings), ...PATIENCE, connectionName: 'fulcrum-jobs' });
}

/** The connections of workers of jobs, opened when the first of them starts. */
@Injectable()
export class JobConnections {
  private opened: RedisClient[] = [];
  private shared: RedisClient | undefined;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** Shared by the workers of this process; each makes a copy on which it waits for jobs. */
  worker(): RedisClient {
    if (this.shared === undefined) {
      this.shared = newJobConnection(this.settings);
      this.keep(this.shared);
    }
    return this.shared;
  }

  /** Cuts all of them, those on which workers wait too: none keeps the process alive. */
  close(): void {
    for (const client of this.opened) client.disconnect();
  }

  private keep(client: RedisClient): void {
    this.opened = [...this.opened.filter(({ status }) => status !== 'end'), client];
    client.on('error', (error: Error) => {
      log.debug({ event: 'redis.jobs.connection', reason: error.name }, 'a connection of workers is away');
    });
    if (client instanceof Redis) giveUpOnSilence(client, SILENCE_MS);
    else hearAskings(client);
    keepCopies(client, (copy) => this.keep(copy));
  }
}

/** BullMQ copies the connection that it is given; whoever ends them all has to know the copies. */
function keepCopies(client: RedisClient, keep: (copy: RedisClient) => void): void {
  if (client instanceof Cluster) {
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (...args) => kept(duplicate(...args), keep);
  } else {
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (...args) => kept(duplicate(...args), keep);
  }
}

function kept<Client extends RedisClient>(client: Client, keep: (copy: RedisClient) => void): Client {
  keep(client);
  return client;
}
