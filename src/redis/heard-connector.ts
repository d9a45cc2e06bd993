import { connect as connectTcp, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { AbstractConnector, Redis, SentinelConnector } from 'ioredis';

/** What ioredis hands to its connectors, of its own options. */
interface ConnectorOptions extends TcpNetConnectOpts {
  readonly disconnectTimeout: number;
  readonly tls?: ConnectionOptions;
}

type SentinelOptions = ConstructorParameters<typeof SentinelConnector>[0];

/**
 * Opens connections whose every error is heard. ioredis' own connector listens to the first one alone; a TLS handshake that is
 * given up has a second, the server's alert, which would end the process.
 */
export class HeardConnector extends AbstractConnector {
  private readonly options: ConnectorOptions;

  constructor(options: unknown) {
    super((options as ConnectorOptions).disconnectTimeout);
    this.options = options as ConnectorOptions;
  }

  override async connect(): Promise<Socket> {
    const { host, port, family, tls } = this.options;
    this.connecting = true;
    // Who disconnects at once is not connected first.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    if (!this.connecting) throw new Error('Connection is closed.');
    const address = { host, port, family };
    // The options of TLS as they are: what reads the certificates is asked whenever they are copied.
    const stream = tls ? connectTls(Object.assign(address, tls)) : connectTcp(address);
    stream.on('error', (error: Error) => {
      this.firstError ??= error;
    });
    this.stream = stream;
    return stream;
  }
}

/**
 * As `HeardConnector`, for the subscriptions of a cluster, which ioredis stops to listen to as soon as it leaves a node. What that still
 * says, as a frozen one does when it wakes, would be an error that nobody hears, and end the process: nothing more is read of it.
 */
export class LeavingConnector extends HeardConnector {
  override disconnect(): void {
    super.disconnect();
    this.stream?.destroy();
  }
}

/** As `HeardConnector`, to the server that Sentinels name; also the errors of the connections to those are heard. */
export class HeardSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as SentinelOptions);
    const connect: unknown = Reflect.get(this, 'connectToSentinel');
    if (typeof connect !== 'function') throw new Error('ioredis connects to Sentinels in another way now');
    Reflect.set(this, 'connectToSentinel', (...args: unknown[]): unknown => {
      const client: unknown = Reflect.apply(connect, this, args);
      // Those that only wait for the next failover have no listener: ioredis would write what they say on standard error.
      if (client instanceof Redis) client.on('error', () => undefined);
      return client;
    });
  }

  override async connect(...args: Parameters<SentinelConnector['connect']>): Promise<Socket> {
    const stream = await super.connect(...args);
    // ioredis has its own listener for the first one.
    stream.on('error', () => undefined);
    // Whoever connects again listens anew; left open, as ioredis leaves them after QUIT, they keep the process alive.
    stream.once('close', () => this.leaveSentinels());
    return stream;
  }

  private leaveSentinels(): void {
    const detector: unknown = Reflect.get(this, 'failoverDetector');
    if (typeof detector !== 'object' || detector === null) return;
    const cleanup: unknown = Reflect.get(detector, 'cleanup');
    if (typeof cleanup === 'function') Reflect.apply(cleanup, detector, []);
  }
}
