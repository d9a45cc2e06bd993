import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { openSubscriptions } from '../../telemetry/metrics.js';
import { Quota } from '../../transport/live/quota.js';
import { tooManySubscriptions } from './messaging.errors.js';
import type { ChannelFeed } from './messaging.feed.js';
import { ChannelFeeds, type FeedLease } from './messaging.feeds.js';
import { Batch, Gap } from './messaging.items.js';
import { PatternFeeds, type PatternLease } from './messaging.patterns.js';
import { PatternMember, type PatternPlace } from './messaging.pattern-member.js';
import { Presence } from './messaging.presence.js';
import type { Subscriber } from './messaging.subscriber.js';
import { type Start, Subscription } from './messaging.subscription.js';

/** A channel, or a pattern, that a client has or is about to have. A class: ten thousand sets of closures take much more. */
export class Taken<Lease extends { release(): void } = { release(): void }> {
  private isTaken = true;

  constructor(
    readonly lease: Lease,
    private readonly giveBackQuota: () => void,
  ) {
    openSubscriptions.inc();
  }

  /** Again, it does nothing. */
  giveBack(): void {
    if (!this.isTaken) return;
    this.isTaken = false;
    openSubscriptions.dec();
    this.lease.release();
    this.giveBackQuota();
  }
}

/** A client's channel, which it is present in. */
class Joined {
  constructor(
    private readonly taken: Taken,
    private readonly leave: () => void,
  ) {}

  release(): void {
    this.leave();
    this.taken.giveBack();
  }
}

/** Joins clients and channels. */
@Injectable()
export class LiveService {
  private readonly quota: Quota;

  constructor(
    private readonly feeds: ChannelFeeds,
    private readonly patternFeeds: PatternFeeds,
    private readonly presence: Presence,
    private readonly gateway: RedisGateway,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.quota = new Quota(
      { credential: settings.SUBSCRIPTIONS_PER_CREDENTIAL, tenant: settings.SUBSCRIPTIONS_PER_TENANT },
      tooManySubscriptions,
    );
  }

  /** Whether there is room for so many subscriptions more. @throws AppError `messaging.too-many-subscriptions` if not */
  checkRoom({ tenant, actor }: Caller, count: number): void {
    this.quota.check(tenant, actor, count);
  }

  /** @throws AppError `messaging.too-many-subscriptions`, `redis.unavailable` */
  takeChannel(caller: Caller, channel: string): Promise<Taken<FeedLease>> {
    return this.taken(caller, () => this.feeds.acquire(caller.tenant, channel));
  }

  /** @throws AppError `messaging.too-many-subscriptions`, `messaging.too-many-channels`, `redis.unavailable` */
  takePattern(caller: Caller, pattern: string): Promise<Taken<PatternLease>> {
    return this.taken(caller, () => this.patternFeeds.acquire(caller.tenant, pattern));
  }

  /** An instant before which everything was published that is published already. @throws AppError `redis.unavailable` */
  now(): Promise<number> {
    return this.gateway.earliestTime();
  }

  /** Brings a channel to a client, from `start` on, until the client leaves it. */
  join(subscriber: Subscriber, taken: Taken<FeedLease>, start: Start): void {
    const { tenant, actor } = subscriber.caller;
    const { feed } = taken.lease;
    const subscription = new Subscription(feed, subscriber);
    subscriber.add(subscription, new Joined(taken, this.presence.enter(tenant, feed.channel, actor)));
    subscription.begin(start);
  }

  /**
   * Brings the channels of a pattern to a client: each from where `startIn` says that the client is, and those that are found
   * later from `place` on.
   */
  joinPattern(
    subscriber: Subscriber,
    taken: Taken<PatternLease>,
    place: PatternPlace,
    startIn: (channel: string) => Start,
  ): void {
    const { feed: pattern } = taken.lease;
    const member = new PatternMember(pattern.pattern, subscriber, place);
    subscriber.addPattern(member.pattern, () => {
      pattern.unfollow(member);
      taken.giveBack();
    });
    pattern.follow(member);
    for (const feed of pattern.feeds) {
      if (!member.isFor(feed.channel)) continue;
      const start = startIn(feed.channel);
      if (start === 'unknown') {
        subscriber.take(new Batch([new Gap(feed.channel, undefined, feed.position)], feed.slowConsumer));
      } else if (start !== 'now' && !Subscription.isAt(start, feed.position)) {
        this.catchUp(subscriber, feed, start);
      }
    }
  }

  /** What a client missed in one channel of a pattern, and from there on the channel by itself. */
  private catchUp(subscriber: Subscriber, feed: ChannelFeed, start: Start): void {
    const subscription = new Subscription(feed, subscriber);
    // The pattern has the feed already: this keeps it, should the pattern come to lose it.
    const kept = this.feeds.acquire(subscriber.caller.tenant, feed.channel);
    kept.catch(() => subscriber.remove(feed.channel));
    const release = () => {
      kept.then(
        (lease) => lease.release(),
        () => undefined,
      );
    };
    subscriber.add(subscription, { release });
    subscription.begin(start);
  }

  private async taken<Lease extends { release(): void }>(
    caller: Caller,
    acquire: () => Promise<Lease>,
  ): Promise<Taken<Lease>> {
    const giveBackQuota = this.quota.take(caller.tenant, caller.actor);
    try {
      return new Taken(await acquire(), giveBackQuota);
    } catch (error) {
      giveBackQuota();
      throw error;
    }
  }
}
