import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Subscriptions } from '../../redis/subscriptions.js';
import { ChannelFeed } from './messaging.feed.js';
import { MessagingKeys } from './messaging.keys.js';
import { ChannelReader } from './messaging.reader.js';

const TICK_MS = 100;
/** How often a channel is looked at, for what was lost on the way unseen. */
const LOOK_MS = 2000;
/** So many looks a tick at most: with more than 4,000 channels on a node each is looked at less often. */
const LOOKS_A_TICK = 200;

interface Held {
  readonly feed: ChannelFeed;
  /** Whether there is such a channel; settles when the feed knows its place. */
  readonly started: Promise<boolean>;
  leave: (() => void) | undefined;
  uses: number;
  lookedAt: number;
  onGone: Set<() => void>;
}

/** A feed that somebody uses. */
export interface FeedLease {
  readonly feed: ChannelFeed;
  release(): void;
}

/** The channels that this node follows, each once, however many of its clients do. */
@Injectable()
export class ChannelFeeds implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly held = new Map<string, Held>();
  private readonly flushes: (() => void)[] = [];
  private ticks: NodeJS.Timeout | undefined;

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly reader: ChannelReader,
    private readonly keys: MessagingKeys,
  ) {}

  onApplicationBootstrap(): void {
    this.ticks = setInterval(() => this.look(), TICK_MS).unref();
    this.subscriptions.onRestored(() => this.lookAtAll());
  }

  onModuleDestroy(): void {
    clearInterval(this.ticks);
  }

  /**
   * Follows a channel, which is made if it is not there, until the lease is released.
   * @throws AppError `redis.unavailable`
   */
  async acquire(tenant: string, channel: string): Promise<FeedLease> {
    const lease = await this.hold(tenant, channel, true);
    if (lease === undefined) throw new Error('a channel was not made');
    return lease;
  }

  /** As `acquire`, but makes no channel and keeps none from expiring; undefined if there is none. `onGone` if it expires. */
  async acquireExisting(tenant: string, channel: string, onGone: () => void): Promise<FeedLease | undefined> {
    return await this.hold(tenant, channel, false, onGone);
  }

  private async hold(
    tenant: string,
    channel: string,
    make: boolean,
    onGone?: () => void,
  ): Promise<FeedLease | undefined> {
    const id = `${tenant} ${channel}`;
    const held = this.held.get(id) ?? this.begin(id, tenant, channel, make);
    held.uses += 1;
    if (onGone) held.onGone.add(onGone);
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      if (onGone) held.onGone.delete(onGone);
      held.uses -= 1;
      if (held.uses === 0) this.end(id, held);
    };
    try {
      if (await held.started) return { feed: held.feed, release };
    } catch (error) {
      release();
      throw error;
    }
    release();
    // Somebody else only looked whether it is there.
    return make ? await this.hold(tenant, channel, true) : undefined;
  }

  private begin(id: string, tenant: string, channel: string, make: boolean): Held {
    const { topic } = this.keys.channel(tenant, channel);
    const onGone = new Set<() => void>();
    const feed = new ChannelFeed(channel, {
      read: (since) => this.reader.read(tenant, channel, since),
      look: (since) => this.reader.look(tenant, channel, since),
      soon: (flush) => this.soon(flush),
      renew: () => this.subscriptions.renew(topic),
      gone: () => {
        for (const tell of onGone) tell();
      },
    });
    const start = async () => {
      const leave = await this.subscriptions.listenSoon(topic, (text) => feed.push(text), 'shard');
      if (held.uses === 0) leave();
      else held.leave = leave;
      return await feed.start(make);
    };
    const held: Held = {
      feed,
      started: start(),
      leave: undefined,
      uses: 0,
      lookedAt: performance.now(),
      onGone,
    };
    // Whoever waits for it is told.
    held.started.catch(() => undefined);
    this.held.set(id, held);
    return held;
  }

  private end(id: string, held: Held): void {
    if (this.held.get(id) === held) this.held.delete(id);
    held.leave?.();
    held.leave = undefined;
  }

  /** After all that is read from Redis in one go was taken: so each client is written to once. */
  private soon(flush: () => void): void {
    this.flushes.push(flush);
    if (this.flushes.length > 1) return;
    process.nextTick(() => {
      for (const each of this.flushes.splice(0)) each();
    });
  }

  private look(): void {
    const now = performance.now();
    let looks = 0;
    for (const [id, held] of this.held) {
      // In the order of the last look: the first that is not due ends it.
      if (now - held.lookedAt < LOOK_MS || looks >= LOOKS_A_TICK) return;
      looks += 1;
      held.lookedAt = now;
      this.held.delete(id);
      this.held.set(id, held);
      if (held.leave !== undefined) void held.feed.sync();
    }
  }

  private lookAtAll(): void {
    for (const held of this.held.values()) {
      held.feed.doubt();
      held.lookedAt = -Infinity;
    }
    this.look();
  }
}
