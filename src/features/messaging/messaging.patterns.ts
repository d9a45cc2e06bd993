import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { Subscriptions } from '../../redis/subscriptions.js';
import { ChannelFeeds } from './messaging.feeds.js';
import { ChannelIndex } from './messaging.index.js';
import { MessagingKeys } from './messaging.keys.js';
import { PatternFeed } from './messaging.pattern-feed.js';

/** How often the lists are looked at, for channels of which the word was lost. */
const LOOK_MS = 10_000;

interface Held {
  readonly started: Promise<PatternFeed>;
  end: (() => void) | undefined;
  uses: number;
}

/** A pattern that somebody follows. */
export interface PatternLease {
  readonly feed: PatternFeed;
  release(): void;
}

/** The patterns that this node follows, each once, however many of its clients do. */
@Injectable()
export class PatternFeeds implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly held = new Map<string, Held>();
  private looks: NodeJS.Timeout | undefined;

  constructor(
    private readonly gateway: RedisGateway,
    private readonly subscriptions: Subscriptions,
    private readonly feeds: ChannelFeeds,
    private readonly index: ChannelIndex,
    private readonly keys: MessagingKeys,
  ) {}

  onApplicationBootstrap(): void {
    this.looks = setInterval(() => this.lookAtAll(), LOOK_MS).unref();
    this.subscriptions.onRestored(() => this.lookAtAll());
  }

  onModuleDestroy(): void {
    clearInterval(this.looks);
  }

  /** @throws AppError `redis.unavailable`, `messaging.too-many-channels` */
  async acquire(tenant: string, pattern: string): Promise<PatternLease> {
    const id = `${tenant} ${pattern}`;
    const held = this.held.get(id) ?? this.begin(id, tenant, pattern);
    held.uses += 1;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      held.uses -= 1;
      if (held.uses > 0) return;
      if (this.held.get(id) === held) this.held.delete(id);
      held.end?.();
    };
    try {
      return { feed: await held.started, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  private begin(id: string, tenant: string, pattern: string): Held {
    const start = async () => {
      const startedAt = await this.gateway.earliestTime();
      const feed = new PatternFeed(pattern, { tenant, feeds: this.feeds, index: this.index }, startedAt);
      const leave = await this.subscriptions.listenSoon(this.keys.found(tenant), (name) => feed.found(name));
      held.end = () => {
        leave();
        feed.end();
      };
      if (held.uses === 0) held.end();
      await feed.start();
      return feed;
    };
    const held: Held = { started: start(), end: undefined, uses: 0 };
    held.started.catch(() => undefined);
    this.held.set(id, held);
    return held;
  }

  private lookAtAll(): void {
    for (const { started } of this.held.values())
      started.then(
        (feed) => feed.look(),
        () => undefined,
      );
  }
}
