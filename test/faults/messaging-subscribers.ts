import { EventReader } from '../support/event-reader.js';
import type { Random } from '../support/random.js';
import { ADMIN_KEY } from '../support/service.js';
import { SocketClient } from '../support/socket-client.js';
import { waitUntil } from '../support/wait-until.js';
import { ChannelLog, type Truth } from './messaging-truth.js';

/** How a client comes back: with its place, without one, or with the place that it had one event before. */
export type Resume = 'exactly' | 'nowhere' | 'naively';

interface Item {
  readonly channel: string;
  readonly id: string;
  readonly data: number;
  readonly from: string | null;
  readonly to: string;
}

const TICK_MS = 20;
const LONGEST_PAUSE_MS = 200;

/** A client that comes back, on any node, however often it is cut off. */
export abstract class Subscriber {
  readonly logs: ReadonlyMap<string, ChannelLog>;
  /** What it was refused for. */
  readonly troubles: string[] = [];
  /** Whether it may come back by now. */
  mayReturn: () => boolean = () => true;
  returnsAt = 0;
  isConnecting = false;

  constructor(
    readonly channels: readonly string[],
    private readonly truth: Truth,
  ) {
    this.logs = new Map(channels.map((channel) => [channel, new ChannelLog(channel)]));
  }

  abstract get isOpen(): boolean;
  abstract connect(url: string): Promise<void>;
  /** Takes what has come since the last time. */
  abstract collect(): void;
  /** Ends its connection; what was on its way to it is lost. */
  abstract cut(): void;

  /** Whether it was told of all that is acknowledged. */
  get isComplete(): boolean {
    return [...this.logs.values()].every(({ channel, reached }) => reached >= this.truth.lastOf(channel));
  }

  protected take(kind: unknown, { channel, id, data, from, to }: Item, seenAt: number): void {
    const log = this.logs.get(channel);
    if (log === undefined) this.troubles.push(`got ${channel}, which it has not`);
    else if (kind === 'message') {
      log.message(data, id);
      this.truth.see(data, id);
    } else log.gap({ from, to, seenAt });
  }
}

/** A client of `/v1/events` with some channels, by their names or by a pattern. */
export class EventSubscriber extends Subscriber {
  private reader: EventReader | undefined;
  private lastEventId = '';
  private idBefore = '';

  constructor(
    private readonly query: string,
    channels: readonly string[],
    truth: Truth,
    private readonly resume: Resume = 'exactly',
  ) {
    super(channels, truth);
  }

  static ofChannels(channels: readonly string[], truth: Truth, resume?: Resume): EventSubscriber {
    return new EventSubscriber(channels.map((name) => `channel=${name}`).join('&'), channels, truth, resume);
  }

  get isOpen(): boolean {
    return this.reader?.ended === false;
  }

  async connect(url: string): Promise<void> {
    const place = { exactly: this.lastEventId, naively: this.idBefore, nowhere: '' }[this.resume];
    const headers: Record<string, string> = place === '' ? {} : { 'last-event-id': place };
    const reader = await EventReader.open(`${url}/v1/events?${this.query}`, ADMIN_KEY, headers);
    if (reader.status !== 200) {
      reader.close();
      if (reader.status !== 503) this.troubles.push(`status ${reader.status}`);
      throw new Error(`status ${reader.status}`);
    }
    this.reader = reader;
    // Who has never had a place begins to count with the one that it is given.
    if (this.lastEventId === '') {
      await waitUntil('its place', () => reader.lastEventId !== '' || reader.ended);
    }
  }

  collect(): void {
    const { reader } = this;
    for (const { event, data, id, at } of reader?.events.splice(0) ?? []) {
      this.idBefore = this.lastEventId;
      this.lastEventId = id ?? this.lastEventId;
      if (event === 'end') continue;
      this.take(event, JSON.parse(data) as Item, performance.timeOrigin + at);
    }
    // Also that which comes without an event.
    if (reader && reader.lastEventId !== '') this.lastEventId = reader.lastEventId;
  }

  cut(): void {
    this.collect();
    this.reader?.close();
    this.reader = undefined;
  }
}

