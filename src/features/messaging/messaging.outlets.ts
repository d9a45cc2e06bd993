import { EventStream } from '../../transport/sse/event-stream.js';
import type { EventCursors } from './messaging.cursors.js';
import type { Batch, ChannelItem } from './messaging.items.js';
import type { Position } from './messaging.position.js';

/** How items become bytes of one kind of connection. */
export interface Outlet {
  frames(batch: Batch): Buffer;
  frame(item: ChannelItem): Buffer;
}

/** Frames of a WebSocket: the same for every client. */
export const webSocketOutlet: Outlet = {
  frames: (batch) => batch.webSocketFrames(),
  frame: (item) => item.webSocketFrame(),
};

/** Events of streams that have one channel alone: the same for every client of a tenant, with their cursors. */
export class OneChannelOutlet implements Outlet {
  private readonly cursorOf: (item: ChannelItem) => string;

  constructor(tenant: string, cursors: EventCursors) {
    this.cursorOf = (item) => cursors.encodeOne(tenant, item);
  }

  frames(batch: Batch): Buffer {
    return batch.eventFrames(this.cursorOf);
  }

  frame(item: ChannelItem): Buffer {
    return item.eventFrame(this.cursorOf);
  }
}

/** Messages of different channels that are published within this time may reach a node out of order. */
const DISORDER_MS = 5000;
/** Room for the positions of one cursor, in characters. */
const MAX_POSITIONS_LENGTH = 6000;

/** Events of a stream with several channels or with patterns: each has a cursor of its own, over all of them. */
export class ManyChannelsOutlet implements Outlet {
  /** Of the channels that were asked for by name. */
  private readonly named: Map<string, Position>;
  /** Of channels that a pattern brought, the one that was last heard of last; older ones are covered by `until`. */
  private readonly found = new Map<string, Position>();

  constructor(
    private readonly tenant: string,
    private readonly cursors: EventCursors,
    named: ReadonlyMap<string, Position>,
    private until: number | undefined,
  ) {
    this.named = new Map(named);
  }

  frames(batch: Batch): Buffer {
    return Buffer.concat(batch.items.map((item) => this.frame(item)));
  }

  frame(item: ChannelItem): Buffer {
    this.moveTo(item);
    return EventStream.frame(item.eventText(this.cursor()));
  }

  cursor(): string {
    const positions = new Map([...this.named, ...this.found]);
    return this.cursors.encode(this.tenant, { positions, until: this.until });
  }

  /** Where the client is in a channel that a pattern brought; undefined if `until` says. */
  positionIn(channel: string): Position | undefined {
    return this.found.get(channel);
  }

  /** Takes up the places that the client came with. */
  resumeIn(positions: ReadonlyMap<string, Position>): void {
    for (const [channel, position] of positions) {
      if (!this.named.has(channel)) this.found.set(channel, position);
    }
  }

  private moveTo({ channel, position }: ChannelItem): void {
    if (this.named.has(channel)) {
      this.named.set(channel, position);
      return;
    }
    this.found.delete(channel);
    this.found.set(channel, position);
    const { at } = position;
    if (at !== undefined && this.until !== undefined) this.forgetBefore(at - DISORDER_MS);
  }

  /** Leaves channels out of the cursor that have long been silent, and where there are too many, those that are so longest. */
  private forgetBefore(instant: number): void {
    let length = 0;
    for (const [channel] of this.found) length += channel.length + 50;
    for (const [channel, { at }] of this.found) {
      if (at === undefined || (at > instant && length <= MAX_POSITIONS_LENGTH)) break;
      this.until = Math.max(this.until ?? 0, at);
      this.found.delete(channel);
      length -= channel.length + 50;
    }
  }
}
