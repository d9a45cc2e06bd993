import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RawConnection } from '../../support/raw-connection.js';
import { waitUntil } from '../../support/wait-until.js';
import { H2C, head, LiveHarness, WEBSOCKET } from './harness.js';

let live: LiveHarness;

beforeAll(async () => {
  live = await LiveHarness.start();
});
afterEach(() => live.leave());
afterAll(() => live?.stop());

const SUBMISSION = JSON.stringify({ member: 'm', score: 1 });
const POST = 'POST /v1/leaderboards/upgraded/submissions';
const JSON_BODY = 'Content-Type: application/json';

async function answersOf(connection: RawConnection, count: number) {
  await waitUntil(`${count} answers`, () => connection.received.split('HTTP/1.1 ').length > count);
  await waitUntil('the last one whole', () => connection.answers().at(-1)?.body.endsWith('}'));
  return connection.answers();
}

describe('a request that asks for a protocol that is not spoken here', () => {
  it('is answered as if it had not, and so is what follows on the connection', async () => {
    const connection = await live.raw();
    for (let round = 1; round <= 3; round++) {
      connection.write(head('GET /v1/me', ...H2C));
      const answers = await answersOf(connection, 2 * round - 1);
      expect(answers.at(-1)).toMatchObject({ status: 200, headers: { connection: 'keep-alive' } });
      connection.write(head('GET /v1/me'));
      expect((await answersOf(connection, 2 * round)).at(-1)?.status).toBe(200);
    }
    expect(connection.isClosed).toBe(false);
  });

  it('may have a body, with its length or in chunks, at once or later', async () => {
    const connection = await live.raw();
    const length = `Content-Length: ${SUBMISSION.length}`;
    connection.write(head(POST, ...H2C, JSON_BODY, length) + SUBMISSION);
    expect((await answersOf(connection, 1)).at(-1)?.status).toBe(200);
    connection.write(head(POST, ...H2C, JSON_BODY, length));
    connection.write(SUBMISSION.slice(0, 5));
    await new Promise((resolve) => setTimeout(resolve, 20));
    connection.write(SUBMISSION.slice(5));
    expect((await answersOf(connection, 2)).at(-1)?.status).toBe(200);
    connection.write(head(POST, ...H2C, JSON_BODY, 'Transfer-Encoding: chunked'));
    connection.write(`${SUBMISSION.length.toString(16)}\r\n${SUBMISSION}\r\n0\r\n\r\n`);
    expect((await answersOf(connection, 3)).at(-1)?.status).toBe(200);
    connection.write(head(POST, ...H2C, 'Connection: close', JSON_BODY, length) + SUBMISSION);
    expect((await answersOf(connection, 4)).at(-1)?.status).toBe(200);
    await connection.closed;
  });

  it('waits for the answers to those before it', async () => {
    const connection = await live.raw();
    const post = head(POST, JSON_BODY, `Content-Length: ${SUBMISSION.length}`) + SUBMISSION;
    connection.write(post + post + head('GET /v1/me', ...H2C) + head('GET /v1/nothing'));
    const answers = await answersOf(connection, 4);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404]);
    expect(answers.map(({ body }) => Object.keys(JSON.parse(body) as object)[0])).toEqual([
      'member',
      'member',
      'kind',
      'type',
    ]);
  });

  it('is no WebSocket either if it has a body, or is no GET', async () => {
    const connection = await live.raw();
    const length = `Content-Length: ${SUBMISSION.length}`;
    connection.write(head(POST, ...WEBSOCKET, JSON_BODY, length) + SUBMISSION);
    expect((await answersOf(connection, 1)).at(-1)?.status).toBe(200);
    connection.write(head('GET /v1/live/socket', ...WEBSOCKET, length) + SUBMISSION);
    const refused = (await answersOf(connection, 2)).at(-1);
    expect(refused).toMatchObject({ status: 426, headers: { upgrade: 'websocket' } });
    connection.write(head('GET /v1/me'));
    expect((await answersOf(connection, 3)).at(-1)?.status).toBe(200);
  });

  it('is counted once among the connections of its address', async () => {
    const capped = await LiveHarness.serve(live.topology, { MAX_CONNECTIONS_PER_ADDRESS: '2' });
    try {
      const [one, other] = [await live.raw(capped.url), await live.raw(capped.url)];
      for (const connection of [one, other]) connection.write(head('GET /v1/me', ...H2C));
      for (const connection of [one, other]) expect((await answersOf(connection, 1))[0]?.status).toBe(200);
      await (
        await live.raw(capped.url)
      ).closed;
      one.end();
      await waitUntil('there is room again', async () => {
        const next = await live.raw(capped.url);
        next.write(head('GET /v1/me'));
        await Promise.race([next.closed, waitUntil('an answer', () => next.received !== '')]);
        next.end();
        return next.received.startsWith('HTTP/1.1 200');
      });
    } finally {
      await capped.stop();
    }
  });
});

describe('a request for a WebSocket', () => {
  it('gets the answer of any other where there is none, and its connection ends', async () => {
    for (const [line, status] of [
      ['GET /v1/me', 200],
      ['GET /v1/nothing', 404],
      ['GET /docs', 200],
    ] as const) {
      const connection = await live.raw();
      connection.write(head(line, ...WEBSOCKET));
      await connection.closed;
      expect(connection.answers()[0], line).toMatchObject({ status, headers: { connection: 'close' } });
    }
  });

  it('waits for the answers to those before it', async () => {
    const connection = await live.raw();
    const post = head(POST, JSON_BODY, `Content-Length: ${SUBMISSION.length}`) + SUBMISSION;
    connection.write(post + head('GET /v1/live/socket', ...WEBSOCKET));
    await waitUntil('the WebSocket', () => connection.received.includes('HTTP/1.1 101 '));
    expect(connection.received).toMatch(/^HTTP\/1\.1 200 /);
  });
});
