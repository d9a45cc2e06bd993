import type { FastifyReply } from 'fastify';

/**
 * One open `text/event-stream` answer. A client that does not read is disconnected once `MAX_QUEUED_BYTES`
 * wait for it, so that it costs no more than that.
 */
export class EventStream {
  private static readonly MAX_QUEUED_BYTES = 1_048_576;
  private readonly closeListeners: (() => void)[] = [];
  private closed = false;

  constructor(private readonly reply: FastifyReply) {
    reply.hijack();
    // What guards and hooks have set goes out too: the request id, the rate limits.
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    reply.raw.once('close', () => this.finish());
    reply.raw.once('error', () => this.finish());
    // A HEAD is over with its headers; left open, it would keep its connection from the next request.
    if (reply.request.method === 'HEAD') {
      reply.raw.end();
      this.finish();
    }
  }

  get isClosed(): boolean {
    return this.closed;
  }

  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.closeListeners.push(listener);
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
    const { raw } = this.reply;
    if (this.closed || !raw.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        raw.off('drain', done);
        raw.off('close', done);
        resolve();
      };
      raw.on('drain', done);
      raw.on('close', done);
    });
  }

  heartbeat(): void {
    this.write(':\n\n');
  }

  /** Ends the stream with an `end` event; `reconnectMs` tells the client's EventSource when to come back. */
  end(reason: string, reconnectMs: number): void {
    if (this.closed) return;
    this.reply.raw.end(`retry: ${reconnectMs}\nevent: end\ndata: ${JSON.stringify({ reason })}\n\n`);
    this.finish();
  }

  private write(frame: string): void {
    if (this.closed) return;
    this.reply.raw.write(frame);
    if (this.reply.raw.writableLength > EventStream.MAX_QUEUED_BYTES) {
      this.reply.raw.destroy();
      this.finish();
    }
  }

  private finish(): void {
    if (this.closed) return;
    this.closed = true;
    for (const listener of this.closeListeners) listener();
  }
}
