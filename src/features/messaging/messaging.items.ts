import { EventStream } from '../../transport/sse/event-stream.js';
import { WebSocketConnection } from '../../transport/websocket/web-socket-connection.js';
import type { GapView, MessageView } from './dto/answers.dto.js';
import { contentOf } from './messaging.content.js';
import { type Position, positionText } from './messaging.position.js';
import type { KeptMessage } from './messaging.scripts.js';
import type { SlowConsumerPolicy } from './messaging.settings.js';

/** What a channel sends to its subscribers; framed once, however many get it. */
export abstract class ChannelItem {
  abstract readonly type: 'message' | 'gap';
  private socketFrame: Buffer | undefined;
  private streamFrame: Buffer | undefined;

  constructor(
    readonly channel: string,
    /** Where the channel is after this. */
    readonly position: Position,
  ) {}

  /** As a JSON object without its last brace. */
  protected abstract get opened(): string;

  get json(): string {
    return `${this.opened}}`;
  }

  /** As a frame of a WebSocket. */
  webSocketFrame(): Buffer {
    this.socketFrame ??= WebSocketConnection.frame(`${this.opened},"type":"${this.type}"}`);
    return this.socketFrame;
  }

  /** As an event of a stream that has this channel alone; `cursorOf` is asked once. */
  eventFrame(cursorOf: (item: ChannelItem) => string): Buffer {
    this.streamFrame ??= EventStream.frame(this.eventText(cursorOf(this)));
    return this.streamFrame;
  }

  /** As an event after which a client that comes back says `cursor`. */
  eventText(cursor: string): string {
    return `event: ${this.type}\nid: ${cursor}\ndata: ${this.json}\n\n`;
  }
}

export class Message extends ChannelItem {
  readonly type = 'message';
  private text: string | undefined;
  private knownTags: readonly string[] | undefined;

  constructor(
    channel: string,
    position: Position,
    /** What the message says of itself, as the members of a JSON object. */
    private readonly body: string,
    /** The instant of the message before it, of one that was pushed. */
    readonly previousAt?: number,
  ) {
    super(channel, position);
  }

  static of(channel: string, epoch: string, { offset, at, body }: KeptMessage): Message {
    return new Message(channel, { epoch, offset, at }, body);
  }

  get tags(): readonly string[] {
    this.knownTags ??= contentOf(this.body).tags ?? [];
    return this.knownTags;
  }

  get view(): MessageView {
    const { channel, position, body } = this;
    return { channel, id: positionText(position), ...contentOf(body), publishedAt: instantOf(position) };
  }

  protected get opened(): string {
    const { position } = this;
    this.text ??= `{"channel":"${this.channel}","id":"${positionText(position)}",${this.body},"publishedAt":"${instantOf(position)}"`;
    return this.text;
  }
}

function instantOf({ at }: Position): string {
  return new Date(at ?? 0).toISOString();
}

/** Says that what came after `from`, up to `position`, may be missing. */
export class Gap extends ChannelItem {
  readonly type = 'gap';

  constructor(
    channel: string,
    /** The last place of which all was had; undefined if it is not known. */
    readonly from: Position | undefined,
    to: Position,
  ) {
    super(channel, to);
  }

  get view(): GapView {
    const from = this.from === undefined ? null : positionText(this.from);
    return { channel: this.channel, from, to: positionText(this.position) };
  }

  protected get opened(): string {
    return JSON.stringify(this.view).slice(0, -1);
  }
}

/** Consecutive items of one channel; their frames are put together once for all who get them. */
export class Batch {
  private socketFrames: Buffer | undefined;
  private streamFrames: Buffer | undefined;

  constructor(
    readonly items: readonly ChannelItem[],
    readonly policy: SlowConsumerPolicy,
    /** Whether they were read from the history, so that who gets them may have had them before. */
    readonly isReplay = false,
  ) {}

  webSocketFrames(): Buffer {
    this.socketFrames ??= joined(this.items.map((item) => item.webSocketFrame()));
    return this.socketFrames;
  }

  eventFrames(cursorOf: (item: ChannelItem) => string): Buffer {
    this.streamFrames ??= joined(this.items.map((item) => item.eventFrame(cursorOf)));
    return this.streamFrames;
  }
}

function joined(frames: readonly Buffer[]): Buffer {
  const [only] = frames;
  return frames.length === 1 && only !== undefined ? only : Buffer.concat(frames);
}
