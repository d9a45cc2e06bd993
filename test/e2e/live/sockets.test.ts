import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY } from '../../support/service.js';
import { SocketReader } from '../../support/socket-reader.js';
import { expectProblem } from '../../support/problem.js';
import { waitUntil } from '../../support/wait-until.js';
import { WebSocketConnection } from '../../../src/transport/websocket/web-socket-connection.js';
import { head, LiveHarness, SOCKET, untilGone, WEBSOCKET } from './harness.js';

let live: LiveHarness;

beforeAll(async () => {
  live = await LiveHarness.start({ CORS_ORIGINS: 'https://app.example.com' });
});
afterEach(() => live.leave());
afterAll(() => live?.stop());

const url = () => `${live.service.url}${SOCKET}`;

describe('a WebSocket', () => {
  it('is accepted with the headers of every answer, and carries texts both ways', async () => {
    const [reader] = await live.socket();
    expect(reader.headers).toMatchObject({ 'x-request-id': expect.stringMatching(/./) });
    expect(reader.socket.protocol).toBe('fulcrum');
    reader.socket.send('hello, wörld');
    await waitUntil('the echo', () => reader.texts.length > 0);
    expect(reader.texts).toEqual(['hello, wörld']);
  });

  it('may begin with its first text right behind the request', async () => {
    const connection = await live.raw();
    const text = Buffer.from([0x81, 0x82, 0, 0, 0, 0, ...Buffer.from('hi')]);
    connection.socket.write(Buffer.concat([Buffer.from(head(`GET ${SOCKET}`, ...WEBSOCKET)), text]));
    await waitUntil('the echo', () => connection.received.endsWith('\x02hi'));
  });

  it('keeps frames whole and in order, whichever way they are written', async () => {
    const [reader, connection] = await live.socket();
    const texts = Array.from({ length: 300 }, (_, at) => `${at} ${'ü'.repeat((at * 977) % 40_000)}`);
    for (let at = 0; at < texts.length; at += 3) {
      const [one = '', two = '', three = ''] = texts.slice(at, at + 3);
      connection.send(one);
      if (at === 150) connection.heartbeat();
      connection.writeFrames(Buffer.concat([two, three].map((text) => WebSocketConnection.frame(text))));
      // The client reads meanwhile: of one that does not, so much would be too much.
      await waitUntil('some of it is taken', () => connection.queuedBytes < 1_048_576, { everyMs: 1 });
    }
    await waitUntil('all texts', () => reader.texts.length >= texts.length);
    expect(reader.texts).toEqual(texts);
    expect(reader.pings).toBeGreaterThan(0);
  });

  it('is full while its client does not read, and says when it can take more', async () => {
    const [reader, connection] = await live.socket();
    let drains = 0;
    connection.onDrain(() => drains++);
    reader.socket.pause();
    const frame = WebSocketConnection.frame('x'.repeat(65_536));
    await waitUntil('it is full', () => {
      connection.writeFrames(frame);
      return connection.isFull && connection.queuedBytes > 1_048_576;
    });
    reader.socket.resume();
    await waitUntil('it is empty', () => connection.queuedBytes === 0);
    expect([drains, connection.isFull, connection.isClosed]).toEqual([1, false, false]);
  });

  it('has no more waiting than it may for a client that asks and does not read', async () => {
    const [pinging, pinged] = await live.socket();
    const [asking, asked] = await live.socket();
    for (const { socket } of [pinging, asking]) socket.pause();
    const most = { pinged: 0, asked: 0 };
    for (let n = 0; n < 400; n++) {
      // More than the kernel takes for a client that does not read, of pongs and of texts that are sent back.
      for (let ping = 0; ping < 500; ping++) pinging.socket.ping('x'.repeat(125));
      asking.socket.send('x'.repeat(65_536));
      await new Promise((resolve) => setImmediate(resolve));
      most.pinged = Math.max(most.pinged, pinged.queuedBytes);
      most.asked = Math.max(most.asked, asked.queuedBytes);
    }
    await waitUntil('it is cut off', () => asked.isClosed);
    expect(pinged.isClosed).toBe(false);
    expect(Math.max(most.pinged, most.asked)).toBeLessThan(2 * 1_048_576 + 2 * 65_536);
    pinging.socket.resume();
    pinging.socket.send('still there');
    await waitUntil('the answer', () => pinging.texts.includes('still there'));
  });

  it('takes no binary message, and none beyond a mebibyte', async () => {
    for (const [message, code] of [
      [Buffer.from('binary'), 1003],
      ['x'.repeat(1_048_577), 1009],
    ] as const) {
      const [reader, connection] = await live.socket();
      let closes = 0;
      connection.onClose(() => closes++);
      reader.socket.send(message);
      await waitUntil('it is closed', () => reader.closed);
      expect(reader.closed?.code).toBe(code);
      await waitUntil('that is known', () => connection.isClosed && closes > 0);
      connection.send('too late');
      connection.end('again', 1);
      expect([closes, reader.texts]).toEqual([1, []]);
    }
    const [reader] = await live.socket();
    reader.socket.send('x'.repeat(1_048_576));
    await waitUntil('the largest', () => reader.texts.length === 1);
  });

  it('is cut off when it answers none of two pings', async () => {
    const [answering, kept] = await live.socket();
    const [silent, dropped] = await live.socket();
    const [unread, paused] = await live.socket();
    silent.socket.pause();
    paused.pause();
    for (let beat = 1; beat <= 6; beat++) {
      for (const connection of [kept, dropped, paused]) connection.heartbeat();
      await waitUntil('a ping', () => answering.pings >= beat && unread.pings >= beat);
      // So that the pong is read before the next one.
      answering.socket.send(`${beat}`);
      await waitUntil('the echo', () => answering.texts.length === beat);
    }
    await waitUntil('it is gone', () => dropped.isClosed);
    expect([kept.isClosed, paused.isClosed]).toEqual([false, false]);
    // Whoever is not read from is not seen to leave.
    paused.resume();
  });

  it('is not read from while it is paused', async () => {
    const [reader, connection] = await live.socket();
    connection.pause();
    reader.socket.send('later');
    connection.send('not paused this way');
    await waitUntil('a text', () => reader.texts.length === 1);
    connection.resume();
    await waitUntil('the echo', () => reader.texts.length === 2);
    expect(reader.texts).toEqual(['not paused this way', 'later']);
  });

  it('ends with a reason, a time to come back, and a code', async () => {
    for (const [code, closing] of [
      [1008, undefined],
      [1012, 1012],
    ] as const) {
      const [reader, connection] = await live.socket();
      connection.end('because', 250, closing);
      expect(connection.isClosed).toBe(true);
      await waitUntil('it is closed', () => reader.closed);
      expect(reader.frames()).toEqual([{ type: 'end', reason: 'because', reconnectMs: 250 }]);
      expect(reader.closed).toEqual({ code, reason: 'because' });
    }
    const [reader, connection] = await live.socket();
    connection.pause();
    connection.end('x'.repeat(200), 1);
    await waitUntil('it is closed', () => reader.closed);
    expect(reader.closed).toEqual({ code: 1008, reason: '' });
    await untilGone(live.service);
  });

  it('leaves nothing behind when its client breaks off, or breaks the protocol', async () => {
    const [reader, connection] = await live.socket();
    const closed = new Promise<void>((resolve) => connection.onClose(resolve));
    reader.socket.terminate();
    await closed;
    const broken = await live.raw();
    broken.write(head(`GET ${SOCKET}`, ...WEBSOCKET));
    await waitUntil('it is accepted', () => broken.received.includes(' 101 '));
    broken.write('this is no frame');
    await broken.closed;
    await untilGone(live.service);
  });
});

