import type { Caller } from '../../access/caller.js';
import { slowConsumers } from '../../telemetry/metrics.js';
import type { LiveConnection } from '../../transport/live/live-connection.js';
import type { Batch, ChannelItem } from './messaging.items.js';
import type { Outlet } from './messaging.outlets.js';
import type { SlowConsumerPolicy } from './messaging.settings.js';
import { SlowQueue } from './messaging.slow-queue.js';
import type { Sink, Subscription } from './messaging.subscription.js';

/** Bytes that wait for one client, in its socket and beyond. */
const MAX_WAITING_BYTES = 1_048_576;
const RECONNECT_MS = 1000;
const SLOW_CONSUMER = 'messaging.slow-consumer';

/** Most have none, and share it. */
const NO_PATTERNS: readonly string[] = [];

interface HeldChannel {
  readonly subscription: Subscription;
  readonly held: { release(): void };
}

/** One client's connection as channels see it: what it cannot take yet waits, within a bound, and holds up nobody else. */
export class Subscriber implements Sink {
  /** Channels that it gets by themselves. */
  private readonly channels = new Map<string, HeldChannel>();
  /** Patterns, in the order in which it came to have them. */
  patterns: readonly string[] = NO_PATTERNS;
  private patternReleases: Map<string, () => void> | undefined;
  private queue: SlowQueue | undefined;
  private waiting: (() => void)[] | undefined;
  private isListening = false;

  constructor(
    readonly connection: LiveConnection,
    readonly caller: Caller,
    private readonly outlet: Outlet,
  ) {}

  get isClosed(): boolean {
    return this.connection.isClosed;
  }

  take(batch: Batch): void {
    const { connection } = this;
    if (connection.isClosed) return;
    if (this.queue === undefined && !connection.isFull) {
      const frames = this.outlet.frames(batch);
      if (frames.length <= MAX_WAITING_BYTES) {
        connection.writeFrames(frames);
        return;
      }
    }
    for (const item of batch.items) this.takeOne(item, batch.policy);
  }

  has(channel: string): boolean {
    return this.channels.has(channel);
  }

  /** Has a channel by itself from here on; `held` is released when that ends. */
  add(subscription: Subscription, held: { release(): void }): void {
    this.channels.set(subscription.feed.channel, { subscription, held });
  }

  addPattern(pattern: string, release: () => void): void {
    this.patternReleases ??= new Map();
    this.patternReleases.set(pattern, release);
    this.patterns = [...this.patternReleases.keys()];
  }

  /** Whether there was such a subscription. */
  remove(channel: string): boolean {
    const share = this.channels.get(channel);
    share?.subscription.end();
    share?.held.release();
    return this.channels.delete(channel);
  }

  removePattern(pattern: string): boolean {
    const release = this.patternReleases?.get(pattern);
    this.patternReleases?.delete(pattern);
    this.patterns = this.patterns.filter((each) => each !== pattern);
    release?.();
    return release !== undefined;
  }

  /** Gives up all that it has. */
  end(): void {
    for (const channel of [...this.channels.keys()]) this.remove(channel);
    for (const pattern of this.patterns) this.removePattern(pattern);
  }

  ready(): Promise<void> {
    if (this.connection.isClosed || (this.queue === undefined && !this.connection.isFull)) {
      return Promise.resolve();
    }
    this.listen();
    return new Promise((resolve) => {
      this.waiting ??= [];
      this.waiting.push(resolve);
    });
  }

  private takeOne(item: ChannelItem, policy: SlowConsumerPolicy): void {
    const { connection } = this;
    if (connection.isClosed) return;
    if (this.queue === undefined && !connection.isFull) {
      connection.writeFrames(this.outlet.frame(item));
      return;
    }
    this.listen();
    this.queue ??= new SlowQueue(MAX_WAITING_BYTES - Math.min(connection.queuedBytes, MAX_WAITING_BYTES));
    // About what its frame will be: that is made when it is written, so that its cursor says what was written before.
    if (this.queue.push(item, Buffer.byteLength(item.json), policy)) return;
    slowConsumers.inc();
    this.queue = undefined;
    connection.end(SLOW_CONSUMER, RECONNECT_MS);
  }

  /** For this client's lifetime, from the first time that it does not keep up. */
  private listen(): void {
    if (this.isListening) return;
    this.isListening = true;
    this.connection.onDrain(() => this.drain());
    this.connection.onClose(() => this.tellReady());
  }

  private drain(): void {
    while (this.queue !== undefined && !this.connection.isFull) {
      const item = this.queue.shift();
      if (item === undefined) this.queue = undefined;
      else this.connection.writeFrames(this.outlet.frame(item));
    }
    if (this.queue === undefined && !this.connection.isFull) this.tellReady();
  }

  private tellReady(): void {
    const waiting = this.waiting ?? [];
    this.waiting = undefined;
    for (const resolve of waiting) resolve();
  }
}