/** A client of `/v1/socket` that has some channels. */
export class SocketSubscriber extends Subscriber {
  private client: SocketClient | undefined;
  private readonly places = new Map<string, string>();
  private readonly placesBefore = new Map<string, string>();

  constructor(
    channels: readonly string[],
    truth: Truth,
    private readonly resume: Resume = 'exactly',
  ) {
    super(channels, truth);
  }

  get isOpen(): boolean {
    return this.client !== undefined && this.client.closed === undefined;
  }

  async connect(url: string): Promise<void> {
    const client = await SocketClient.open(url, ADMIN_KEY);
    this.client = client;
    const places = { exactly: this.places, naively: this.placesBefore, nowhere: undefined }[this.resume];
    for (const channel of this.channels) {
      const since = places?.get(channel);
      client.send({ type: 'subscribe', channel, ...(since === undefined ? {} : { since }) });
    }
    const isNew = this.places.size === 0;
    if (isNew) {
      const isThere = () => client.of('subscribed').length === this.channels.length;
      await waitUntil('its places', () => isThere() || client.closed !== undefined);
    }
  }

  collect(): void {
    for (const frame of this.client?.frames.splice(0) ?? []) {
      const channel = String(frame.channel);
      if (frame.type === 'subscribed') {
        if (!this.places.has(channel)) this.moveTo(channel, String(frame.position));
      } else if (frame.type === 'error') {
        // It has lost Redis, and knows by now: what it was to be subscribed to it is not.
        if (frame.problem?.status !== 503) this.troubles.push(String(frame.problem?.code));
        this.client?.close();
      } else if (frame.type === 'message' || frame.type === 'gap') {
        this.moveTo(channel, String(frame.type === 'message' ? frame.id : frame.to));
        this.take(frame.type, frame as unknown as Item, Date.now());
      }
    }
  }

  cut(): void {
    this.collect();
    this.client?.close();
    this.client = undefined;
  }

  private moveTo(channel: string, place: string): void {
    this.placesBefore.set(channel, this.places.get(channel) ?? place);
    this.places.set(channel, place);
  }
}

/** Many subscribers, each of which is connected to some node whenever it may be. */
export class Fleet {
  cuts = 0;
  private ticks: NodeJS.Timeout | undefined;

  constructor(
    readonly subscribers: readonly Subscriber[],
    /** Where nodes are reached now. */
    private readonly urls: () => readonly [string, ...string[]],
    private readonly random: Random,
  ) {}

  /** Settles once all are connected for the first time. */
  async start(): Promise<void> {
    for (const subscriber of this.subscribers) await subscriber.connect(this.random.pick(this.urls()));
    this.ticks = setInterval(() => this.tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.ticks);
    for (const subscriber of this.subscribers) subscriber.cut();
  }

  get open(): Subscriber[] {
    return this.subscribers.filter(({ isOpen, isConnecting }) => isOpen && !isConnecting);
  }

  get isComplete(): boolean {
    return this.subscribers.every(({ isComplete }) => isComplete);
  }

  get logs(): ChannelLog[] {
    return this.subscribers.flatMap(({ logs }) => [...logs.values()]);
  }

  get troubles(): string[] {
    return this.subscribers.flatMap(({ troubles }) => troubles);
  }

  /** Cuts off `subscriber`, or one at random that is connected; false if there is none. */
  cut(subscriber = this.open[this.random.below(this.open.length)]): boolean {
    if (subscriber === undefined) return false;
    subscriber.cut();
    subscriber.returnsAt = performance.now() + this.random.below(LONGEST_PAUSE_MS);
    this.cuts += 1;
    return true;
  }

  private tick(): void {
    const now = performance.now();
    for (const subscriber of this.subscribers) {
      subscriber.collect();
      if (subscriber.isOpen || subscriber.isConnecting) continue;
      if (now >= subscriber.returnsAt && subscriber.mayReturn()) void this.bringBack(subscriber);
    }
  }

  private async bringBack(subscriber: Subscriber): Promise<void> {
    subscriber.isConnecting = true;
    try {
      await subscriber.connect(this.random.pick(this.urls()));
    } catch {
      // The node is away, or what was between broke off: again, wherever it may be.
      subscriber.returnsAt = performance.now() + 50;
    } finally {
      subscriber.isConnecting = false;
    }
  }
}
