import { credential } from '../contenders/submission-request.mjs';

const TEXT = 0x81;
const PONG = 0x8a;
const MASKED = 0x80;
const LENGTH_IN_2_BYTES = 126;
/** What a mask of zeros leaves as it is. */
const NO_MASK = Buffer.alloc(4);

/** A short frame of a client. */
function frame(kind, text) {
  const content = Buffer.from(text);
  if (content.length >= LENGTH_IN_2_BYTES) throw new Error('a frame of this generator is short');
  return Buffer.concat([Buffer.from([kind, MASKED | content.length]), NO_MASK, content]);
}

function head(path, fields) {
  const lines = Object.entries({ host: '127.0.0.1', ...fields }).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
}

const upgrade = (path, fields) =>
  head(path, {
    ...fields,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  });

const post = (path, body, headers = {}) => ({ method: 'POST', path, headers, body });

/** Publishes by the routes of the service. */
const byService = (channel, messages) => {
  if (messages.length === 1)
    return post(`/v1/channels/${channel}/messages`, `{"data":${messages[0]}}`, credential);
  const rows = messages.map((data) => `{"channel":"${channel}","data":${data}}`);
  return post('/v1/messages/batch', `{"messages":[${rows.join(',')}]}`, credential);
};

const byServer = (channel, messages) =>
  post('/publish', `{"channel":"${channel}","messages":[${messages.join(',')}]}`);

/**
 * How a subscriber speaks to each kind of server.
 * @typedef {object} Dialect
 * @property {(channel: string) => {say: Buffer, until: string}[]} steps what is said and then waited for, until the
 *   subscriber gets every message that is published from then on
 * @property {Buffer} [ping] what the server sends to see whether the client is there; in nothing else that it sends
 * @property {Buffer} [pong] the answer
 * @property {(channel: string, messages: readonly string[]) => {method: string, path: string, headers: object, body: string}} publishing
 *   publishes JSON documents, in order
 *
 * @type {Record<string, Dialect>}
 */
export const dialects = {
  loop: {
    steps: (channel) => [{ say: upgrade(`/?channel=${channel}`), until: '\r\n\r\n' }],
    publishing: byServer,
  },
  socketIo: {
    steps: (channel) => [
      {
        say: upgrade(`/socket.io/?EIO=4&transport=websocket&channel=${channel}`),
        until: '"pingTimeout"',
      },
      { say: frame(TEXT, '40'), until: '40{"sid"' },
    ],
    ping: Buffer.from([TEXT, 1, '2'.charCodeAt(0)]),
    pong: frame(TEXT, '3'),
    publishing: byServer,
  },
  webSocket: {
    steps: (channel) => [
      { say: upgrade('/v1/socket', credential), until: '\r\n\r\n' },
      { say: frame(TEXT, JSON.stringify({ type: 'subscribe', channel })), until: '"type":"subscribed"' },
    ],
    ping: Buffer.from([0x89, 0]),
    pong: frame(PONG, ''),
    publishing: byService,
  },
  sse: {
    steps: (channel) => [{ say: head(`/v1/events?channel=${channel}`, credential), until: 'retry: ' }],
    publishing: byService,
  },
};
