import { matchesGlob } from '../../access/glob.js';
import { messagingEndpoints } from './messaging.endpoints.js';
import { Batch, type ChannelItem } from './messaging.items.js';
import type { PatternFollower } from './messaging.pattern-feed.js';
import type { Position } from './messaging.position.js';
import type { Subscriber } from './messaging.subscriber.js';

const OVERFLOW = 'messaging.too-many-channels';
const RECONNECT_MS = 10_000;

/** Where a client was in the channels of its patterns when it came. */
export interface PatternPlace {
  /** Instant by Redis' clock, in ms, before which it has all of channels that are found later. */
  readonly since: number;
  /** The last place that it is known to have in a channel; undefined if `since` says. */
  positionIn(channel: string): Position | undefined;
}

/** One client's share in a pattern: what it may read, and what it does not get in another way. */
export class PatternMember implements PatternFollower {
  constructor(
    readonly pattern: string,
    private readonly subscriber: Subscriber,
    private readonly place: PatternPlace,
  ) {}

  get since(): number {
    return this.place.since;
  }

  take(batch: Batch): void {
    const [first] = batch.items;
    if (first === undefined || !this.isFor(first.channel)) return;
    if (!batch.isReplay) {
      this.subscriber.take(batch);
      return;
    }
    const fresh = batch.items.filter((item) => this.isFresh(item));
    if (fresh.length > 0) this.subscriber.take(new Batch(fresh, batch.policy));
  }

  overflow(): void {
    this.subscriber.connection.end(OVERFLOW, RECONNECT_MS);
  }

  /** Whether the client gets the channel by this pattern: not by its name, nor by a pattern that it had before. */
  isFor(channel: string): boolean {
    const { patterns, caller } = this.subscriber;
    if (this.subscriber.has(channel)) return false;
    if (patterns.length > 1) {
      for (const pattern of patterns) {
        if (pattern === this.pattern) break;
        if (matchesGlob(pattern, channel)) return false;
      }
    }
    return caller.may(messagingEndpoints.events.permission, channel);
  }

  /** Of what is read of a channel that was found, the part that this client does not have. What is live, it never has. */
  private isFresh({ channel, position }: ChannelItem): boolean {
    const known = this.place.positionIn(channel);
    if (known?.epoch === position.epoch) return position.offset > known.offset;
    return (position.at ?? Infinity) > this.place.since;
  }
}
