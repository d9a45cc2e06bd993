import { log } from '../../telemetry/log.js';
import { Batch, type ChannelItem, Gap, Message } from './messaging.items.js';
import { type Position, positionOf } from './messaging.position.js';
import type { Found, Since } from './messaging.reader.js';
import type { SlowConsumerPolicy } from './messaging.settings.js';

/** What a topic carries besides messages: that the channel's settings have changed. */
export const SETTINGS_NOTICE = '!settings';
/** Place, instant of the message before it, and what it says. */
const PUSHED = /^(\S+) (\d+) (.*)$/s;
/** Messages that wait while the feed finds out what came before them. */
const MAX_HELD = 1000;
/** Messages that are kept for who catches up meanwhile. */
const MAX_RECENT = 1000;

/** Gets what a channel sends, in order. */
export interface Follower {
  /** Set if it follows whatever there is: it keeps no channel from expiring. */
  readonly isPassive?: boolean;
  take(batch: Batch): void;
}

/** What a feed needs of the rest of the node. */
export interface FeedSource {
  /** Makes the channel if it is not there. */
  read(since: Since): Promise<Found>;
  /** Undefined if the channel is gone. */
  look(since: Since): Promise<Found | undefined>;
  /** The channel has expired, and nobody who follows it minds. */
  gone(): void;
  /** Calls `flush` once what this turn of the event loop brought is taken. */
  soon(flush: () => void): void;
  /** Messages came that were not announced to this node. */
  renew(): void;
}

/**
 * One channel as this node follows it: each message once and in the order of its offsets, whatever was lost on the way
 * from Redis; what cannot be had any more is told as a gap.
 */
export class ChannelFeed {
  private readonly followers = new Set<Follower>();
  private place: Position | undefined;
  private policy: SlowConsumerPolicy = 'disconnect';
  private turn: ChannelItem[] = [];
  /** What was pushed while it is not known what came before it; undefined while all is known. */
  private held: Message[] | undefined = [];
  private syncing: Promise<void> | undefined;
  private pushesSinceLook = 0;
  /** How far the last look saw more than was kept or pushed: pushes may be under way, or lost. */
  private suspected = 0;
  private recent: Message[] = [];
  private catchingUp = 0;

  constructor(
    readonly channel: string,
    private readonly source: FeedSource,
  ) {}

  /**
   * Finds the end of the channel, from where the feed goes on; false if there is no channel and it is not to be made.
   * @throws AppError `redis.unavailable`
   */
  async start(make: boolean): Promise<boolean> {
    const found = await (make ? this.source.read('now') : this.source.look('now'));
    if (found === undefined) return false;
    this.policy = found.slowConsumer;
    this.place = found.standing;
    if (this.release(new Set())) void this.sync();
    return true;
  }

  /** After the last message that the followers were given. */
  get position(): Position {
    if (this.place === undefined) throw new Error('a feed was used before it knew its place');
    return this.place;
  }

  get slowConsumer(): SlowConsumerPolicy {
    return this.policy;
  }

  private get isWanted(): boolean {
    for (const { isPassive } of this.followers) if (isPassive !== true) return true;
    return false;
  }

  follow(follower: Follower): void {
    // What came before was not meant for this one.
    this.flush();
    this.followers.add(follower);
  }

  unfollow(follower: Follower): void {
    this.followers.delete(follower);
  }

  /** Keeps what comes from now on at hand, for somebody who catches up, until the returned function is called. */
  keepRecent(): () => void {
    this.catchingUp += 1;
    return () => {
      this.catchingUp -= 1;
      if (this.catchingUp === 0) this.recent = [];
    };
  }

  /** All messages after `place`, if they are at hand. */
  recentAfter(place: Position): readonly Message[] | undefined {
    const at = this.recent.findIndex((message) => follows(message, place));
    return at === -1 ? undefined : this.recent.slice(at);
  }

  read(since: Since): Promise<Found> {
    return this.source.read(since);
  }

  /** Takes what the topic carried. */
  push(text: string): void {
    if (text === SETTINGS_NOTICE) {
      void this.sync();
      return;
    }
    this.pushesSinceLook += 1;
    const [, place = '', previousAt, body = ''] = PUSHED.exec(text) ?? [];
    const position = positionOf(place);
    if (position === undefined) throw new Error('a topic carried what is no message');
    const message = new Message(this.channel, position, body, Number(previousAt));
    if (this.held !== undefined) this.hold(message);
    else this.apply(message);
  }

  /** From here on pushes may have been lost, until the next look. */
  doubt(): void {
    this.held ??= [];
  }

  /** Looks whether all that was published has come, and gets what has not. Never rejects: what fails waits for the next look. */
  async sync(): Promise<void> {
    // Before it has begun, it has nothing to catch up with.
    if (this.place !== undefined) this.syncing ??= this.catchUp();
    await this.syncing;
  }

