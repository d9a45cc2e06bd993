import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { SETTINGS } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import { log } from '../telemetry/log.js';
import type { RedisClient } from './redis-client.js';
import { SUBSCRIBER_CLIENT } from './redis-clients.js';
import { NotConnectedError, unavailable } from './redis-failure.js';

type Listener = (message: string) => void;

/** How far a message goes on a cluster: to every node, or within the shard of its channel's slot (SPUBLISH) alone. */
export type Reach = 'everywhere' | 'shard';

interface Topic {
  readonly listeners: Set<Listener>;
  readonly sharded: boolean;
  readonly subscribed: Promise<unknown>;
}

/** One Redis subscription per channel and node, however many listeners; restored after a lost connection. */
@Injectable()
export class Subscriptions implements OnModuleInit {
  private readonly topics = new Map<string, Topic>();
  private readonly restoredListeners: (() => void)[] = [];
  private readonly isCluster: boolean;
  private readonly timeoutMs: number;
  private wasReady = false;

  constructor(
    @Inject(SUBSCRIBER_CLIENT) private readonly client: RedisClient,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.isCluster = settings.REDIS_CLUSTER_NODES !== undefined;
    this.timeoutMs = settings.REDIS_TIMEOUT_MS;
  }

  onModuleInit(): void {
    const deliver = (channel: string, message: string) => {
      const topic = this.topics.get(channel);
      if (topic) for (const listener of topic.listeners) listener(message);
    };
    this.client.on('message', deliver);
    this.client.on('smessage', deliver);
    this.wasReady = this.client.status === 'ready';
    this.client.on('ready', () => {
      if (this.wasReady) void this.tellRestored();
      this.wasReady = true;
    });
  }

  /**
   * Calls `listener` with each message of `channel` until the returned function is called. Messages that
   * are published while the connection is lost are not delivered: a listener must be able to catch up.
   */
  async listen(channel: string, listener: Listener, reach: Reach = 'everywhere'): Promise<() => void> {
    const topic = this.topics.get(channel) ?? this.begin(channel, reach);
    topic.listeners.add(listener);
    try {
      await topic.subscribed;
    } catch (error) {
      this.leave(channel, listener);
      throw error;
    }
    return () => this.leave(channel, listener);
  }

  /** As `listen`, for somebody who waits: gives up after `REDIS_TIMEOUT_MS`. @throws AppError `redis.unavailable` */
  async listenSoon(channel: string, listener: Listener, reach?: Reach): Promise<() => void> {
    const listening = this.listen(channel, listener, reach);
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      late = setTimeout(() => reject(new NotConnectedError('no subscription in time')), this.timeoutMs);
    });
    try {
      return await Promise.race([listening, tooLate]);
    } catch (error) {
      listening.then(
        (leave) => leave(),
        () => undefined,
      );
      throw unavailable({ effect: 'none' }, true, error);
    } finally {
      clearTimeout(late);
    }
  }

  /** Calls `listener` each time that the subscriptions stand again after their connection was lost. */
  onRestored(listener: () => void): void {
    this.restoredListeners.push(listener);
  }

  /** Subscribes once more, for a channel whose subscription was lost unseen: on a cluster its slot can move. */
  renew(channel: string): void {
    const topic = this.topics.get(channel);
    if (topic === undefined) return;
    this.subscribe(channel, topic.sharded).catch((error: unknown) => {
      log.debug({ event: 'redis.subscription.failure', err: error }, 'a subscription is renewed later');
    });
  }

  private begin(channel: string, reach: Reach): Topic {
    const sharded = this.isCluster && reach === 'shard';
    const topic = { listeners: new Set<Listener>(), sharded, subscribed: this.subscribe(channel, sharded) };
    this.topics.set(channel, topic);
    return topic;
  }

  private subscribe(channel: string, sharded: boolean): Promise<unknown> {
    return sharded ? this.subscribeInShard(channel) : this.client.subscribe(channel);
  }

  /**
   * A node refuses a channel whose slot has moved away. ioredis asks where to, but tells nobody of the refusal: what waits for it
   * would wait for good, and who follows the channel later with it.
   */
  private async subscribeInShard(channel: string): Promise<void> {
    let isSubscribed = false;
    while (!isSubscribed) {
      const subscribing = this.client.ssubscribe(channel).then(() => true);
      do {
        const soon = pause(this.timeoutMs / 4, false, { ref: false });
        isSubscribed = await Promise.race([subscribing, soon]);
        // Without a cluster it is only queued: once is enough.
      } while (!isSubscribed && this.client.status !== 'ready');
      if (!this.topics.has(channel)) return;
    }
  }

  private leave(channel: string, listener: Listener): void {
    const topic = this.topics.get(channel);
    if (!topic?.listeners.delete(listener) || topic.listeners.size > 0) return;
    this.topics.delete(channel);
    const left = topic.sharded ? this.client.sunsubscribe(channel) : this.client.unsubscribe(channel);
    // A failure here means that the connection is gone, and the subscription with it.
    left.catch(() => undefined);
  }

  /** Redis answers in order: once it has taken a subscription anew, it has taken those that ioredis restored before. */
  private async tellRestored(): Promise<void> {
    const [known] = [...this.topics].find(([, { sharded }]) => !sharded) ?? [];
    if (known !== undefined) await this.client.subscribe(known).catch(() => undefined);
    for (const listener of this.restoredListeners) listener();
  }
}
