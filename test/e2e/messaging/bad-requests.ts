import type { BadRequest } from '../../support/raw-request.js';
import { deep } from '../streams/bad-requests.js';

/** Requests that must be refused; the channel `c` has messages, and the stream `s` the group `g`. */
const CHANNEL = '/v1/channels/c';
const MESSAGES = `${CHANNEL}/messages`;
const BATCH = '/v1/messages/batch';
const EVENTS = '/v1/events';
const SOCKET = '/v1/socket';
const COMMIT = '/v1/streams/s/groups/g/commit';

const long = 'x'.repeat(129);
const tags = (count: number) => Array.from({ length: count }, (_each, at) => `t${at}`);

export const MALFORMED: BadRequest[] = [
  ['nothing but white space', 400, 'POST', MESSAGES, ' '],
  ['an open object', 400, 'POST', MESSAGES, '{"data": 1'],
  ['two documents', 400, 'POST', MESSAGES, '{"data": 1}{}'],
  ['a byte order mark', 400, 'POST', MESSAGES, '\ufeff{"data": 1}'],
  ['NaN', 400, 'POST', MESSAGES, '{"data": NaN}'],
  ['nesting of 100,000 and no end', 400, 'POST', MESSAGES, `{"data": ${'['.repeat(100_000)}`],
  ['an open batch', 400, 'POST', BATCH, '{"messages": [{"channel": "c", "data": 1}'],
  ['open settings', 400, 'PUT', CHANNEL, '{"historySize": 1'],
];

/** What is wrong with a message wherever it stands: as a body, in a frame, in an effect. */
export const BAD_CONTENTS: readonly (readonly [what: string, members: string])[] = [
  ['nothing', ''],
  ['tags alone', '"tags": ["a"]'],
  ['an unknown field', '"data": 1, "x": 1'],
  ['an id', '"data": 1, "id": "a.1.1"'],
  ['an instant', '"data": 1, "publishedAt": "2026-01-01T00:00:00.000Z"'],
  ['__proto__', '"data": 1, "__proto__": {"tags": ["a"]}'],
  ['__proto__ in the data', '"data": [{"__proto__": {"x": 1}}]'],
  ['__proto__ escaped in the data', '"data": {"\\u005f_proto__": 1}'],
  ['a lone surrogate in the data', '"data": "\\ud800"'],
  ['a lone surrogate as a name in the data', '"data": {"\\udfff": 1}'],
  ['1e400', '"data": 1e400'],
  ['2^53 + 1', '"data": [9007199254740993]'],
  ['nesting of 66', `"data": ${deep(65)}`],
  ['data of 65,537 bytes', `"data": "${'x'.repeat(65_535)}"`],
  ['data of 65,538 bytes in few characters', `"data": "${'é'.repeat(32_768)}"`],
  ['tags of null', '"data": 1, "tags": null'],
  ['tags as text', '"data": 1, "tags": "a"'],
  ['tags as object', '"data": 1, "tags": {"0": "a"}'],
  ['17 tags', `"data": 1, "tags": ${JSON.stringify(tags(17))}`],
  ['a tag twice', '"data": 1, "tags": ["a", "b", "a"]'],
  ['a tag as number', '"data": 1, "tags": ["a", 1]'],
  ['a tag of null', '"data": 1, "tags": [null]'],
  ['an empty tag', '"data": 1, "tags": [""]'],
  ['a tag of 257 bytes', `"data": 1, "tags": ["${'x'.repeat(257)}"]`],
  ['NUL in a tag', '"data": 1, "tags": ["a\\u0000"]'],
  ['a lone surrogate in a tag', '"data": 1, "tags": ["\\ud800"]'],
];

/** What no channel is called. */
export const BAD_NAMES: readonly (readonly [what: string, name: string])[] = [
  ['an empty name', ''],
  ['a slash', 'a/b'],
  ['a space', 'a b'],
  ['a brace', 'a{b}'],
  ['an asterisk', 'a*'],
  ['NUL', 'a\u0000'],
  ['a newline', 'a\nb'],
  ['what is not ASCII', 'é'],
  ['a first underscore', '_'],
  ['__proto__', '__proto__'],
  ['a first dot', '.a'],
  ['129 characters', long],
];

