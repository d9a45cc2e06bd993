import { matchesGlob } from '../../access/glob.js';
import { log } from '../../telemetry/log.js';
import { tooManyChannels } from './messaging.errors.js';
import type { ChannelFeeds, FeedLease } from './messaging.feeds.js';
import type { ChannelIndex } from './messaging.index.js';
import type { Batch } from './messaging.items.js';
import { type Sink, type Start, Subscription } from './messaging.subscription.js';

/** Channels that one pattern can have on a node. */
const MAX_MATCHES = 10_000;
const PAGE = 1000;

/** Gets what the channels of a pattern send. */
export interface PatternFollower {
  /** Instant by Redis' clock, in ms, from which on it has not been told of channels that are found later. */
  readonly since?: number;
  take(batch: Batch): void;
  /** The pattern has come to have too many channels. */
  overflow(): void;
}

/** What a pattern needs of the rest of the node. */
export interface PatternSource {
  readonly tenant: string;
  readonly feeds: ChannelFeeds;
  readonly index: ChannelIndex;
}

/** The channels that match a pattern, as they come and go, for all who follow it on this node. */
export class PatternFeed implements Sink {
  readonly isPassive = true;
  readonly isClosed = false;
  private readonly followers = new Set<PatternFollower>();
  private readonly matches = new Map<string, FeedLease & { readonly subscription: Subscription }>();
  private readonly pending = new Set<string>();
  private scanning: Promise<void> | undefined;
  private ended = false;

  constructor(
    readonly pattern: string,
    private readonly source: PatternSource,
    /** Instant by Redis' clock, in ms: channels that are found later are read from here, or from where a follower is. */
    private readonly startedAt: number,
  ) {}

  /** The feeds of the channels that match now. */
  get feeds(): readonly FeedLease['feed'][] {
    return [...this.matches.values()].map(({ feed }) => feed);
  }

  /** Finds the channels that there are. @throws AppError `redis.unavailable`, `messaging.too-many-channels` */
  async start(): Promise<void> {
    await this.eachListed((channel) => this.add(channel, 'now'));
    if (this.matches.size > MAX_MATCHES) throw tooManyChannels(this.pattern, MAX_MATCHES);
  }

  follow(follower: PatternFollower): void {
    for (const { feed } of this.matches.values()) feed.flush();
    this.followers.add(follower);
  }

  unfollow(follower: PatternFollower): void {
    this.followers.delete(follower);
  }

  end(): void {
    this.ended = true;
    for (const channel of [...this.matches.keys()]) this.remove(channel);
  }

  /** Takes up a channel that there was not before, with what was sent since. */
  found(channel: string): void {
    if (!matchesGlob(this.pattern, channel)) return;
    this.add(channel, this.earliest()).catch((error: unknown) => this.report(error));
  }

  /** Looks for channels that nobody told of. */
  look(): void {
    this.scanning ??= this.eachListed((channel) => this.add(channel, this.earliest()))
      .catch((error: unknown) => this.report(error))
      .finally(() => (this.scanning = undefined));
  }

  take(batch: Batch): void {
    for (const follower of this.followers) follower.take(batch);
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  /** A channel may be listed long after it began, and who comes back may be from before that; each takes what it has not. */
  private earliest(): Start {
    let instant = this.startedAt;
    for (const { since = instant } of this.followers) instant = Math.min(instant, since);
    return { instant };
  }

  private async eachListed(add: (channel: string) => Promise<void>): Promise<void> {
    const { index, tenant } = this.source;
    for (let after: string | undefined; !this.ended;) {
      const names = await index.list(tenant, after, PAGE);
      await Promise.all(names.filter((name) => matchesGlob(this.pattern, name)).map(add));
      if (names.length < PAGE || this.matches.size > MAX_MATCHES) return;
      after = names.at(-1);
    }
  }

  private async add(channel: string, start: Start): Promise<void> {
    if (this.ended || this.matches.has(channel) || this.pending.has(channel)) return;
    this.pending.add(channel);
    try {
      const { feeds, tenant } = this.source;
      const lease = await feeds.acquireExisting(tenant, channel, () => this.remove(channel));
      if (lease === undefined) return;
      if (this.ended) {
        lease.release();
        return;
      }
      const subscription = new Subscription(lease.feed, this);
      this.matches.set(channel, { ...lease, subscription });
      subscription.begin(start);
    } finally {
      this.pending.delete(channel);
    }
    if (this.matches.size > MAX_MATCHES) for (const follower of this.followers) follower.overflow();
  }

  private remove(channel: string): void {
    const match = this.matches.get(channel);
    this.matches.delete(channel);
    match?.subscription.end();
    match?.release();
  }

  private report(error: unknown): void {
    log.debug({ event: 'messaging.pattern.failure', err: error }, 'a channel of a pattern is taken up later');
  }
}
