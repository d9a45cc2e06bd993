import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../support/certificate.js';
import { RawConnection } from '../../support/raw-connection.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { metricsOf } from './prometheus.js';

const HOST = 'Host: x\r\n';
const AUTHORIZATION = `Authorization: Bearer ${ADMIN_KEY}\r\n`;
const PROBLEM = {
  'content-type': 'application/problem+json; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

let topology: Topology;
let service: TestService;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService({ ...topology.settings, CLIENT_TIMEOUT_MS: '900' });
});

afterAll(async () => {
  await service.stop();
  await topology.stop();
});

/** Sends `text` and gives the answers that are there when the service has closed the connection. */
async function exchange(text: string) {
  const connection = await RawConnection.open(service.url).ready();
  connection.write(text);
  await connection.closed;
  return connection.answers();
}

describe('what is no HTTP request', () => {
  it.each<[string, number, string, string]>([
    ['another protocol', 400, 'request.malformed', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a field without a name', 400, 'request.malformed', `GET /v1/me HTTP/1.1\r\n${HOST}: x\r\n\r\n`],
    ['a control character', 400, 'request.malformed', `GET /v1/me HTTP/1.1\r\n${HOST}A: \u0001\r\n\r\n`],
    [
      'two lengths, as in a smuggled request',
      400,
      'request.malformed',
      `POST /v1/api-keys HTTP/1.1\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'fields of more than 16 KiB',
      431,
      'request.headers-too-large',
      `GET /v1/me HTTP/1.1\r\n${HOST}A: ${'x'.repeat(17_000)}\r\n\r\n`,
    ],
    [
      'a URL of more than 16 KiB',
      431,
      'request.headers-too-large',
      `GET /${'x'.repeat(17_000)} HTTP/1.1\r\n${HOST}\r\n`,
    ],
  ])('is answered with a problem, and the connection closed: %s', async (_what, status, code, text) => {
    const [answer, ...more] = await exchange(text);
    expect(more).toEqual([]);
    expect(answer?.headers).toMatchObject({ ...PROBLEM, connection: 'close' });
    const problem: unknown = JSON.parse(answer?.body ?? '');
    const requestId = answer?.headers['x-request-id'];
    expect(problem).toMatchObject({
      status,
      code,
      type: `urn:fulcrum:problem:${code}`,
      requestId,
      instance: `urn:fulcrum:request:${requestId}`,
    });
    expect(answer?.status).toBe(status);
  });

  it('is never taken for the answer to a valid request before it', async () => {
    const valid = `POST /v1/leaderboards/b/submissions HTTP/1.1\r\n${HOST}${AUTHORIZATION}`;
    const body = '{"member":"m","score":1}';
    const whole = `${valid}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const answers = await exchange(`${whole}NOT HTTP\r\n\r\n`);
    for (const { status } of answers) expect(status).toBe(200);
  });
});

describe('a request that does not arrive', () => {
  it.each([
    ['nothing at all', ''],
    ['a part of its headers', `GET /v1/me HTTP/1.1\r\n${HOST}`],
    [
      'a part of its body',
      `POST /v1/api-keys HTTP/1.1\r\n${HOST}${AUTHORIZATION}Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{`,
    ],
    [
      'a part of its body in chunks',
      `POST /v1/api-keys HTTP/1.1\r\n${HOST}${AUTHORIZATION}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`,
    ],
  ])('is cut off with 408 after CLIENT_TIMEOUT_MS: %s', async (_what, text) => {
    const [answer, ...more] = await exchange(text);
    expect(more).toEqual([]);
    expect(answer?.status).toBe(408);
    expect(answer?.headers).toMatchObject(PROBLEM);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ status: 408, code: 'request.too-slow' });
  });

  it('does not end an event stream, however long that is open', async () => {
    await service.admin.post('/v1/leaderboards/live/submissions', { member: 'm', score: 1 });
    const stream = await RawConnection.open(service.url).ready();
    stream.write(`GET /v1/leaderboards/live/live HTTP/1.1\r\n${HOST}${AUTHORIZATION}\r\n`);
    await waitUntil('the snapshot', () => stream.received.includes('event: snapshot'));
    // Two connections, one after the other, that are each cut off for taking the whole time.
    await exchange('');
    await exchange('');
    await service.admin.post('/v1/leaderboards/live/submissions', { member: 'm', score: 2 });
    await waitUntil('a change', () => stream.received.includes('event: change'));
    expect(stream.isClosed).toBe(false);
    stream.end();
  });
});

