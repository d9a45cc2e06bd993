import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY } from '../../support/service.js';
import { waitUntil } from '../../support/wait-until.js';
import { EventStream } from '../../../src/transport/sse/event-stream.js';
import { head, LiveHarness, STREAM, untilGone } from './harness.js';
import { opened } from './live-routes.js';

let live: LiveHarness;

beforeAll(async () => {
  live = await LiveHarness.start();
});
afterEach(() => live.leave());
afterAll(() => live?.stop());

const event = (data: string) => `data: ${data}\n\n`;
const untilOpen = () => waitUntil('the stream', () => opened.streams.at(-1));
const ADMIN = `Authorization: Bearer ${ADMIN_KEY}`;

/** A moment in which a stream that can leave HTTP has done so. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('an event stream', () => {
  it('keeps frames whole and in order, whichever way they are written', async () => {
    const [reader, stream] = await live.stream();
    const expected: string[] = [];
    for (let at = 0; at < 100; at++) {
      const texts = [0, 1, 2].map((part) => `${at}.${part} ${'ü'.repeat((at * 977) % 1500)}`);
      expected.push(...texts.map((text) => JSON.stringify(text)));
      const [one = '', two = '', three = ''] = texts.map((text) => JSON.stringify(text));
      if (at === 5) await aMoment();
      stream.writeFrames(EventStream.frame(event(one)));
      stream.send('message', texts[1]);
      stream.writeFrames(Buffer.concat([EventStream.frame(event(three)), EventStream.frame('')]));
      expect(two).toBe(expected.at(-2));
    }
    await waitUntil('all events', () => reader.events.length >= expected.length);
    expect(reader.events.map(({ data }) => data)).toEqual(expected);
  });

  it('is full while its client does not read, and says when it can take more', async () => {
    const client = await live.raw();
    client.socket.pause();
    client.write(head(`GET ${STREAM}`));
    const stream = await untilOpen();
    await aMoment();
    let drains = 0;
    stream.onDrain(() => drains++);
    const frame = EventStream.frame(event('x'.repeat(65_536)));
    await waitUntil('it is full', () => {
      stream.writeFrames(frame);
      return stream.isFull && stream.queuedBytes > 1_048_576;
    });
    const queued = stream.queuedBytes;
    stream.heartbeat();
    expect(stream.queuedBytes).toBe(queued);
    const drained = stream.drained();
    client.socket.resume();
    await drained;
    await waitUntil('it is empty', () => stream.queuedBytes === 0);
    expect([drains, stream.isFull, stream.isClosed]).toEqual([1, false, false]);
  });

  it('is the same for a client of HTTP/1.0, without chunks', async () => {
    const client = await live.raw();
    client.write(`GET ${STREAM} HTTP/1.0\r\n${ADMIN}\r\n\r\n`);
    const stream = await untilOpen();
    await aMoment();
    stream.writeFrames(
      Buffer.concat(['one', 'zwei 🜂', 'three'].map((text) => EventStream.frame(event(text)))),
    );
    stream.heartbeat();
    stream.send('sent', 4);
    stream.end('over', 10);
    await client.closed;
    const [top, body] = client.received.split('\r\n\r\n');
    expect(top).not.toMatch(/transfer-encoding/i);
    expect(body).toBe(
      `${event('one')}${event('zwei 🜂')}${event('three')}:\n\nevent: sent\ndata: 4\n\n` +
        'retry: 10\nevent: end\ndata: {"reason":"over"}\n\n',
    );
  });

  it('waits for the answers to earlier requests, and keeps later ones waiting', async () => {
    const client = await live.raw();
    client.write(head('GET /v1/me') + head(`GET ${STREAM}`) + head('GET /v1/nothing'));
    const stream = await untilOpen();
    stream.writeFrames(EventStream.frame(event('one')));
    await aMoment();
    stream.writeFrames(EventStream.frame(event('two')));
    await waitUntil('the events', () => client.received.includes(event('two')));
    expect(client.received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
    expect(client.received).toMatch(/data: one\n\n\r\n/);
    stream.end('over', 10);
    await waitUntil('the last answer', () => client.received.includes('HTTP/1.1 404'));
    expect(client.received).toMatch(/"reason":"over"\}\n\n\r\n0\r\n\r\nHTTP\/1\.1 404/);
  });

  it('ends when its client leaves, whether it says so or not, and when it sends no more', async () => {
    for (const leave of ['destroy', 'end', 'resetAndDestroy'] as const) {
      const client = await live.raw();
      client.write(head(`GET ${STREAM}`));
      const stream = await waitUntil('the stream', () => opened.streams.pop());
      await aMoment();
      const closed = new Promise<void>((resolve) => stream.onClose(resolve));
      client.socket[leave]();
      await closed;
      stream.writeFrames(EventStream.frame(event('too late')));
      stream.heartbeat();
      stream.end('again', 1);
    }
    await untilGone(live.service);
  });

  it('drops what a client sends behind its request later', async () => {
    const client = await live.raw();
    client.write(head(`GET ${STREAM}`));
    const stream = await untilOpen();
    await aMoment();
    client.write(head('GET /v1/me').repeat(2000));
    stream.send('still', 1);
    await waitUntil('the event', () => client.received.includes('event: still'));
    expect(client.received.match(/HTTP\/1\.1/g)).toHaveLength(1);
    stream.end('over', 1);
    await client.closed;
    expect(client.received.endsWith('0\r\n\r\n')).toBe(true);
  });

  it('is measured when it begins, as the answer that it is', async () => {
    const [, stream] = await live.stream();
    await aMoment();
    const { body } = await live.service.admin.get('/metrics');
    expect(body).toMatch(
      /fulcrum_request_duration_seconds_count\{operation="live\.stream",transport="http",outcome="success"\} \d/,
    );
    expect(body).toContain('fulcrum_live_connections{kind="sse"} 1\n');
    expect(stream.isClosed).toBe(false);
  });
});