export const MESSAGE_BODIES: BadRequest[] = [
  ['null', 422, 'POST', MESSAGES, 'null'],
  ['an array', 422, 'POST', MESSAGES, '[]'],
  ['the path again', 422, 'POST', MESSAGES, '{"data": 1, "channel": "c"}'],
  ['a key', 422, 'POST', MESSAGES, '{"data": 1, "key": "k"}'],
  ...BAD_CONTENTS.map(([what, members]): BadRequest => [what, 422, 'POST', MESSAGES, `{${members}}`]),
  ['2 MiB', 413, 'POST', MESSAGES, JSON.stringify({ data: 'x'.repeat(2 * 1_048_576) })],
  ['plain text', 415, 'POST', MESSAGES, '{"data": 1}', 'text/plain'],
  ['a batch that is an array', 422, 'POST', BATCH, '[{"channel": "c", "data": 1}]'],
  ['messages that are no array', 422, 'POST', BATCH, '{"messages": {"0": {"channel": "c", "data": 1}}}'],
  ['messages of null', 422, 'POST', BATCH, '{"messages": null}'],
  ['a batch without messages', 422, 'POST', BATCH, '{}'],
  ['a batch of nothing', 422, 'POST', BATCH, '{"messages": []}'],
  [
    'a batch of 1001',
    422,
    'POST',
    BATCH,
    JSON.stringify({ messages: Array.from({ length: 1001 }, (_each, data) => ({ channel: 'c', data })) }),
  ],
  [
    'a batch with an unknown field',
    422,
    'POST',
    BATCH,
    '{"messages": [{"channel": "c", "data": 1}], "channel": "c"}',
  ],
  ['a batch with __proto__ in it', 422, 'POST', BATCH, '{"messages": [{"__proto__": {}, "data": 1}]}'],
  ['a batch of 2 MiB', 413, 'POST', BATCH, JSON.stringify({ messages: ['x'.repeat(2 * 1_048_576)] })],
  ['a batch as a form', 415, 'POST', BATCH, 'messages=1', 'application/x-www-form-urlencoded'],
];

/** Messages of a batch that are refused in their place. */
export const BAD_ROWS: readonly (readonly [what: string, row: string])[] = [
  ['null', 'null'],
  ['a number', '1'],
  ['a text', '"c"'],
  ['an array', '[]'],
  ['no channel', '{"data": 1}'],
  ['a channel of null', '{"channel": null, "data": 1}'],
  ['a channel as number', '{"channel": 1, "data": 1}'],
  ...BAD_NAMES.map(([what, name]) => [what, JSON.stringify({ channel: name, data: 1 })] as const),
  ...BAD_CONTENTS.filter(([, members]) => !isRefusedAnywhere(members)).map(
    ([what, members]) => [what, `{"channel": "c"${members && `, ${members}`}}`] as const,
  ),
];

