import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import { leaveHttp } from '../live/leave-http.js';
import { END_PATIENCE_MS, type LiveConnection } from '../live/live-connection.js';
import { Listeners } from '../live/listeners.js';
import { ownWire, type WireOwner } from '../live/wire.js';
import { chunkOf, LAST_CHUNK, unchunked } from './chunks.js';

/**
 * One open `text/event-stream` answer. It begins as an answer of HTTP and, where that can be, leaves HTTP once its head is
 * sent: from then on frames go to the socket as they are.
 */
export class EventStream implements LiveConnection, WireOwner {
  /** So much may wait for a client of `send`, `sendAt` and `mark`; one that does not read is then disconnected. */
  private static readonly MAX_QUEUED_BYTES = 1_048_576;
  private static readonly HEARTBEAT = chunkOf(':\n\n');

  private readonly closeListeners = new Listeners();
  private readonly drainListeners = new Listeners();
  /** Those who wait for `drained`. */
  private waiting: Listeners | undefined;
  private closed = false;
  /** The answer, or its socket once that has left HTTP. */
  private out: ServerResponse | Socket;

  constructor(reply: FastifyReply) {
    const answer = begun(reply);
    this.out = answer;
    answer.on('drain', () => this.wireDrained());
    answer.on('error', () => this.wireClosed());
    answer.on('close', () => {
      // For HTTP it is over too when it has left.
      if (this.out === answer) this.wireClosed();
    });
    // The client left while its request was looked at: what is closed already does not say so again.
    if (answer.destroyed) {
      this.wireClosed();
      return;
    }
    // A HEAD is over with its headers; left open, it would keep its connection from the next request.
    if (reply.request.method === 'HEAD') {
      answer.end();
      this.wireClosed();
      return;
    }
    answer.flushHeaders();
    // Not at once: the request may be in the middle of being parsed.
    setImmediate(() => this.leave(reply));
  }

  /** `text`, one event or several, as the bytes for `writeFrames`: made once, however many get them. */
  static frame(text: string): Buffer {
    return chunkOf(text);
  }

  get kind(): 'sse' {
    return 'sse';
  }

  get isClosed(): boolean {
    return this.closed;
  }

  get queuedBytes(): number {
    return this.out.writableLength;
  }

  get isFull(): boolean {
    return this.out.writableNeedDrain;
  }

  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.closeListeners.add(listener);
  }

  onDrain(listener: () => void): void {
    this.drainListeners.add(listener);
  }

  send(event: string, data: unknown): void {
    this.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** An event of the default type, `message`, after which a client that comes back says `id`. */
  sendAt(id: string, data: unknown): void {
    this.write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** No event, but what a client that comes back says. */
  mark(id: string): void {
    this.write(`id: ${id}\n\n`);
  }

  /** Settles once the client has taken nearly all that was sent, or is gone. */
  drained(): Promise<void> {
    if (this.closed || !this.isFull) return Promise.resolve();
    this.waiting ??= new Listeners();
    const { waiting } = this;
    return new Promise((resolve) => waiting.add(resolve));
  }

  writeFrames(frames: Buffer): void {
    if (this.closed || frames.length === 0) return;
    this.out.write(this.out instanceof Socket ? frames : unchunked(frames));
  }

  /** A client that has not read what it was sent before gets none. */
  heartbeat(): void {
    if (!this.isFull) this.writeFrames(EventStream.HEARTBEAT);
  }

  /** Ends the stream with an `end` event; `reconnectMs` tells the client's EventSource when to come back. */
  end(reason: string, reconnectMs: number): void {
    if (this.closed) return;
    const text = `retry: ${reconnectMs}\nevent: end\ndata: ${JSON.stringify({ reason })}\n\n`;
    const { out } = this;
    if (out instanceof Socket) {
      out.write(Buffer.concat([chunkOf(text), LAST_CHUNK]));
      out.destroySoon();
    } else out.end(text);
    setTimeout(cutOff, END_PATIENCE_MS, out).unref();
    this.wireClosed();
  }

  wireDrained(): void {
    this.waiting?.callOnce();
    this.drainListeners.call();
  }

  wireClosed(): void {
    if (this.closed) return;
    this.closed = true;
    this.waiting?.callOnce();
    this.closeListeners.callOnce();
  }

  private leave(reply: FastifyReply): void {
    const socket = this.closed ? undefined : leaveHttp(reply);
    if (socket === undefined) return;
    this.out = socket;
    ownWire(socket, this);
  }

  private write(text: string): void {
    this.writeFrames(chunkOf(text));
    if (this.queuedBytes > EventStream.MAX_QUEUED_BYTES) {
      this.out.destroy();
      this.wireClosed();
    }
  }
}

/** The answer of `reply` with its head, which is not sent yet. */
function begun(reply: FastifyReply): ServerResponse {
  reply.hijack();
  const { raw: answer } = reply;
  // What guards and hooks have set goes out too: the request id, the rate limits.
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) answer.setHeader(name, value);
  }
  answer.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  return answer;
}

function cutOff(out: ServerResponse | Socket): void {
  if (!out.writableFinished) out.destroy();
}