describe('a body that is too large', () => {
  const SIZE = 3 * 2 ** 20;
  const REST = 'x'.repeat(SIZE - 1);
  const POST = `POST /v1/api-keys HTTP/1.1\r\n${HOST}${AUTHORIZATION}Content-Type: application/json\r\n`;
  const begun = async (text: string) => {
    const connection = await RawConnection.open(service.url).ready();
    connection.write(text);
    return connection;
  };

  it.each([
    ['says so', `${POST}Content-Length: ${SIZE}\r\n\r\n{`, REST],
    [
      'comes in chunks',
      `${POST}Transfer-Encoding: chunked\r\n\r\n200000\r\n${'x'.repeat(2 ** 21)}\r\n`,
      `100000\r\n${'x'.repeat(2 ** 20)}\r\n0\r\n\r\n`,
    ],
  ])(
    'gets its answer while its client is still sending, and costs it no connection: one that %s',
    async (_what, first, rest) => {
      const connection = await begun(first);
      const refusal = await waitUntil('an answer', () =>
        connection.received === '' ? undefined : connection.answers()[0],
      );
      expect(refusal.status).toBe(413);
      expect(refusal.headers).not.toHaveProperty('connection', 'close');
      connection.write(rest);
      connection.write(`GET /health/live HTTP/1.1\r\n${HOST}\r\n`);
      const [, next] = await waitUntil('the next answer', () =>
        connection.answers().length > 1 ? connection.answers() : undefined,
      );
      expect(next?.status).toBe(200);
      connection.end();
    },
  );

  it('has its connection cut off if the rest takes longer than CLIENT_TIMEOUT_MS', async () => {
    const connection = await begun(`${POST}Content-Length: ${SIZE}\r\n\r\n{`);
    await connection.closed;
    expect(connection.answers().map(({ status }) => status)).toEqual([413, 408]);
  });
});

describe('a request', () => {
  it('has a URL of at most 8,192 characters', async () => {
    const path = (length: number) => `/health/live?${'x'.repeat(length - '/health/live?'.length)}`;
    expect((await service.admin.get(path(8192))).status).toBe(200);
    const { status, body } = await service.admin.get(path(8193));
    expect([status, body.code]).toEqual([414, 'request.url-too-long']);
  });

  it('has at most 100 header fields', async () => {
    const send = async (count: number) => {
      const fields = Array.from({ length: count - 3 }, (_, at) => `A${at}: x\r\n`).join('');
      return (
        await exchange(`GET /v1/me HTTP/1.1\r\n${HOST}${AUTHORIZATION}Connection: close\r\n${fields}\r\n`)
      )[0];
    };
    expect((await send(100))?.status).toBe(200);
    const refused = await send(101);
    expect(refused?.status).toBe(431);
    expect(JSON.parse(refused?.body ?? '')).toMatchObject({ code: 'request.headers-too-large' });
  });

  it('without a Host is a problem, unless it is HTTP/1.0; an unknown expectation is none', async () => {
    const [answer] = await exchange(`GET /v1/me HTTP/1.1\r\n${AUTHORIZATION}Connection: close\r\n\r\n`);
    expect(answer?.status).toBe(400);
    expect(answer?.headers).toMatchObject(PROBLEM);
    const [old] = await exchange(`GET /health/live HTTP/1.0\r\n\r\n`);
    expect(old?.status).toBe(200);
    const [expected] = await exchange(
      `GET /health/live HTTP/1.1\r\n${HOST}Expect: miracles\r\nConnection: close\r\n\r\n`,
    );
    expect(expected?.status).toBe(200);
  });

  it.each(['gzip', 'deflate', 'br', 'zstd', 'GZIP', 'identity, gzip', 'x'])(
    'has no content coding: %s is 415, and says so',
    async (coding) => {
      const headers = { 'content-encoding': coding };
      const { status, headers: answered, body } = await service.admin.post('/v1/api-keys', '{}', headers);
      expect([status, body.code]).toEqual([415, 'request.unsupported-encoding']);
      expect(answered.get('accept-encoding')).toBe('identity');
    },
  );

  it('may say that it has none', async () => {
    const created = await service.admin.put('/v1/leaderboards/plain', {}, { 'content-encoding': 'identity' });
    expect(created.status).toBe(201);
  });

  it('is not inflated, whatever its length says', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const response = await fetch(`${service.url}/v1/api-keys`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: bomb,
    });
    expect(response.status).toBe(415);
  });
});

