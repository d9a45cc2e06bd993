import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setLogLevel } from '../../telemetry/log.js';
import { createHttpAdapter } from '../http/http-adapter.js';
import { takeUpgrades } from '../websocket/upgrades.js';
import { EventStream } from './event-stream.js';

setLogLevel('silent');

let adapter: ReturnType<typeof createHttpAdapter>;
let stream: EventStream;
let opened: Promise<void>;
let client: Socket;

/** A real stream over a real connection, to a client that does with its socket as the test wants. */
async function connectTo(prepare: (made: typeof adapter) => void): Promise<void> {
  adapter = createHttpAdapter();
  prepare(adapter);
  opened = new Promise((resolve) => {
    adapter.getInstance().get('/', (_request, reply) => {
      stream = new EventStream(reply);
      resolve();
    });
  });
  await adapter.getInstance().listen({ port: 0, host: '127.0.0.1' });
  const { port } = adapter.getInstance().server.address() as AddressInfo;
  client = connect(port, '127.0.0.1');
  client.on('error', () => undefined);
  await once(client, 'connect');
}

afterEach(async () => {
  client.destroy();
  await adapter.getInstance().close();
});

describe.each([
  ['that leaves HTTP', takeUpgrades],
  ['that cannot leave HTTP', () => undefined],
])('an event stream %s', (_which, prepare) => {
  beforeEach(() => connectTo(prepare));

  it('sends events and heartbeats as the standard has them, and ends with a reason', async () => {
    let text = '';
    client.on('data', (chunk: Buffer) => (text += chunk.toString()));
    client.write('GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine\r\n\r\n');
    await opened;
    stream.send('change', { line: 'one\ntwo', n: 1 });
    stream.heartbeat();
    stream.end('the service is shutting down', 1000);
    expect(stream.isClosed).toBe(true);
    stream.send('change', 'too late');
    await new Promise<void>((resolve) => {
      const check = () => (text.includes('\r\n0\r\n') ? resolve() : client.once('data', check));
      check();
    });
    expect(text).toContain('content-type: text/event-stream; charset=utf-8\r\n');
    expect(text).toContain('x-request-id: mine\r\n');
    expect(text).toContain('event: change\ndata: {"line":"one\\ntwo","n":1}\n\n');
    expect(text).toContain(':\n\n');
    expect(text).toContain('retry: 1000\nevent: end\ndata: {"reason":"the service is shutting down"}\n\n');
    expect(text).not.toContain('too late');
  });

  it('is over when the client leaves; listeners are told once, late ones at once', async () => {
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await opened;
    let told = 0;
    const closed = new Promise<void>((resolve) => {
      stream.onClose(() => {
        told++;
        resolve();
      });
    });
    client.destroy();
    await closed;
    stream.end('again', 1);
    expect(told).toBe(1);
    stream.onClose(() => told++);
    expect(told).toBe(2);
  });

  it('disconnects a client that does not read, once a mebibyte waits for it', async () => {
    client.pause();
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await opened;
    const frame = 'x'.repeat(64 * 1024);
    let sent = 0;
    while (!stream.isClosed && sent < 1000) {
      stream.send('change', frame);
      sent++;
      // The kernel takes some megabytes before anything waits here.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(stream.isClosed).toBe(true);
    expect(sent).toBeGreaterThan(16);
  });

  it('of a HEAD is over with its headers', async () => {
    let text = '';
    client.on('data', (chunk: Buffer) => (text += chunk.toString()));
    client.write('HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await opened;
    expect(stream.isClosed).toBe(true);
    await once(client, 'close');
    expect(text).toContain('HTTP/1.1 200 OK');
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });
});
