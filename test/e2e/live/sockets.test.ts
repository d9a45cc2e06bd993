import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { SocketReader } from '../../support/socket-reader.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { WebSocketConnection } from '../../../src/transport/websocket/web-socket-connection.js';
import { LiveRoutesModule, opened } from './live-routes.js';

let topology: Topology;
let service: TestService;
const readers: SocketReader[] = [];

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings, { modules: [LiveRoutesModule] });
});

afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
  opened.sockets.length = 0;
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

async function open(): Promise<[SocketReader, WebSocketConnection]> {
  const reader = await SocketReader.open(`${service.url}/v1/live/socket`, ADMIN_KEY);
  readers.push(reader);
  const connection = opened.sockets.at(-1);
  if (connection === undefined) throw new Error('no WebSocket was accepted');
  return [reader, connection];
}

describe('a WebSocket', () => {
  it('is accepted with the headers of every answer, and carries texts both ways', async () => {
    const [reader] = await open();
    expect(reader.headers).toMatchObject({ 'x-request-id': expect.stringMatching(/./) });
    expect(reader.socket.protocol).toBe('fulcrum');
    reader.socket.send('hello, wörld');
    await waitUntil('the echo', () => reader.texts.length > 0);
    expect(reader.texts).toEqual(['hello, wörld']);
  });

  it('keeps frames whole and in order, whichever way they are written', async () => {
    const [reader, connection] = await open();
    const texts = Array.from({ length: 300 }, (_, at) => `${at} ${'x'.repeat((at * 977) % 70_000)}`);
    for (const [at, text] of texts.entries()) {
      if (at % 3 === 0) connection.send(text);
      else if (at % 3 === 1) connection.writeFrames(WebSocketConnection.frame(text));
      if (at === 150) connection.heartbeat();
      if (at % 3 === 1)
        connection.writeFrames(Buffer.concat([WebSocketConnection.frame(texts[at + 1] ?? '')]));
    }
    await waitUntil('all texts', () => reader.texts.length >= texts.length);
    expect(reader.texts).toEqual(texts);
    expect(reader.pings).toBe(1);
  });
});
