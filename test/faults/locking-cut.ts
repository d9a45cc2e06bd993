import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** The network between a service and a server, which can be cut: then nothing comes through, and nobody is told. */
export class Network {
  private isCut = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly listener: Server,
    private readonly target: URL,
    readonly serviceUrl: string,
  ) {
    listener.on('connection', (client) => this.take(client));
  }

  static async to(targetUrl: string): Promise<Network> {
    const listener = createServer();
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const url = new URL(targetUrl);
    url.port = String((listener.address() as AddressInfo).port);
    return new Network(listener, new URL(targetUrl), url.href);
  }

  cut(): void {
    this.isCut = true;
  }

  /** What was lost meanwhile is not made up for: the connections that missed it end. */
  mend(): void {
    this.isCut = false;
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.mend();
    await new Promise((resolve) => this.listener.close(resolve));
  }

  private take(client: Socket): void {
    this.keep(client);
    if (this.isCut) return;
    const server = connect(Number(this.target.port), this.target.hostname);
    this.keep(server);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('data', (chunk: Buffer) => {
        if (!this.isCut) other.write(chunk);
      });
      socket.on('close', () => {
        if (!this.isCut) other.destroy();
      });
    }
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }
}
