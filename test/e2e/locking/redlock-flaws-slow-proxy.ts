import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before a server, each of whose answers takes a while longer through it. */
export class SlowProxy {
  /** How much longer, in ms. */
  delayMs = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly listener: Server,
    private readonly target: URL,
    /** Where the server is found through it, with the target's credentials. */
    readonly url: string,
  ) {
    listener.on('connection', (client) => this.take(client));
  }

  static async start(targetUrl: string): Promise<SlowProxy> {
    const listener = createServer();
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const url = new URL(targetUrl);
    url.port = String((listener.address() as AddressInfo).port);
    return new SlowProxy(listener, new URL(targetUrl), url.href);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.listener.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private take(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (chunk) => server.write(chunk));
    // Timers of one length fire in the order in which they were set.
    server.on('data', (chunk) => {
      if (this.delayMs === 0) client.write(chunk);
      else setTimeout(() => client.write(chunk), this.delayMs);
    });
  }
}
