import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** An HTTP answer as its bytes say it. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A connection on which a test writes what no HTTP client would. */
export class RawConnection {
  /** Everything that came so far. */
  received = '';
  isClosed = false;
  /** Settles when the connection is over, by whichever side and however. */
  readonly closed: Promise<void>;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => (this.received += chunk.toString()));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.isClosed = true;
        resolve();
      });
    });
  }

  /** Without waiting for the connection to be made: it may be refused. `from` is an address of this machine. */
  static open(url: string, { from }: { from?: string } = {}): RawConnection {
    const { protocol, hostname, port } = new URL(url);
    const target = { host: hostname, port: Number(port), ...(from ? { localAddress: from } : {}) };
    const secured = { ...target, rejectUnauthorized: false };
    return new RawConnection(protocol === 'https:' ? connectTls(secured) : connect(target));
  }

  /** Settles when the connection is made, or over. */
  async ready(): Promise<this> {
    if (this.socket.connecting)
      await Promise.race([new Promise((resolve) => this.socket.once('connect', resolve)), this.closed]);
    return this;
  }

  write(text: string): void {
    if (!this.socket.destroyed) this.socket.write(text);
  }

  end(): void {
    this.socket.destroy();
  }

  /** The answers that came so far, which have to be whole and to say their length. */
  answers(): RawAnswer[] {
    const found: RawAnswer[] = [];
    for (let rest = this.received; rest !== '';) {
      const [head = '', ...after] = rest.split('\r\n\r\n');
      const [line = '', ...fields] = head.split('\r\n');
      const headers = Object.fromEntries(
        fields.map((field) => [field.split(':')[0]?.toLowerCase(), field.replace(/^[^:]*: */, '')]),
      );
      const body = after.join('\r\n\r\n');
      const length = Number(headers['content-length'] ?? 0);
      found.push({ status: Number(line.split(' ')[1]), headers, body: body.slice(0, length) });
      rest = body.slice(length);
    }
    return found;
  }
}
