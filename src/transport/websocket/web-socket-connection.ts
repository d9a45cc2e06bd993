import type { Socket } from 'node:net';
import type { RawData } from 'ws';
import type { LiveConnection } from '../live/live-connection.js';
import { Listeners } from '../live/listeners.js';
import { ownWire, type WireOwner } from '../live/wire.js';
import type { LiveWebSocket, WebSocketOwner } from './live-web-socket.js';
import { PING_FRAME, textFrame } from './web-socket-frame.js';

const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;
/** How many heartbeats in a row a client may leave unanswered. */
const MAX_UNANSWERED = 2;
/** So much may wait when `send` adds to it: as much of answers as may wait of what was not asked for. */
const MAX_QUEUED_BYTES = 2 * 1_048_576;
/** As much as the frame that closes has room for. */
const MAX_REASON_BYTES = 123;

/** One open WebSocket that carries texts. Frames go to its socket as they are, between the whole frames that ws writes. */
export class WebSocketConnection implements LiveConnection, WireOwner, WebSocketOwner {
  private readonly closeListeners = new Listeners();
  private readonly drainListeners = new Listeners();
  private readonly textListeners = new Listeners<[text: string]>();
  private unanswered = 0;
  private closed = false;

  constructor(
    private readonly webSocket: LiveWebSocket,
    private readonly socket: Socket,
  ) {
    webSocket.ownedBy(this);
    ownWire(socket, this);
  }

  /** `text` as one message, as the bytes for `writeFrames`: made once, however many get them. */
  static frame(text: string): Buffer {
    return textFrame(text);
  }

  get kind(): 'websocket' {
    return 'websocket';
  }

  /** Also when the client has said that it closes: it is sent nothing more. */
  get isClosed(): boolean {
    return this.closed || this.webSocket.readyState !== this.webSocket.OPEN;
  }

  get queuedBytes(): number {
    return this.socket.writableLength;
  }

  get isFull(): boolean {
    return this.socket.writableNeedDrain;
  }

  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.closeListeners.add(listener);
  }

  onDrain(listener: () => void): void {
    this.drainListeners.add(listener);
  }

  /** Calls `listener` with each text that the client sends from now on. */
  onText(listener: (text: string) => void): void {
    this.textListeners.add(listener);
  }

  /** Answers the client; one that asks but does not read is cut off. */
  send(text: string): void {
    this.writeFrames(textFrame(text));
    if (this.queuedBytes > MAX_QUEUED_BYTES) this.webSocket.terminate();
  }

  /** Reads no more from the client until `resume`. */
  pause(): void {
    this.webSocket.pause();
  }

  resume(): void {
    this.webSocket.resume();
  }

  writeFrames(frames: Buffer): void {
    if (!this.isClosed) this.socket.write(frames);
  }

  /** Pings, and cuts off a client that answered none of the last pings. */
  heartbeat(): void {
    if (this.unanswered >= MAX_UNANSWERED) {
      this.webSocket.terminate();
      return;
    }
    // What a client answers is not seen while it is not read from.
    this.unanswered = this.webSocket.isPaused ? 0 : this.unanswered + 1;
    this.writeFrames(PING_FRAME);
  }

  /** A client that does not close in its turn is cut off by ws, after the `closeTimeout` that it was given. */
  end(reason: string, reconnectMs: number, closeCode = POLICY_VIOLATION): void {
    if (this.isClosed) return;
    this.writeFrames(textFrame(JSON.stringify({ type: 'end', reason, reconnectMs })));
    this.close(closeCode, reason);
  }

  received(data: RawData, isBinary: boolean): void {
    if (this.isClosed) return;
    if (isBinary || !Buffer.isBuffer(data)) this.close(UNSUPPORTED_DATA, 'texts only');
    else this.textListeners.call(data.toString());
  }

  /** While the client does not read, its pings stay unanswered: of several, one may answer the last alone (RFC 6455). */
  pinged(data: Buffer): void {
    if (!this.isClosed && !this.isFull) this.webSocket.pong(data);
  }

  ponged(): void {
    this.unanswered = 0;
  }

  wireDrained(): void {
    this.drainListeners.call();
  }

  wireClosed(): void {
    if (this.closed) return;
    this.closed = true;
    this.closeListeners.callOnce();
  }

  private close(code: number, reason: string): void {
    this.webSocket.close(code, Buffer.byteLength(reason) > MAX_REASON_BYTES ? '' : reason);
    // Its answer to that is read, whatever else comes before.
    this.webSocket.resume();
    this.wireClosed();
  }
}