describe('a WebSocket is refused', () => {
  it('without a credential, or with a wrong one', async () => {
    expectProblem(await SocketReader.refused(url(), undefined), 401, 'access.no-credential');
    expectProblem(await SocketReader.refused(url(), 'fk_no_key'), 401, 'access.invalid-credential');
  });

  it('to pages of other origins', async () => {
    const { host } = new URL(live.service.url);
    for (const origin of [
      'https://evil.example',
      'null',
      'http://localhost:1',
      'https://app.example.com.evil',
      host,
    ]) {
      const refused = await SocketReader.refused(url(), ADMIN_KEY, { origin });
      expectProblem(refused, 403, 'access.origin-not-allowed');
    }
    for (const origin of ['https://app.example.com', `http://${host}`, `https://${host}`]) {
      (await SocketReader.open(url(), ADMIN_KEY, { origin })).close();
    }
  });

  it('on a path that there is not, and to a tenant that asks too often', async () => {
    expectProblem(await SocketReader.refused(`${live.service.url}/v1/no`, ADMIN_KEY), 404);
    const service = await LiveHarness.serve(live.topology, { RATE_LIMIT_TENANT: '1/1' });
    try {
      (await SocketReader.open(`${service.url}${SOCKET}`, ADMIN_KEY)).close();
      const refused = await waitUntil('a refusal', async () => {
        const [outcome] = await Promise.allSettled([
          SocketReader.refused(`${service.url}${SOCKET}`, ADMIN_KEY),
        ]);
        return outcome.status === 'fulfilled' ? outcome.value : undefined;
      });
      expect(refused.body).toMatchObject({ status: 429, code: 'throttle.quota-exceeded' });
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    } finally {
      await service.stop();
    }
  });

  it('to a request that asks for none, or in another version', async () => {
    const { headers, ...answer } = await live.service.admin.get(SOCKET);
    expectProblem({ headers, ...answer }, 426, 'request.upgrade-required');
    expect(headers.get('upgrade')).toBe('websocket');
    expect(headers.get('sec-websocket-version')).toBe('13');
    const other = await SocketReader.refused(url(), ADMIN_KEY, { protocolVersion: 8 });
    expectProblem(other, 426, 'request.upgrade-required');
    for (const protocols of ['a, a', 'a b']) {
      const headers = { 'Sec-WebSocket-Protocol': protocols };
      expectProblem(await SocketReader.refused(url(), ADMIN_KEY, { headers }), 400, 'request.malformed');
    }
    const connection = await live.raw();
    connection.write(head(`GET ${SOCKET}`, ...WEBSOCKET.slice(0, 3), 'Sec-WebSocket-Key: short'));
    await connection.closed;
    expect(connection.answers()[0]).toMatchObject({ status: 400, headers: { connection: 'close' } });
  });
});
