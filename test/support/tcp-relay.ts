import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Random } from './random.js';

/** A relayed connection, and after how many bytes more of the server it breaks off; undefined if it is to last. */
interface Relayed {
  readonly client: Socket;
  readonly server: Socket;
  breaksAfter: number | undefined;
}

/** Stands between clients and a server, and breaks connections off in the middle of what the server says. */
export class TcpRelay {
  /** Connections that it has broken off so far. */
  broken = 0;
  private readonly relayed = new Set<Relayed>();

  private constructor(
    private readonly listener: Server,
    private readonly target: URL,
    readonly url: string,
  ) {
    listener.on('connection', (client) => this.take(client));
  }

  static async start(targetUrl: string): Promise<TcpRelay> {
    const listener = createServer();
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    return new TcpRelay(listener, new URL(targetUrl), url);
  }

  /** Lets a connection break off within the next `bytes` that the server sends on it; false if there is none left. */
  breakOne(random: Random, bytes: number): boolean {
    const lasting = [...this.relayed].filter(({ breaksAfter }) => breaksAfter === undefined);
    const one = lasting[random.below(lasting.length)];
    if (one === undefined) return false;
    one.breaksAfter = random.below(bytes);
    return true;
  }

  /** Lets connections last that were to break off. */
  relent(): void {
    for (const one of this.relayed) one.breaksAfter = undefined;
  }

  async stop(): Promise<void> {
    for (const { client } of this.relayed) client.destroy();
    await new Promise((resolve) => this.listener.close(resolve));
  }

  private take(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    const one: Relayed = { client, server, breaksAfter: undefined };
    this.relayed.add(one);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.relayed.delete(one);
        other.destroy();
      });
    }
    client.on('data', (chunk) => server.write(chunk));
    server.on('data', (chunk) => this.pass(one, chunk));
  }

  private pass(one: Relayed, chunk: Buffer): void {
    if (one.breaksAfter === undefined) {
      one.client.write(chunk);
    } else if (one.breaksAfter >= chunk.length) {
      one.breaksAfter -= chunk.length;
      one.client.write(chunk);
    } else {
      this.broken += 1;
      one.client.write(chunk.subarray(0, one.breaksAfter));
      one.client.destroySoon();
      one.server.destroy();
    }
  }
}