/** Whether a body is refused as a whole where `members` stand in it. */
function isRefusedAnywhere(members: string): boolean {
  return /_proto__|1e400|9007199254740993|\[{65}/.test(members);
}

export const SETTINGS: BadRequest[] = [
  ['a historySize of -1', 422, 'PUT', CHANNEL, '{"historySize": -1}'],
  ['a historySize of 1.5', 422, 'PUT', CHANNEL, '{"historySize": 1.5}'],
  ['a historySize as text', 422, 'PUT', CHANNEL, '{"historySize": "5"}'],
  ['a historySize of 100,001', 422, 'PUT', CHANNEL, '{"historySize": 100001}'],
  ['a historyTtlMs of 0', 422, 'PUT', CHANNEL, '{"historyTtlMs": 0}'],
  ['a historyTtlMs of 999', 422, 'PUT', CHANNEL, '{"historyTtlMs": 999}'],
  ['a historyTtlMs of more than 30 days', 422, 'PUT', CHANNEL, '{"historyTtlMs": 2592000001}'],
  ['a historyTtlMs of true', 422, 'PUT', CHANNEL, '{"historyTtlMs": true}'],
  ['an unknown slowConsumer', 422, 'PUT', CHANNEL, '{"slowConsumer": "wait"}'],
  ['an inherited slowConsumer', 422, 'PUT', CHANNEL, '{"slowConsumer": "constructor"}'],
  ['an empty slowConsumer', 422, 'PUT', CHANNEL, '{"slowConsumer": ""}'],
  ['a slowConsumer as array', 422, 'PUT', CHANNEL, '{"slowConsumer": ["conflate"]}'],
  ['a bad setting beside a good one', 422, 'PUT', CHANNEL, '{"historySize": 1, "slowConsumer": 1}'],
  ['an unknown field of a channel', 422, 'PUT', CHANNEL, '{"maxLength": 5}'],
  ['the path again', 422, 'PUT', CHANNEL, '{"channel": "c"}'],
  ['settings of __proto__', 422, 'PUT', CHANNEL, '{"__proto__": {"historySize": 1}}'],
  ['settings of null', 422, 'PUT', CHANNEL, 'null'],
  ['settings that are an array', 422, 'PUT', CHANNEL, '[]'],
  ['XML', 415, 'PUT', CHANNEL, '<a/>', 'application/xml'],
];

export const PATHS: BadRequest[] = [
  ...BAD_NAMES.filter(([, name]) => name !== '').flatMap(([what, name]): BadRequest[] => {
    const path = `/v1/channels/${encodeURIComponent(name)}`;
    return [
      [`${what} in a channel`, 422, 'GET', path],
      [`${what} in a channel to configure`, 422, 'PUT', path, '{}'],
      [`${what} in a channel to read`, 422, 'GET', `${path}/messages`],
      [`${what} in a channel to publish to`, 422, 'POST', `${path}/messages`, '{"data": 1}'],
      [`${what} in a channel to look at`, 422, 'GET', `${path}/presence`],
    ];
  }),
  ['bytes that are no UTF-8 in a channel', 400, 'GET', '/v1/channels/%ff'],
  ['bytes that are no UTF-8 in a channel to publish to', 400, 'POST', '/v1/channels/%c3/messages', '{}'],
  ['a message by its id', 404, 'GET', `${MESSAGES}/a.1.1`],
  ['no such route', 404, 'GET', `${CHANNEL}/subscribers`],
  ['messages of no channel', 404, 'GET', '/v1/messages'],
  ['a channel to delete', 405, 'DELETE', CHANNEL],
  ['a channel to patch', 405, 'PATCH', CHANNEL, '{}'],
  ['messages to put', 405, 'PUT', MESSAGES, '{}'],
  ['a batch to get', 405, 'GET', BATCH],
  ['presence to post', 405, 'POST', `${CHANNEL}/presence`, '{}'],
  ['a list to post', 405, 'POST', '/v1/channels', '{}'],
  ['events to post', 405, 'POST', EVENTS, '{}'],
  ['a socket to post', 405, 'POST', SOCKET, '{}'],
];

const followed = (field: string, count: number, of = (at: number) => `c${at}`) =>
  Array.from({ length: count }, (_each, at) => `${field}=${of(at)}`).join('&');

export const QUERIES: BadRequest[] = [
  ...['0', '1001', 'abc', '1e1', '-1', '1.5', ''].flatMap((limit): BadRequest[] =>
    ['/v1/channels', MESSAGES, `${CHANNEL}/presence`].map((path) => [
      `limit=${limit} of ${path}`,
      422,
      'GET',
      `${path}?limit=${limit}`,
    ]),
  ),
  ['a limit twice', 422, 'GET', `${MESSAGES}?limit=1&limit=2`],
  ...['', 'x', '0', '1-1', 'a.', '.1', 'a.1.1.1', 'a.-1', 'a.1000000000000000', '%C3%A9.1', 'now'].map(
    (since): BadRequest => [`since=${since}`, 422, 'GET', `${MESSAGES}?since=${since}`],
  ),
  ['a since twice', 422, 'GET', `${MESSAGES}?since=a.1&since=a.2`],
  ['an unknown order', 422, 'GET', `${MESSAGES}?order=up`],
  ['an inherited name as order', 422, 'GET', `${MESSAGES}?order=constructor`],
  ['an unknown field', 422, 'GET', `${MESSAGES}?offset=10`],
  ['__proto__ as field', 422, 'GET', `${MESSAGES}?__proto__=1`],
  ['a cursor of nonsense', 422, 'GET', `${MESSAGES}?cursor=%ff%00`],
  ['a cursor of 5000', 422, 'GET', `/v1/channels?cursor=${'A'.repeat(5000)}`],
  ['an empty cursor', 422, 'GET', `${CHANNEL}/presence?cursor=`],
  ['events of nothing', 422, 'GET', EVENTS],
  ['events since a place, of nothing', 422, 'GET', `${EVENTS}?since=a.1.1`],
  ...BAD_NAMES.map(([what, name]): BadRequest => [
    `events of ${what}`,
    422,
    'GET',
    `${EVENTS}?channel=c&channel=${encodeURIComponent(name)}`,
  ]),
  ...['', '[ab]', '.a*', 'a b*', 'é*', `${long}*`].map((pattern): BadRequest => [
    `events of the pattern ${pattern}`,
    422,
    'GET',
    `${EVENTS}?channel=c&pattern=${encodeURIComponent(pattern)}`,
  ]),
  ['events of 101 channels', 422, 'GET', `${EVENTS}?${followed('channel', 101)}`],
  ['events of 101 patterns', 422, 'GET', `${EVENTS}?${followed('pattern', 101)}`],
  ['events of 51 and 50', 422, 'GET', `${EVENTS}?${followed('channel', 51)}&${followed('pattern', 50)}`],
  [
    'events of names of more than 4,096 characters',
    422,
    'GET',
    `${EVENTS}?${followed('channel', 40, (at) => `${at}`.padStart(103, 'x'))}`,
  ],
  ['events since nonsense', 422, 'GET', `${EVENTS}?channel=c&since=!`],
  ['events since nothing', 422, 'GET', `${EVENTS}?channel=c&since=`],
  ['events since two places', 422, 'GET', `${EVENTS}?channel=c&since=a.1.1&since=a.2.1`],
  ['events of two channels since a message', 422, 'GET', `${EVENTS}?channel=c&channel=d&since=a.1.1`],
  ['events of a pattern since a message', 422, 'GET', `${EVENTS}?pattern=c*&since=a.1.1`],
  ['events with a limit', 422, 'GET', `${EVENTS}?channel=c&limit=1`],
  ['events of channels', 422, 'GET', `${EVENTS}?channels=c`],
  ['events with channel[]', 422, 'GET', `${EVENTS}?channel[]=c`],
  ['events with two credentials', 422, 'GET', `${EVENTS}?channel=c&access_token=x`],
  ['events with no credential in its place', 422, 'GET', `${EVENTS}?channel=c&access_token=`],
  ['a socket that is none', 426, 'GET', SOCKET],
  ['a socket of a channel', 422, 'GET', `${SOCKET}?channel=c`],
  ['a socket with two credentials', 422, 'GET', `${SOCKET}?access_token=x`],
];

const withEffects = (json: string) =>
  `{"consumer": "ann", "items": [{"id": "1-1", "deliveries": 1, "effects": [${json}]}]}`;
const publishEffect = (members: string) => withEffects(`{"kind": "messaging.publish"${members}}`);

export const EFFECTS: BadRequest[] = [
  ['an effect without a channel', 422, 'POST', COMMIT, publishEffect(', "data": 1')],
  ['an effect of a channel alone', 422, 'POST', COMMIT, publishEffect(', "channel": "c"')],
  ['an effect with a key', 422, 'POST', COMMIT, publishEffect(', "channel": "c", "data": 1, "key": "k"')],
  ...BAD_NAMES.map(([what, name]): BadRequest => [
    `an effect on ${what}`,
    422,
    'POST',
    COMMIT,
    publishEffect(`, "channel": ${JSON.stringify(name)}, "data": 1`),
  ]),
  ...BAD_CONTENTS.map(([what, members]): BadRequest => [
    `an effect of ${what}`,
    422,
    'POST',
    COMMIT,
    publishEffect(`, "channel": "c"${members && `, ${members}`}`),
  ]),
  [
    'a good effect and a bad one',
    422,
    'POST',
    COMMIT,
    withEffects(
      '{"kind": "messaging.publish", "channel": "c", "data": 1}, {"kind": "messaging.publish", "channel": "c"}',
    ),
  ],
];

/** Frames that are answered with a problem of this code, each as the text that is sent. */
export const FRAMES: readonly (readonly [what: string, code: string, text: string])[] = [
  ...(
    [
      ['nothing', ''],
      ['white space', ' '],
      ['an open object', '{"type": "ping"'],
      ['two frames', '{"type": "ping"}{"type": "ping"}'],
      ['a byte order mark', '\ufeff{"type": "ping"}'],
      ['no JSON', 'ping'],
      ['brackets without end', '['.repeat(100_000)],
    ] as const
  ).map(([what, text]) => [what, 'request.malformed-json', text] as const),
  ...(
    [
      ['null', 'null'],
      ['a number', '1'],
      ['a text', '"ping"'],
      ['an array', '[{"type": "ping"}]'],
      ['an empty object', '{}'],
      ['a type that is none', '{"type": "pong"}'],
      ['an inherited type', '{"type": "constructor"}'],
      ['a type of null', '{"type": null}'],
      ['a type as array', '{"type": ["ping"]}'],
      ['a type in capitals', '{"type": "PING"}'],
      ['a ping of a channel', '{"type": "ping", "channel": "c"}'],
      ['a ping of __proto__', '{"type": "ping", "__proto__": {}}'],
      ['a ref of null', '{"type": "ping", "ref": null}'],
      ['a ref as object', '{"type": "ping", "ref": {}}'],
      ['a ref of 1.5', '{"type": "ping", "ref": 1.5}'],
      ['a ref of 129 characters', `{"type": "ping", "ref": "${long}"}`],
      ['a subscription to nothing', '{"type": "subscribe"}'],
      ['a subscription to two', '{"type": "subscribe", "channel": "c", "pattern": "c*"}'],
      ['a subscription to a list', '{"type": "subscribe", "channel": ["c"]}'],
      ['a subscription to null', '{"type": "subscribe", "channel": null}'],
      ['a pattern that is none', '{"type": "subscribe", "pattern": "[c]"}'],
      ['an empty pattern', '{"type": "subscribe", "pattern": ""}'],
      ['a pattern of 129', `{"type": "subscribe", "pattern": "${long}"}`],
      ['a pattern since a place', '{"type": "subscribe", "pattern": "c*", "since": "a.1.1"}'],
      ['a place alone', '{"type": "subscribe", "since": "a.1.1"}'],
      ['a place that is none', '{"type": "subscribe", "channel": "new", "since": "1"}'],
      ['a place as number', '{"type": "subscribe", "channel": "new", "since": 1}'],
      ['a place of null', '{"type": "subscribe", "channel": "new", "since": null}'],
      ['a subscription with data', '{"type": "subscribe", "channel": "new", "data": 1}'],
      ['an end of nothing', '{"type": "unsubscribe"}'],
      ['an end of two', '{"type": "unsubscribe", "channel": "c", "pattern": "c*"}'],
      ['an end since a place', '{"type": "unsubscribe", "channel": "c", "since": "a.1.1"}'],
      ['a message to nowhere', '{"type": "publish", "data": 1}'],
      ['a message to a pattern', '{"type": "publish", "pattern": "c*", "data": 1}'],
      ['a message with an empty key', '{"type": "publish", "channel": "c", "data": 1, "key": ""}'],
      ['a message with a key of spaces', '{"type": "publish", "channel": "c", "data": 1, "key": "a b"}'],
      ['a message with a key of null', '{"type": "publish", "channel": "c", "data": 1, "key": null}'],
      [
        'a message with a key of 256',
        JSON.stringify({ type: 'publish', channel: 'c', data: 1, key: 'k'.repeat(256) }),
      ],
      ...BAD_NAMES.flatMap(([what, name]) =>
        ['subscribe', 'unsubscribe', 'publish'].map((type) => {
          const data = type === 'publish' ? { data: 1 } : {};
          return [`${type} of ${what}`, JSON.stringify({ type, channel: name, ...data })] as const;
        }),
      ),
      ...BAD_CONTENTS.map(
        ([what, members]) =>
          [
            `a message of ${what}`,
            `{"type": "publish", "channel": "c"${members && `, ${members}`}}`,
          ] as const,
      ),
    ] as const
  ).map(([what, text]) => [what, 'request.invalid', text] as const),
  ['the end of what is not there', 'messaging.not-subscribed', '{"type": "unsubscribe", "channel": "c"}'],
  ['the end of no such pattern', 'messaging.not-subscribed', '{"type": "unsubscribe", "pattern": "c*"}'],
];

/** Data of messages that are refused, by pattern. */
export const PATTERNS: readonly (readonly [pattern: string, data: object])[] = [
  ['messaging.messages.publish', {}],
  ['messaging.messages.publish', { channel: 'c' }],
  ['messaging.messages.publish', { data: 1 }],
  ['messaging.messages.publish', { channel: 'c', data: 1, tags: 'a' }],
  ['messaging.messages.publish', { channel: 'c', data: 1, key: 'k' }],
  ['messaging.messages.publish', { channel: 'a b', data: 1 }],
  ['messaging.messages.publish', { channel: ['c'], data: 1 }],
  ['messaging.messages.publish', { channel: 'c', data: 'x'.repeat(65_535) }],
  ['messaging.messages.batch', {}],
  ['messaging.messages.batch', { messages: [] }],
  ['messaging.messages.batch', { messages: {} }],
  ['messaging.messages.batch', { messages: [{ channel: 'c', data: 1 }], more: 1 }],
  ['messaging.messages.list', {}],
  ['messaging.messages.list', { channel: 'c', limit: 0 }],
  ['messaging.messages.list', { channel: 'c', limit: '5' }],
  ['messaging.messages.list', { channel: 'c', since: 'x' }],
  ['messaging.messages.list', { channel: 'c', since: null }],
  ['messaging.messages.list', { channel: 'c', order: 'up' }],
  ['messaging.messages.list', { channel: 'c', cursor: 'x' }],
  ['messaging.messages.list', { channel: 'c', from: 'a.1' }],
  ['messaging.channels.list', { limit: 1001 }],
  ['messaging.channels.list', { cursor: '' }],
  ['messaging.channels.list', { channel: 'c' }],
  ['messaging.channels.get', {}],
  ['messaging.channels.get', { channel: '_' }],
  ['messaging.channels.get', { channel: 'c', limit: 1 }],
  ['messaging.channels.configure', { historySize: 1 }],
  ['messaging.channels.configure', { channel: 'c', historySize: '1' }],
  ['messaging.channels.configure', { channel: 'c', historyTtlMs: 1 }],
  ['messaging.channels.configure', { channel: 'c', slowConsumer: 'no' }],
  ['messaging.channels.configure', { channel: 'c', maxLength: 1 }],
  ['messaging.presence.list', {}],
  ['messaging.presence.list', { channel: 'c', limit: -1 }],
  ['messaging.presence.list', { channel: 'c', cursor: 'x' }],
  ['messaging.presence.list', { channel: 'c', node: 'n' }],
];