  /** Gives the followers what this turn has brought. */
  flush(): void {
    if (this.turn.length === 0) return;
    const batch = new Batch(this.turn, this.policy);
    this.turn = [];
    for (const follower of this.followers) follower.take(batch);
  }

  private apply(message: Message): void {
    const { position } = message;
    if (follows(message, this.position)) {
      this.emit(message);
      return;
    }
    const { epoch, offset, at = 0 } = this.position;
    // A look was faster; unless a server that lost its last writes gives their offsets again, and later.
    if (position.epoch === epoch && position.offset <= offset && (position.at ?? 0) <= at) return;
    this.hold(message);
    void this.sync();
  }

  private hold(message: Message): void {
    this.held ??= [];
    this.held.push(message);
    if (this.held.length > MAX_HELD) this.held.shift();
  }

  private async catchUp(): Promise<void> {
    try {
      while (await this.readOn());
    } catch (error) {
      // An outage is told of elsewhere, and the next look comes by itself.
      log.debug({ event: 'messaging.feed.failure', err: error }, 'a channel is looked at later');
    }
    // At once, not when the promise is seen to be kept: a push in between would wait for the next look.
    this.syncing = undefined;
  }

  /** Reads what may have been missed; true if there is more to read. */
  private async readOn(): Promise<boolean> {
    const known = new Set(this.held);
    const found = await (this.isWanted ? this.source.read(this.position) : this.source.look(this.position));
    if (found === undefined) {
      this.source.gone();
      return false;
    }
    this.policy = found.slowConsumer;
    if (this.isUnderWay(found)) return false;
    const isLeft = this.takeIn(found);
    return this.release(known) || isLeft || found.more;
  }

  /** A look that sees messages before they were pushed, and were kept for no one, has found no loss yet. */
  private isUnderWay({ standing, missedUpTo, diverged }: Found): boolean {
    const { epoch, offset } = this.position;
    if (this.held !== undefined || missedUpTo === undefined || diverged || standing.epoch !== epoch)
      return false;
    if (this.suspected > offset) return false;
    this.suspected = missedUpTo;
    return true;
  }

  /** Gives on what follows; true if something is left that does not. */
  private takeIn(found: Found): boolean {
    const { epoch } = found.standing;
    const arrived = new Map(found.messages.map((message) => [message.position.offset, message]));
    if (found.messages.length > 0 && this.pushesSinceLook === 0) this.source.renew();
    this.pushesSinceLook = 0;
    this.suspected = 0;
    for (const message of this.held ?? []) {
      const { offset } = message.position;
      // What is kept is what there is: a push may come from a master that had been replaced.
      if (message.position.epoch === epoch && !arrived.has(offset)) arrived.set(offset, message);
    }
    this.tellMissed(found, arrived);
    if (this.position.epoch !== epoch) return false;
    for (let next = arrived.get(this.position.offset + 1); next !== undefined;) {
      if (!follows(next, this.position)) break;
      this.emit(next);
      next = arrived.get(this.position.offset + 1);
    }
    return Math.max(...arrived.keys()) > this.position.offset;
  }

  private tellMissed({ standing, missedUpTo, diverged }: Found, arrived: ReadonlyMap<number, Message>): void {
    if (missedUpTo === undefined) return;
    const from = this.position;
    const goesOn = standing.epoch === from.epoch && !diverged;
    // What was pushed is not missing, even if it is kept no longer; what was had before is of no account.
    const known = [...arrived.keys()].filter((offset) => !goesOn || offset > from.offset);
    const upTo = Math.min(missedUpTo, ...known.map((offset) => offset - 1));
    if (goesOn && upTo <= from.offset) return;
    const at = upTo === standing.offset ? standing.at : undefined;
    this.emit(new Gap(this.channel, from, { epoch: standing.epoch, offset: upTo, at }));
  }

  /**
   * Ends the holding if nothing is left of it; true if it is to be read once more. Of what was held before the reading, what
   * does not follow now was of a time that is over.
   */
  private release(knownBefore: ReadonlySet<Message>): boolean {
    const { epoch, offset } = this.position;
    const later = (this.held ?? []).filter(
      (message) =>
        !knownBefore.has(message) && (message.position.epoch !== epoch || message.position.offset > offset),
    );
    this.held = later.length > 0 ? later : undefined;
    return later.length > 0;
  }

  private emit(item: ChannelItem): void {
    if (this.turn.length === 0) this.source.soon(() => this.flush());
    this.turn.push(item);
    this.place = item.position;
    if (this.catchingUp === 0 || !(item instanceof Message)) return;
    this.recent.push(item);
    if (this.recent.length > MAX_RECENT) this.recent.shift();
  }
}

/**
 * Whether it is the next one: not if it came after another message than the one that was had. A master that was frozen hands out what
 * was sent to it when it wakes, before it hears that another one has its place and gives the same offsets.
 */
function follows({ position, previousAt }: Message, before: Position): boolean {
  if (position.epoch !== before.epoch || position.offset !== before.offset + 1) return false;
  return previousAt === undefined || before.at === undefined || previousAt === before.at;
}
