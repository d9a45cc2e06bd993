import { EventReader } from '../../support/event-reader.js';
import { RawConnection } from '../../support/raw-connection.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { SocketReader } from '../../support/socket-reader.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import type { EventStream } from '../../../src/transport/sse/event-stream.js';
import type { WebSocketConnection } from '../../../src/transport/websocket/web-socket-connection.js';
import { LiveRoutesModule, opened } from './live-routes.js';

export const SOCKET = '/v1/live/socket';
export const STREAM = '/v1/live/stream';

/** What a client that asks for a WebSocket by hand sends besides. */
export const WEBSOCKET = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** As Java's HttpClient and `curl --http2` ask whether the server speaks HTTP/2. */
export const H2C = [
  'Connection: Upgrade, HTTP2-Settings',
  'Upgrade: h2c',
  'HTTP2-Settings: AAEAAEAAAAIAAAAA',
];

/** The head of a request with the admin's credential. */
export const head = (line: string, ...fields: string[]) =>
  [`${line} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${ADMIN_KEY}`, ...fields, '', ''].join('\r\n');

/** A service with the live routes, and the clients that a test opens. */
export class LiveHarness {
  private readonly clients: (() => void)[] = [];

  private constructor(
    readonly topology: Topology,
    readonly service: TestService,
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<LiveHarness> {
    const topology = await startTopology();
    return new LiveHarness(topology, await LiveHarness.serve(topology, environment));
  }

  /** Another service on the same Redis. */
  static serve(topology: Topology, environment: Readonly<Record<string, string>> = {}): Promise<TestService> {
    return startService({ ...topology.settings, ...environment }, { modules: [LiveRoutesModule] });
  }

  async socket(
    token: string | null = ADMIN_KEY,
    { service = this.service, query = '' } = {},
  ): Promise<[SocketReader, WebSocketConnection]> {
    const reader = await SocketReader.open(`${service.url}${SOCKET}${query}`, token ?? undefined);
    this.clients.push(() => reader.close());
    return [reader, last(opened.sockets)];
  }

  async stream(
    token: string | null = ADMIN_KEY,
    { service = this.service, query = '' } = {},
  ): Promise<[EventReader, EventStream]> {
    const reader = await EventReader.open(`${service.url}${STREAM}${query}`, token ?? undefined);
    this.clients.push(() => reader.close());
    if (reader.status !== 200) throw new Error(`the stream is refused with ${reader.status}`);
    return [reader, last(opened.streams)];
  }

  async raw(url = this.service.url): Promise<RawConnection> {
    const connection = await RawConnection.open(url).ready();
    this.clients.push(() => connection.end());
    return connection;
  }

  /** After each test. */
  leave(): void {
    for (const close of this.clients.splice(0)) close();
    opened.sockets.length = 0;
    opened.streams.length = 0;
  }

  async stop(): Promise<void> {
    await this.service.stop();
    await this.topology.stop();
  }
}

/** How many connections a service has, by its server. */
export const connectionsOf = (service: TestService): Promise<number> =>
  new Promise((resolve, reject) => {
    service.application.nest
      .getHttpServer()
      .getConnections((error: Error | null, count: number) => (error ? reject(error) : resolve(count)));
  });

export const untilGone = (service: TestService) =>
  waitUntil('no connection is left', async () => (await connectionsOf(service)) === 0, { timeoutMs: 20_000 });

function last<T>(items: readonly T[]): T {
  const item = items.at(-1);
  if (item === undefined) throw new Error('nothing was opened');
  return item;
}
