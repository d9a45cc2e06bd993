import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventReader } from '../../support/event-reader.js';
import { MessageClient } from '../../support/message-client.js';
import { expectProblem } from '../../support/problem.js';
import { RawConnection } from '../../support/raw-connection.js';
import { sendRaw } from '../../support/raw-request.js';
import { dumpRedis } from '../../support/redis-dump.js';
import { ADMIN_KEY, startService, type TestService } from '../../support/service.js';
import { SocketClient } from '../../support/socket-client.js';
import { SocketReader } from '../../support/socket-reader.js';
import { startTopology, type Topology } from '../../support/topology.js';
import { waitUntil } from '../../support/wait-until.js';
import { freshChannel } from '../access/channel-names.js';
import { freshStream } from '../access/stream-names.js';
import { deep } from '../streams/bad-requests.js';
import {
  BAD_ROWS,
  EFFECTS,
  FRAMES,
  MALFORMED,
  MESSAGE_BODIES,
  PATHS,
  PATTERNS,
  QUERIES,
  SETTINGS,
} from './bad-requests.js';

let topology: Topology;
let service: TestService;
let messages: MessageClient;
/** Would be told of every message, and of every channel that there was not before. */
let bystander: SocketClient;
/** Sends the bad frames. */
let client: SocketClient;

beforeAll(async () => {
  topology = await startTopology();
  service = await startService(topology.settings);
  messages = new MessageClient(topology.messageUrl, ADMIN_KEY);
  await freshChannel(service.admin, 'c', { x: 1 });
  await freshStream(service.admin, 's', 1);
  await service.admin.put('/v1/streams/s/groups/g', {});
  bystander = await SocketClient.open(service.url, ADMIN_KEY);
  await bystander.ask({ type: 'subscribe', channel: 'c' });
  await bystander.ask({ type: 'subscribe', pattern: '*' });
  client = await SocketClient.open(service.url, ADMIN_KEY);
  await waitUntil('presence is written', async () =>
    (await topology.keys()).some((key) => key.includes('{messaging:c}:presence:')),
  );
});

afterAll(async () => {
  bystander?.close();
  client?.close();
  await messages?.close();
  await service?.stop();
  await topology?.stop();
});

/** What a request can change for a client: not the service's own token buckets, and not when its nodes were there last. */
const dumpKeys = () =>
  dumpRedis(topology, (key) => /\{(messaging|streams|leaderboards|idempotency):(?!_\}:nodes)/.test(key));

/** Runs `attempt`, and fails if it changes anything, or if somebody is told of something. */
async function unchanged(attempt: () => Promise<void>): Promise<void> {
  const before = await dumpKeys();
  expect(before.size).toBeGreaterThan(10);
  const told = bystander.frames.length;
  await attempt();
  expect(await dumpKeys()).toEqual(before);
  // What was on its way would come before this answer.
  await bystander.ask({ type: 'ping' });
  expect(bystander.frames.length).toBe(told + 1);
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers freely
function expectFields({ code, errors }: any): void {
  if (code !== 'request.invalid') return;
  const fields = errors as { pointer: string; detail: string }[];
  for (const { pointer, detail } of fields) {
    expect(pointer === '' || pointer.startsWith('/')).toBe(true);
    expect(detail).toMatch(/./);
  }
  expect(fields.length).toBeGreaterThan(0);
}

describe.each([
  ['JSON', MALFORMED],
  ['messages', MESSAGE_BODIES],
  ['settings', SETTINGS],
  ['paths', PATHS],
  ['queries', QUERIES],
  ['effects', EFFECTS],
])('bad %s', (_kind, rows) => {
  it.each(rows.map((row) => ({ what: row[0], status: row[1], row })))(
    '$what: is answered $status and changes nothing',
    async ({ row }) => {
      await unchanged(async () => {
        const answer = await sendRaw(service.url, row);
        expectProblem(answer, row[1]);
        expectFields(answer.body);
      });
    },
  );
});

describe('bad messages of a batch', () => {
  it.each(BAD_ROWS)('%s: is refused in its place and changes nothing', async (_what, row) => {
    await unchanged(async () => {
      const answer = await service.admin.post('/v1/messages/batch', `{"messages": [${row}, ${row}]}`);
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      expect(answer.body.results).toHaveLength(2);
      for (const result of answer.body.results) {
        expect(result).toEqual({
          status: 422,
          code: 'request.invalid',
          detail: expect.stringMatching(/./),
          errors: expect.any(Array),
        });
        expectFields(result);
      }
    });
  });

  it('name no more than ten fields each', async () => {
    const fields = Object.fromEntries(Array.from({ length: 50 }, (_each, at) => [`f${at}`, at]));
    const { body } = await service.admin.post('/v1/messages/batch', { messages: [fields] });
    expect(body.results[0].errors).toHaveLength(10);
  });
});

describe('bad frames', () => {
  it.each(FRAMES)('%s: is answered %s and changes nothing', async (what, code, text) => {
    await unchanged(async () => {
      const answered = client.frames.length;
      client.socket.send(text);
      await waitUntil('an answer', () => client.frames.length > answered);
      const frame = client.frames[answered];
      expect(frame).toMatchObject({
        type: 'error',
        problem: {
          type: `urn:fulcrum:problem:${code}`,
          title: expect.stringMatching(/./),
          status: statusOf(code),
          detail: expect.stringMatching(/./),
          instance: expect.stringMatching(/^urn:fulcrum:request:/),
          code,
          requestId: expect.stringMatching(/\/\d+$/),
        },
      });
      // A number can be given back, whatever it is.
      expect(frame?.ref).toBe(what === 'a ref of 1.5' ? 1.5 : undefined);
      expectFields(frame?.problem);
      // It goes on.
      expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
      expect(client.frames.length).toBe(answered + 2);
    });
  });

  it.each([
    ['bytes', 1003, (socket: SocketReader) => socket.socket.send(Buffer.from('{"type": "ping"}'))],
    ['a frame of more than 1 MiB', 1009, (socket: SocketReader) => socket.socket.send('x'.repeat(1_048_577))],
    [
      'a text that is no UTF-8',
      1007,
      (socket: SocketReader) => socket.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false }),
    ],
  ])('%s: end the connection with %i and change nothing', async (_what, code, send) => {
    await unchanged(async () => {
      const reader = await SocketReader.open(`${service.url}/v1/socket`, ADMIN_KEY);
      send(reader);
      await waitUntil('it is closed', () => reader.closed !== undefined);
      expect(reader.closed?.code).toBe(code);
    });
  });
});

