import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate, type TestCertificate } from '../../support/certificate.js';
import { RawConnection } from '../../support/raw-connection.js';
import { ADMIN_KEY, type TestService } from '../../support/service.js';
import { SocketReader } from '../../support/socket-reader.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { EventStream } from '../../../src/transport/sse/event-stream.js';
import { H2C, head, LiveHarness, SOCKET, STREAM } from './harness.js';
import { opened } from './live-routes.js';

let certificate: TestCertificate;
let topology: Topology;
let service: TestService;

beforeAll(async () => {
  certificate = await makeCertificate();
  topology = await startTopology();
  opened.streams.length = 0;
  service = await LiveHarness.serve(topology, certificate.settings);
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
  await certificate?.remove();
});

describe('over TLS', () => {
  it('a WebSocket carries texts both ways', async () => {
    const reader = await SocketReader.open(`${service.url}${SOCKET}`, ADMIN_KEY, {
      rejectUnauthorized: false,
    });
    reader.socket.send('x'.repeat(100_000));
    await waitUntil('the echo', () => reader.texts.length === 1);
    reader.close();
  });

  it('an event stream leaves HTTP, and ends with its client', async () => {
    const client = await RawConnection.open(service.url).ready();
    client.write(head(`GET ${STREAM}`));
    const stream = await waitUntil('the stream', () => opened.streams.at(-1));
    await waitUntil('its head', () => client.received.includes('\r\n\r\n'));
    for (let at = 0; at < 10; at++) {
      stream.writeFrames(EventStream.frame(`data: ${at}\n\n`));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await waitUntil('all events', () => client.received.includes('data: 9\n\n\r\n'));
    expect(client.received.match(/data: \d/g)).toHaveLength(10);
    const closed = new Promise<void>((resolve) => stream.onClose(resolve));
    client.end();
    await closed;
  });

  it('a request that asks for another protocol is answered as if it had not', async () => {
    const client = await RawConnection.open(service.url).ready();
    client.write(head('GET /v1/me', ...H2C) + head('GET /v1/me'));
    await waitUntil('both answers', () => client.received.split('HTTP/1.1 200').length === 3);
    client.end();
  });
});
