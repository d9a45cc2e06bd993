import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { setLogLevel } from '../telemetry/log.js';
import { OutgoingRefusedError, OutgoingRequests, type ResolveHost } from './outgoing-requests.js';

setLogLevel('silent');

let server: Server;
let port: number;
/** Paths that the server was asked for. */
let asked: string[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
});

beforeEach(() => {
  asked = [];
  answer = (_request, response) => void response.end('here');
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const addresses =
  (...found: string[]): ResolveHost =>
  async () =>
    found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

/** Requests to whatever `hosts` names, with a resolver that finds `resolve`. */
const outgoing = (hosts: string, resolve: ResolveHost = addresses('127.0.0.1')): OutgoingRequests =>
  new OutgoingRequests(loadSettings({ OUTGOING_HOSTS: hosts }), resolve);

const refused = async (promise: Promise<Response>): Promise<string> => {
  const error: unknown = await promise.then(
    () => 'answered',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OutgoingRefusedError);
  return (error as Error).message;
};

describe('an outgoing request', () => {
  it('goes to what the operator named, with what it was given', async () => {
    answer = (request, response) => {
      request.setEncoding('utf8');
      request.on('data', (body: string) => {
        response.writeHead(201, { 'x-one': 'two', 'content-type': 'application/json' });
        response.end(JSON.stringify({ body, method: request.method, headers: request.headers }));
      });
    };
    const url = `http://127.0.0.1:${port}/path?query=1`;
    const response = await outgoing(`127.0.0.1:${port}`).fetch(url, {
      method: 'POST',
      headers: { 'x-mine': 'yes', 'accept-encoding': 'gzip' },
      body: 'hello',
    });
    expect([response.status, response.headers.get('x-one'), asked]).toEqual([201, 'two', ['/path?query=1']]);
    expect(await response.json()).toMatchObject({
      body: 'hello',
      method: 'POST',
      headers: { 'x-mine': 'yes', 'accept-encoding': 'identity' },
    });
  });

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const)(
    'says where its body ends: %s',
    async (method) => {
      answer = (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const length = request.headers['content-length'];
          response.end(JSON.stringify([length, Buffer.concat(chunks).toString()]));
        });
      };
      const requests = outgoing(`127.0.0.1:${port}`);
      const url = `http://127.0.0.1:${port}/`;
      const body = 'é\r\nGET /smuggled HTTP/1.1\r\n\r\n';
      const response = await requests.fetch(url, { method, body });
      expect(await response.json()).toEqual([String(Buffer.byteLength(body)), body]);
      expect(asked).toEqual(['/']);
    },
  );

  it.each([
    ['another host', 'http://elsewhere.example/'],
    ['another port', 'http://api.example.com:8080/'],
    ['another scheme', 'ftp://api.example.com/'],
    ['a host that begins like it', 'http://api.example.com.evil.example/'],
    ['a host behind a user', 'http://api.example.com@elsewhere.example/'],
    ['a literal address', 'http://127.0.0.1/'],
    ['a literal address in disguise', 'http://0x7f000001/'],
  ])('goes nowhere else: %s', async (_what, url) => {
    expect(await refused(outgoing('api.example.com').fetch(url))).toContain('no setting names');
    expect(await refused(outgoing('').fetch(url))).toContain('no setting names');
  });

  it('goes to the URL of the key set for that alone', async () => {
    const settings = loadSettings({ JWT_JWKS_URL: `http://127.0.0.1:${port}/keys` });
    const requests = new OutgoingRequests(settings, addresses());
    expect((await requests.fetchKeySet()).status).toBe(200);
    for (const path of ['keys', 'other']) {
      const url = `http://127.0.0.1:${port}/${path}`;
      expect(requests.mayGoTo(new URL(url))).toBe(false);
      expect(await refused(requests.fetch(url))).toContain('no setting names');
    }
    expect(asked).toEqual(['/keys']);
    expect(await refused(outgoing(`127.0.0.1:${port}`).fetchKeySet())).toContain('no setting names');
  });

  it.each([
    ['loopback', ['127.0.0.1']],
    ['private', ['10.1.2.3']],
    ['metadata', ['169.254.169.254']],
    ['mapped', ['::ffff:127.0.0.1']],
    ['one public and one private', ['93.184.216.34', '192.168.0.1']],
  ])('does not follow a name into a network that is not public: %s', async (_what, found) => {
    const requests = outgoing(`named.example:${port}`, addresses(...found));
    expect(await refused(requests.fetch(`http://named.example:${port}/`))).toContain('no public address');
    expect(asked).toEqual([]);
  });

  it('asks for a name once, and connects to what it was told then', async () => {
    const answers = [['127.0.0.1'], ['169.254.169.254']];
    let lookups = 0;
    const changing: ResolveHost = async (name) => await addresses(...(answers[lookups++] ?? []))(name);
    const requests = outgoing(`localhost:${port}`, changing);
    const response = await requests.fetch(`http://localhost:${port}/`);
    expect([await response.text(), lookups]).toEqual(['here', 1]);
    expect(await refused(requests.fetch(`http://localhost:${port}/`))).toContain('169.254.169.254');
    expect(asked).toEqual(['/']);
  });

  it('does not follow a redirect', async () => {
    answer = (_request, response) => void response.writeHead(302, { location: '/inner' }).end();
    const response = await outgoing(`127.0.0.1:${port}`).fetch(`http://127.0.0.1:${port}/outer`);
    expect([response.status, response.headers.get('location'), asked]).toEqual([302, '/inner', ['/outer']]);
  });

  it('cuts an answer off that is larger than allowed, announced or not', async () => {
    const requests = outgoing(`127.0.0.1:${port}`);
    const fetch = async () => await requests.fetch(`http://127.0.0.1:${port}/`, { maxBytes: 1000 });
    answer = (_request, response) => void response.end('x'.repeat(1000));
    expect(await (await fetch()).text()).toHaveLength(1000);
    answer = (_request, response) => void response.end('x'.repeat(1001));
    expect(await refused(fetch())).toContain('more than 1000 bytes');
    let isCut = false;
    answer = (_request, response) => {
      const more = setInterval(() => response.write('x'.repeat(100)), 1);
      response.once('close', () => {
        isCut = true;
        clearInterval(more);
      });
    };
    expect(await refused(fetch())).toContain('more than 1000 bytes');
    await expect.poll(() => isCut, { timeout: 10_000 }).toBe(true);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['that does not come', () => undefined],
    ['that does not end', (response) => void response.write('x')],
  ])('ends in time with an answer %s', async (_what, begin) => {
    answer = (_request, response) => begin(response);
    const requests = outgoing(`127.0.0.1:${port}`);
    const url = `http://127.0.0.1:${port}/`;
    await expect(requests.fetch(url, { timeoutMs: 50 })).rejects.toMatchObject({ name: 'TimeoutError' });
    const leaving = new AbortController();
    const left = requests.fetch(url, { signal: leaving.signal });
    leaving.abort(new Error('no longer wanted'));
    await expect(left).rejects.toThrow('no longer wanted');
  });

  it('ends in time while a name is looked up', async () => {
    const never: ResolveHost = async () => await new Promise(() => undefined);
    const url = `http://slow.example:${port}/`;
    await expect(outgoing(`slow.example:${port}`, never).fetch(url, { timeoutMs: 50 })).rejects.toMatchObject(
      {
        name: 'TimeoutError',
      },
    );
  });

  it.each([
    ['101 Switching Protocols', 'Connection: Upgrade\r\nUpgrade: websocket\r\n', 101],
    ['600 None', 'Content-Length: 0\r\n', 600],
    ['999 None', 'Content-Length: 4\r\n\r\nbody', 999],
    ['099 None', 'Content-Length: 0\r\n', 99],
  ])('fails at once with an answer that is none: %s', async (line, headers, status) => {
    let isOver = false;
    answer = ({ socket }) => {
      socket.once('close', () => (isOver = true));
      socket.write(`HTTP/1.1 ${line}\r\n${headers}\r\n`);
    };
    const url = `http://127.0.0.1:${port}/`;
    await expect(outgoing(`127.0.0.1:${port}`).fetch(url, { timeoutMs: 2000 })).rejects.toMatchObject({
      name: 'UnusableAnswerError',
      message: `the host answered ${status}`,
    });
    await expect.poll(() => isOver, { timeout: 10_000 }).toBe(true);
  });

  it.each([204, 304])('is answered by %i without a body', async (status) => {
    answer = (_request, response) => void response.writeHead(status).end();
    const response = await outgoing(`127.0.0.1:${port}`).fetch(`http://127.0.0.1:${port}/`);
    expect([response.status, await response.text()]).toEqual([status, '']);
  });
});

describe('OUTGOING_HOSTS', () => {
  it.each([
    ['api.example.com', [{ hostname: 'api.example.com' }]],
    ['API.Example.com:8080', [{ hostname: 'api.example.com', port: 8080 }]],
    [' a.example , [::1]:90', [{ hostname: 'a.example' }, { hostname: '[::1]', port: 90 }]],
    ['127.1', [{ hostname: '127.0.0.1' }]],
  ])('%j names %j', (text, wanted) => {
    expect(loadSettings({ OUTGOING_HOSTS: text }).OUTGOING_HOSTS).toEqual(wanted);
  });

  it.each([
    'https://a.example',
    'a.example/path',
    'a.example:99999',
    'u@a.example',
    '*.a.example',
    'a,,b',
    '[::1',
    '::1',
  ])('%j is refused', (text) => {
    expect(() => loadSettings({ OUTGOING_HOSTS: text })).toThrow('comma-separated hosts');
  });
});
