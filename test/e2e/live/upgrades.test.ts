import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RawConnection } from '../../support/raw-connection.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { LiveRoutesModule } from './live-routes.js';

let topology: Topology;
let service: TestService;
const connections: RawConnection[] = [];

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings, { modules: [LiveRoutesModule] });
});

afterEach(() => {
  for (const connection of connections.splice(0)) connection.end();
});

afterAll(async () => {
  await service?.stop();
  await topology?.stop();
});

async function connect(url = service.url): Promise<RawConnection> {
  const connection = await RawConnection.open(url).ready();
  connections.push(connection);
  return connection;
}

const head = (line: string, ...fields: string[]) =>
  [`${line} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${ADMIN_KEY}`, ...fields, '', ''].join('\r\n');

/** As Java's HttpClient and `curl --http2` ask whether the server speaks HTTP/2. */
const H2C = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAEAAEAAAAIAAAAA'];
const WEBSOCKET = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

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
    const connection = await connect();
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
    const connection = await connect();
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
    const connection = await connect();
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
    const connection = await connect();
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
    const capped = await startService({ ...topology.settings, MAX_CONNECTIONS_PER_ADDRESS: '2' });
    try {
      const [one, other] = [await connect(capped.url), await connect(capped.url)];
      for (const connection of [one, other]) connection.write(head('GET /v1/me', ...H2C));
      for (const connection of [one, other]) expect((await answersOf(connection, 1))[0]?.status).toBe(200);
      await (
        await connect(capped.url)
      ).closed;
      one.end();
      await waitUntil('there is room again', async () => {
        const next = await connect(capped.url);
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
      const connection = await connect();
      connection.write(head(line, ...WEBSOCKET));
      await connection.closed;
      expect(connection.answers()[0], line).toMatchObject({ status, headers: { connection: 'close' } });
    }
  });

  it('waits for the answers to those before it', async () => {
    const connection = await connect();
    const post = head(POST, JSON_BODY, `Content-Length: ${SUBMISSION.length}`) + SUBMISSION;
    connection.write(post + head('GET /v1/live/socket', ...WEBSOCKET));
    await waitUntil('the WebSocket', () => connection.received.includes('HTTP/1.1 101 '));
    expect(connection.received).toMatch(/^HTTP\/1\.1 200 /);
  });
});