describe('connections', () => {
  /** Opens `count` connections that each made a request, so that they are known to be counted. */
  const occupy = async (url: string, count: number): Promise<RawConnection[]> =>
    await Promise.all(
      Array.from({ length: count }, async () => {
        const connection = await RawConnection.open(url).ready();
        connection.write(`GET /health/live HTTP/1.1\r\n${HOST}\r\n`);
        await waitUntil('an answer', () => connection.received !== '' || connection.isClosed);
        return connection;
      }),
    );

  it.each([
    ['MAX_CONNECTIONS_PER_ADDRESS', 'address'],
    ['MAX_CONNECTIONS', 'total'],
  ])('beyond %s are closed at once and counted, and others take their place', async (setting, reason) => {
    const small = await startService({ ...topology.settings, [setting]: '4' });
    const series = `fulcrum_connections_refused_total{reason="${reason}"}`;
    try {
      const before = (await metricsOf(service.url)).valueOf(series);
      const held = await occupy(small.url, 4);
      expect(held.map(({ isClosed }) => isClosed)).toEqual([false, false, false, false]);
      const surplus = await Promise.all(
        Array.from({ length: 3 }, async () => {
          const connection = RawConnection.open(small.url);
          await connection.closed;
          return connection.received;
        }),
      );
      expect(surplus).toEqual(['', '', '']);
      // Both services are in this process, and count together.
      expect((await metricsOf(service.url)).valueOf(series) - before).toBe(3);
      held[0]?.end();
      await waitUntil('there is room again', async () => {
        const [next] = await occupy(small.url, 1);
        const isIn = next?.isClosed === false && next.received.startsWith('HTTP/1.1 200');
        next?.end();
        return isIn;
      });
      for (const connection of held) connection.end();
    } finally {
      await small.stop();
    }
  });
});

describe('over TLS', () => {
  it('a client that says nothing is cut off, and connections are capped before the handshake', async () => {
    const certificate = await makeCertificate();
    const secured = await startService({
      ...topology.settings,
      ...certificate.settings,
      CLIENT_TIMEOUT_MS: '3000',
      MAX_CONNECTIONS_PER_ADDRESS: '4',
    });
    try {
      const mute = RawConnection.open(secured.url.replace('https:', 'http:'));
      const slow = await RawConnection.open(secured.url).ready();
      slow.write(`GET /v1/me HTTP/1.1\r\n${HOST}`);
      await Promise.all([mute.closed, slow.closed]);
      expect(mute.received).toBe('');
      expect(slow.answers()[0]).toMatchObject({ status: 408, headers: PROBLEM });
      const held = await Promise.all(
        Array.from({ length: 4 }, () => RawConnection.open(secured.url.replace('https:', 'http:')).ready()),
      );
      const surplus = RawConnection.open(secured.url);
      await surplus.closed;
      expect(held.filter(({ isClosed }) => isClosed)).toEqual([]);
      for (const connection of held) connection.end();
    } finally {
      await secured.stop();
      await certificate.remove();
    }
  });
});
