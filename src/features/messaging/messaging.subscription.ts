import { log } from '../../telemetry/log.js';
import type { ChannelFeed, Follower } from './messaging.feed.js';
import { Batch, type ChannelItem, Gap } from './messaging.items.js';
import { type Position, samePosition } from './messaging.position.js';
import type { Since } from './messaging.reader.js';

/** How long a subscription waits before it tries again to read what its subscriber missed. */
const RETRY_MS = 500;

/** Where a subscription begins: a place, or `unknown` if the subscriber has one that nobody can read. */
export type Start = Since | 'unknown';

/** Gets what a subscription brings. */
export interface Sink {
  readonly isPassive?: boolean;
  take(batch: Batch): void;
  readonly isClosed: boolean;
  /** Settles once the sink can take more of what is not live. */
  ready(): Promise<void>;
}

/**
 * One subscriber's place in a channel: what it has missed, out of the history, and then what is live; each message once and
 * in order.
 */
export class Subscription implements Follower {
  private ended = false;
  /** What the subscriber has already of what the feed is about to bring. */
  private ahead: Position | undefined;

  constructor(
    readonly feed: ChannelFeed,
    private readonly sink: Sink,
  ) {}

  /** Whether somebody at `since` has missed nothing of a feed at `position`. */
  static isAt(since: Exclude<Since, 'now'>, position: Position): boolean {
    return 'epoch' in since ? samePosition(since, position) : (position.at ?? Infinity) <= since.instant;
  }

  get isPassive(): boolean {
    return this.sink.isPassive === true;
  }

  /** Begins to bring messages: at once if nothing was missed. */
  begin(start: Start): void {
    if (start === 'unknown') {
      this.bring([new Gap(this.feed.channel, undefined, this.feed.position)]);
      this.goLive();
    } else if (start === 'now' || Subscription.isAt(start, this.feed.position)) {
      this.goLive();
    } else {
      void this.catchUp(start);
    }
  }

  end(): void {
    this.ended = true;
    this.feed.unfollow(this);
  }

  take(batch: Batch): void {
    if (this.ahead === undefined) {
      this.sink.take(batch);
      return;
    }
    const fresh = batch.items.filter((item) => this.isFresh(item));
    if (fresh.length === 0) return;
    this.ahead = undefined;
    this.sink.take(new Batch(fresh, batch.policy));
  }

  private async catchUp(start: Since): Promise<void> {
    const letGo = this.feed.keepRecent();
    try {
      let since = start;
      while (!this.ended && !this.sink.isClosed) {
        const reached = await this.step(since);
        if (reached === undefined) return;
        since = reached;
      }
    } finally {
      letGo();
    }
  }

  /** Brings some of what was missed; gives the place from which to go on, or undefined if the rest is live. */
  private async step(since: Since): Promise<Since | undefined> {
    const { feed } = this;
    if (since !== 'now' && 'epoch' in since) {
      const recent = feed.recentAfter(since);
      if (recent !== undefined) this.bring(recent);
      if (recent !== undefined || samePosition(since, feed.position)) {
        this.goLive();
        return undefined;
      }
    }
    try {
      await this.sink.ready();
      return await this.readSome(since);
    } catch (error) {
      // An outage is told of elsewhere; the subscriber waits for what it missed, and gets nothing before it.
      log.debug({ event: 'messaging.replay.failure', err: error }, 'a replay goes on later');
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      return since;
    }
  }

  private async readSome(since: Since): Promise<Since | undefined> {
    const found = await this.feed.read(since);
    if (this.ended || this.sink.isClosed) return undefined;
    const { standing, missedUpTo, messages } = found;
    const items: ChannelItem[] = [];
    if (missedUpTo !== undefined) {
      const at = missedUpTo === standing.offset ? standing.at : undefined;
      const from = since !== 'now' && 'epoch' in since ? since : undefined;
      items.push(new Gap(this.feed.channel, from, { ...standing, offset: missedUpTo, at }));
    }
    items.push(...messages);
    this.bring(items);
    if (found.more) return items.at(-1)?.position ?? since;
    // A feed that has not seen that the channel went on in another way finds out before anybody goes on with it.
    if (isAnother(this.feed.position, standing)) await this.feed.sync();
    const { epoch, offset } = this.feed.position;
    if (epoch !== standing.epoch || offset >= standing.offset) return standing;
    this.ahead = standing;
    this.goLive();
    return undefined;
  }

  private isFresh({ position }: ChannelItem): boolean {
    const { ahead } = this;
    return ahead === undefined || position.epoch !== ahead.epoch || position.offset > ahead.offset;
  }

  /** Gives on what was read. */
  private bring(items: readonly ChannelItem[]): void {
    if (items.length > 0) this.sink.take(new Batch(items, this.feed.slowConsumer, true));
  }

  private goLive(): void {
    if (!this.ended) this.feed.follow(this);
  }
}

function isAnother(position: Position, standing: Position): boolean {
  if (position.epoch !== standing.epoch) return true;
  return position.offset === standing.offset && !samePosition(position, standing);
}