function statusOf(code: string): number {
  return code === 'request.malformed-json' ? 400 : code === 'messaging.not-subscribed' ? 404 : 422;
}

describe('bad handshakes', () => {
  const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
  const asked = (fields: Record<string, string>) => ({
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': KEY,
    ...fields,
  });

  it.each<[string, number, string, Record<string, string>]>([
    ['another version', 426, 'request.upgrade-required', { 'sec-websocket-version': '8' }],
    ['no version', 426, 'request.upgrade-required', { 'sec-websocket-version': '' }],
    ['another protocol', 426, 'request.upgrade-required', { upgrade: 'h2c' }],
    ['no key', 400, 'request.malformed', { 'sec-websocket-key': '' }],
    ['a key of 15 bytes', 400, 'request.malformed', { 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAA' }],
    ['a subprotocol twice', 400, 'request.malformed', { 'sec-websocket-protocol': 'fulcrum, fulcrum' }],
    ['a subprotocol that is none', 400, 'request.malformed', { 'sec-websocket-protocol': 'a b' }],
    ['a page of another origin', 403, 'access.origin-not-allowed', { origin: 'https://other.example' }],
    ['a page of no origin', 403, 'access.origin-not-allowed', { origin: 'null' }],
    ['no credential', 401, 'access.no-credential', { authorization: '' }],
    ['a wrong credential', 401, 'access.invalid-credential', { authorization: 'Bearer x' }],
  ])('with %s: are answered %i and change nothing', async (_what, status, code, fields) => {
    await unchanged(async () => {
      const connection = await RawConnection.open(service.url).ready();
      const all = { host: new URL(service.url).host, authorization: `Bearer ${ADMIN_KEY}`, ...asked(fields) };
      const lines = Object.entries(all).flatMap(([name, value]) => (value === '' ? [] : `${name}: ${value}`));
      connection.write(`GET /v1/socket HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      await waitUntil('an answer', () => connection.received.endsWith('}'));
      const [answer] = connection.answers();
      connection.end();
      const headers = new Headers(answer?.headers);
      const body: unknown = JSON.parse(answer?.body ?? '');
      expectProblem({ status: answer?.status ?? 0, headers, body }, status, code);
    });
  });
});

describe('bad places to go on from', () => {
  it.each(['#', 'a b', 'A'.repeat(12_289), '{"a":1}', 'a.1.1,b.1.1'])(
    'Last-Event-ID: %.20j is answered 422 and changes nothing',
    async (id) => {
      await unchanged(async () => {
        const headers = { 'last-event-id': id };
        const answer = await service.admin.get('/v1/events?channel=c&channel=d', headers);
        expectProblem(answer, 422, 'request.invalid');
        expect(answer.body.errors).toEqual([
          { pointer: '/Last-Event-ID', detail: expect.stringMatching(/./) },
        ]);
      });
    },
  );
});

describe('bad messages', () => {
  it.each(PATTERNS.map(([pattern, data]) => [pattern, JSON.stringify(data).slice(0, 60), data] as const))(
    '%s %s: is refused and changes nothing',
    async (pattern, _text, data) => {
      await unchanged(async () => {
        const problem: unknown = await messages.send(pattern, data).catch((error: unknown) => error);
        expect(problem).toMatchObject({ status: 422, requestId: expect.any(String) });
        expect(problem).toHaveProperty(
          'code',
          expect.stringMatching(/^(request\.invalid|pagination\.invalid-cursor)$/),
        );
        expectFields(problem);
      });
    },
  );
});

describe('what is unusual but good', () => {
  it.each([
    ['null', 'null'],
    ['2^53', '9007199254740992'],
    ['nesting of 64', deep(63)],
    ['65,536 bytes', JSON.stringify('x'.repeat(65_534))],
    ['a pair of surrogates, escaped', '"\\ud83d\\ude00"'],
    ['an object that inherits nothing', '{"constructor": {"prototype": 1}, "toString": null}'],
    ['NUL in a text', '"a\\u0000b"'],
    ['line ends of every kind', '"a\\r\\n\\n\\rdata: b\u2028\u2029\\u0085\\n\\nevent: end\\n\\n"'],
    ['what a message has itself', '{"channel": "x", "id": "y", "publishedAt": 1, "type": "gap"}'],
    ['quotes and backslashes', '"\\",\\"id\\":\\"x\\\\\\"}"'],
    ['an empty object', '{}'],
  ])('%s is data, in the history and on both kinds of connection', async (_what, data) => {
    const reader = await EventReader.open(`${service.url}/v1/events?channel=good`, ADMIN_KEY);
    await waitUntil('its place', () => reader.lastEventId !== '');
    const socket = await SocketClient.open(service.url, ADMIN_KEY);
    await socket.ask({ type: 'subscribe', channel: 'good' });
    const tags = ['__proto__', 'é"\\', 'a b'];
    const body = `{"data": ${data}, "tags": ${JSON.stringify(tags)}}`;
    const answer = await service.admin.post('/v1/channels/good/messages', body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    const { body: history } = await service.admin.get('/v1/channels/good/messages?order=desc&limit=1');
    const [message] = history.items;
    const { channel, id } = answer.body;
    expect(message).toEqual({ channel, id, data: JSON.parse(data), tags, publishedAt: expect.any(String) });
    await waitUntil('the message', () => reader.events.length > 0 && socket.of('message').length > 0);
    expect(reader.events.map(({ event }) => event)).toEqual(['message']);
    expect(reader.datas('message')).toEqual([message]);
    expect(socket.of('message')).toEqual([{ type: 'message', ...message }]);
    reader.close();
    socket.close();
  });

  it('channels have names that look like parts of another one, and are apart', async () => {
    const parts = ['info', 'settings', 'history', 'messages', 'channels', 'found', 'nodes', 'operation:none'];
    const names = ['parts', ...parts.map((part) => `parts:${part}`), 'toString', 'constructor', '0'];
    for (const [at, name] of names.entries()) {
      const path = `/v1/channels/${name}`;
      expect((await service.admin.put(path, { historySize: at + 1 })).status, name).toBe(200);
      const headers = { 'idempotency-key': 'parts' };
      expect((await service.admin.post(`${path}/messages`, { data: name }, headers)).status, name).toBe(
        at === 0 ? 201 : 422,
      );
      if (at > 0) await service.admin.post(`${path}/messages`, { data: name });
    }
    for (const [at, name] of names.entries()) {
      const path = `/v1/channels/${name}`;
      expect((await service.admin.get(path)).body, name).toMatchObject({
        channel: name,
        historySize: at + 1,
      });
      const { items } = (await service.admin.get(`${path}/messages`)).body as { items: unknown[] };
      expect(items, name).toMatchObject([{ channel: name, data: name }]);
    }
  });

  it('a frame of 1 MiB is looked at', async () => {
    const padded = `{"type": "ping"}`.padEnd(1_048_576, ' ');
    const socket = await SocketClient.open(service.url, ADMIN_KEY);
    socket.socket.send(padded);
    await waitUntil('an answer', () => socket.frames.length > 0);
    expect(socket.frames).toEqual([{ type: 'pong' }]);
    socket.close();
    await once(socket.socket, 'close');
  });
});
