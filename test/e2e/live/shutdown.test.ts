import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { EventReader } from '../../support/event-reader.js';
import { RawConnection } from '../../support/raw-connection.js';
import { ADMIN_KEY } from '../../support/service.js';
import { SocketReader } from '../../support/socket-reader.js';
import { EventStream } from '../../../src/transport/sse/event-stream.js';
import { WebSocketConnection } from '../../../src/transport/websocket/web-socket-connection.js';
import { LiveConnections } from '../../../src/transport/live/live-connections.js';
import { connectionsOf, head, LiveHarness, SOCKET, STREAM, WEBSOCKET } from './harness.js';
import { opened } from './live-routes.js';

let topology: Topology;
let service: TestService;
const clients: RawConnection[] = [];

beforeEach(async () => {
  topology = await startTopology();
  // More than a client gets to read its end; a test that needs less says so.
  service = await LiveHarness.serve(topology, { SHUTDOWN_GRACE_MS: '60000' });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.end();
  opened.sockets.length = 0;
  opened.streams.length = 0;
  await topology?.stop();
});

/** Clients that ask for what `fields` say, and read nothing. */
async function unread(of: TestService, ...requests: string[]): Promise<void> {
  for (const request of requests) {
    const client = await RawConnection.open(of.url).ready();
    clients.push(client);
    client.socket.pause();
    client.write(request);
  }
  await waitUntil('all are open', () => opened.sockets.length + opened.streams.length === requests.length);
  // More than the kernel takes.
  const text = 'x'.repeat(1_048_576);
  for (const stream of opened.streams) {
    for (let part = 0; part < 16; part++) stream.writeFrames(EventStream.frame(`data: ${text}\n\n`));
  }
  for (const socket of opened.sockets) {
    for (let part = 0; part < 16; part++) socket.writeFrames(WebSocketConnection.frame(text));
  }
}

describe('a service that stops', () => {
  it('tells event streams and WebSockets why and when to come back', async () => {
    const socket = await SocketReader.open(`${service.url}${SOCKET}`, ADMIN_KEY);
    const stream = await EventReader.open(`${service.url}${STREAM}`, ADMIN_KEY);
    await service.stop();
    await waitUntil('both have ended', () => socket.closed && stream.ended);
    const reason = 'the service is shutting down';
    expect(socket.frames()).toEqual([{ type: 'end', reason, reconnectMs: 1000 }]);
    expect(socket.closed).toEqual({ code: 1012, reason });
    expect(stream.datas('end')).toEqual([{ reason }]);
    expect(stream.events.at(-1)?.retry).toBe('1000');
  });

  it('opens no more', async () => {
    service.application.nest.get(LiveConnections).beforeApplicationShutdown();
    for (const refused of [
      await service.admin.get(STREAM),
      await SocketReader.refused(`${service.url}${SOCKET}`, ADMIN_KEY),
    ]) {
      expect(refused.body).toMatchObject({
        status: 503,
        code: 'service.shutting-down',
        detail: 'Connect again in a moment.',
        retryable: true,
        retryAfterMs: 1000,
      });
    }
    await service.stop();
  });

  it('waits five seconds for clients that do not read, whatever the grace', async () => {
    await unread(service, head(`GET ${STREAM}`), head(`GET ${SOCKET}`, ...WEBSOCKET));
    await service.stop();
  });

  it('waits no longer than the grace', async () => {
    const hasty = await LiveHarness.serve(topology, { SHUTDOWN_GRACE_MS: '100' });
    // The last is an event stream on a connection that asked for a WebSocket.
    const requests = [
      head(`GET ${STREAM}`),
      head(`GET ${SOCKET}`, ...WEBSOCKET),
      head(`GET ${STREAM}`, ...WEBSOCKET),
    ];
    await unread(hasty, ...requests);
    await hasty.stop();
    await service.stop();
  });
});

describe('the end of a connection whose client does not read', () => {
  it('comes by force after five seconds', async () => {
    await unread(
      service,
      head(`GET ${STREAM}`),
      head(`GET ${SOCKET}`, ...WEBSOCKET),
      head(`GET ${STREAM}`, ...WEBSOCKET),
      `GET ${STREAM} HTTP/1.0\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n\r\n`,
    );
    for (const connection of [...opened.streams, ...opened.sockets]) connection.end('over', 1);
    expect(await connectionsOf(service)).toBe(4);
    await waitUntil('they are cut off', async () => (await connectionsOf(service)) === 0, {
      timeoutMs: 20_000,
    });
    await service.stop();
  });
});
