import type { BadRequest } from '../../support/raw-request.js';

/** Requests that must be refused; the stream `s` has the group `g`, and the stream `typed` a schema. */
const STREAM = '/v1/streams/s';
const ENTRIES = `${STREAM}/entries`;
const BATCH = `${ENTRIES}/batch`;
const GROUP = `${STREAM}/groups/g`;
const RECEIVE = `${GROUP}/receive`;
const COMMIT = `${GROUP}/commit`;
const REPLAY = `${GROUP}/dead-letters/replay`;

export const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const long = 'x'.repeat(129);
const ids = (count: number) => Array.from({ length: count }, (_each, at) => `1-${at}`);
const withEffects = (json: string) =>
  `{"consumer": "c", "items": [{"id": "1-1", "deliveries": 1, "effects": [${json}]}]}`;

export const MALFORMED: BadRequest[] = [
  ['nothing but white space', 400, 'POST', ENTRIES, ' '],
  ['an open object', 400, 'POST', ENTRIES, '{"data": 1'],
  ['two documents', 400, 'POST', ENTRIES, '{"data": 1}{}'],
  ['a byte order mark', 400, 'POST', ENTRIES, '\ufeff{"data": 1}'],
  ['NaN', 400, 'POST', ENTRIES, '{"data": NaN}'],
  ['nesting of 100,000 and no end', 400, 'POST', ENTRIES, `{"data": ${'['.repeat(100_000)}`],
  ['an open batch', 400, 'POST', BATCH, '{"entries": [{"data": 1}'],
  ['an open commit', 400, 'POST', COMMIT, '{"consumer": "c", "items": ['],
];

export const ENTRY_BODIES: BadRequest[] = [
  ['null', 422, 'POST', ENTRIES, 'null'],
  ['an array', 422, 'POST', ENTRIES, '[]'],
  ['an empty object', 422, 'POST', ENTRIES, '{}'],
  ['an unknown field', 422, 'POST', ENTRIES, '{"data": 1, "x": 1}'],
  ['an id', 422, 'POST', ENTRIES, '{"data": 1, "id": "1-1"}'],
  ['the path again', 422, 'POST', ENTRIES, '{"data": 1, "stream": "s"}'],
  ['__proto__', 422, 'POST', ENTRIES, '{"data": 1, "__proto__": {"key": "k"}}'],
  ['__proto__ in the data', 422, 'POST', ENTRIES, '{"data": [{"__proto__": {"x": 1}}]}'],
  ['__proto__ escaped in the data', 422, 'POST', ENTRIES, '{"data": {"\\u005f_proto__": 1}}'],
  ['a key of null', 422, 'POST', ENTRIES, '{"data": 1, "key": null}'],
  ['a key as number', 422, 'POST', ENTRIES, '{"data": 1, "key": 1}'],
  ['an empty key', 422, 'POST', ENTRIES, '{"data": 1, "key": ""}'],
  ['a key of 257 bytes', 422, 'POST', ENTRIES, JSON.stringify({ data: 1, key: 'x'.repeat(257) })],
  ['NUL in a key', 422, 'POST', ENTRIES, '{"data": 1, "key": "a\\u0000"}'],
  ['a lone surrogate in a key', 422, 'POST', ENTRIES, '{"data": 1, "key": "\\ud800"}'],
  ['a lone surrogate in the data', 422, 'POST', ENTRIES, '{"data": "\\ud800"}'],
  ['a lone surrogate as a name in the data', 422, 'POST', ENTRIES, '{"data": {"\\udfff": 1}}'],
  ['1e400', 422, 'POST', ENTRIES, '{"data": 1e400}'],
  ['2^53 + 1', 422, 'POST', ENTRIES, '{"data": [9007199254740993]}'],
  ['nesting of 65', 422, 'POST', ENTRIES, `{"data": ${deep(64)}}`],
  ['data of 65,537 bytes', 422, 'POST', ENTRIES, JSON.stringify({ data: 'x'.repeat(65_535) })],
  ['2 MiB', 413, 'POST', ENTRIES, JSON.stringify({ data: 'x'.repeat(2 * 1_048_576) })],
  ['plain text', 415, 'POST', ENTRIES, '{"data": 1}', 'text/plain'],
  ['a batch that is no array', 422, 'POST', BATCH, '{"entries": {"0": {"data": 1}}}'],
  ['a batch of nothing', 422, 'POST', BATCH, '{"entries": []}'],
  [
    'a batch of 1001',
    422,
    'POST',
    BATCH,
    JSON.stringify({ entries: Array.from({ length: 1001 }, (_each, data) => ({ data })) }),
  ],
  ['a batch with a number', 422, 'POST', BATCH, '{"entries": [{"data": 1}, 2]}'],
  ['a batch with null', 422, 'POST', BATCH, '{"entries": [{"data": 1}, null]}'],
  ['a batch with an entry without data', 422, 'POST', BATCH, '{"entries": [{"data": 1}, {"key": "k"}]}'],
  ['a batch with an unknown field in it', 422, 'POST', BATCH, '{"entries": [{"data": 1, "x": 1}]}'],
  ['a batch with an unknown field', 422, 'POST', BATCH, '{"entries": [{"data": 1}], "x": 1}'],
  ['data that its schema refuses', 422, 'POST', '/v1/streams/typed/entries', '{"data": 1}'],
  [
    'a batch that its schema refuses in part',
    422,
    'POST',
    '/v1/streams/typed/entries/batch',
    '{"entries": [{"data": "a"}, {"data": 1}]}',
  ],
];

export const SETTINGS: BadRequest[] = [
  ['a maxLength of 0', 422, 'PUT', STREAM, '{"maxLength": 0}'],
  ['a maxLength of 1.5', 422, 'PUT', STREAM, '{"maxLength": 1.5}'],
  ['a maxLength as text', 422, 'PUT', STREAM, '{"maxLength": "5"}'],
  ['a maxLength of 10^9 + 1', 422, 'PUT', STREAM, '{"maxLength": 1000000001}'],
  ['a maxAgeMs of -1', 422, 'PUT', STREAM, '{"maxAgeMs": -1}'],
  ['a maxAgeMs of true', 422, 'PUT', STREAM, '{"maxAgeMs": true}'],
  ['a schema as text', 422, 'PUT', STREAM, '{"schema": "{}"}'],
  ['a schema as array', 422, 'PUT', STREAM, '{"schema": []}'],
  ['a schema of an unknown type', 422, 'PUT', STREAM, '{"schema": {"type": "nothing"}}'],
  ['a schema with an unknown keyword', 422, 'PUT', STREAM, '{"schema": {"requried": ["a"]}}'],
  ['a schema with a pattern that is none', 422, 'PUT', STREAM, '{"schema": {"pattern": "("}}'],
  ['a schema from elsewhere', 422, 'PUT', STREAM, '{"schema": {"$ref": "https://example.com/schema"}}'],
  ['a schema of another dialect', 422, 'PUT', STREAM, '{"schema": {"$schema": "https://example.com/x"}}'],
  ['a bad schema beside a good setting', 422, 'PUT', STREAM, '{"maxLength": 1, "schema": {"type": "x"}}'],
  ['an unknown field of a stream', 422, 'PUT', STREAM, '{"retention": 5}'],
  ['XML', 415, 'PUT', STREAM, '<a/>', 'application/xml'],
  ['a place that is none', 422, 'PUT', GROUP, '{"startAt": "end"}'],
  ['a place of null', 422, 'PUT', GROUP, '{"startAt": null}'],
  ['maxDeliveries of 0', 422, 'PUT', GROUP, '{"maxDeliveries": 0}'],
  ['maxDeliveries of null', 422, 'PUT', GROUP, '{"maxDeliveries": null}'],
  ['maxDeliveries of 1001', 422, 'PUT', GROUP, '{"maxDeliveries": 1001}'],
  ['a visibilityTimeoutMs of 99', 422, 'PUT', GROUP, '{"visibilityTimeoutMs": 99}'],
  ['a visibilityTimeoutMs as text', 422, 'PUT', GROUP, '{"visibilityTimeoutMs": "1000"}'],
  ['an unknown field of a group', 422, 'PUT', GROUP, '{"consumer": "c"}'],
  ['no place to move to', 422, 'POST', `${GROUP}/seek`, '{}'],
  ['a place to move to that is none', 422, 'POST', `${GROUP}/seek`, '{"to": "1-1-1"}'],
  ['a place to move to as number', 422, 'POST', `${GROUP}/seek`, '{"to": 1}'],
];

/** Of every route that names deliveries. */
const DELIVERIES = ['ack', 'nack', 'extend'].flatMap((verb): BadRequest[] =>
  [
    ['without ids', '{"consumer": "c"}'],
    ['without a consumer', '{"ids": ["1-1"]}'],
    ['of nothing', '{"consumer": "c", "ids": []}'],
    ['of 1001', JSON.stringify({ consumer: 'c', ids: ids(1001) })],
    ['of an entry twice', '{"consumer": "c", "ids": ["1-1", "1-1"]}'],
    ['of ids that are no array', '{"consumer": "c", "ids": "1-1"}'],
    ['of a number', '{"consumer": "c", "ids": ["1-1", 1]}'],
    ['of milliseconds alone', '{"consumer": "c", "ids": ["1"]}'],
    ['of an id of 16 digits', '{"consumer": "c", "ids": ["1000000000000000-1"]}'],
    ['of a consumer with a space', '{"consumer": "a b", "ids": ["1-1"]}'],
    ['with an unknown field', '{"consumer": "c", "ids": ["1-1"], "x": 1}'],
  ].map(([what = '', body]) => [`${verb} ${what}`, 422, 'POST', `${GROUP}/${verb}`, body]),
);

export const CONSUMERS: BadRequest[] = [
  ...DELIVERIES,
  ['nobody who receives', 422, 'POST', RECEIVE, '{}'],
  ['a consumer of 129', 422, 'POST', RECEIVE, JSON.stringify({ consumer: long })],
  ['a consumer of null', 422, 'POST', RECEIVE, '{"consumer": null}'],
  ['a limit of 0', 422, 'POST', RECEIVE, '{"consumer": "c", "limit": 0}'],
  ['a limit of 1001', 422, 'POST', RECEIVE, '{"consumer": "c", "limit": 1001}'],
  ['a limit as text', 422, 'POST', RECEIVE, '{"consumer": "c", "limit": "1"}'],
  ['a waitMs of -1', 422, 'POST', RECEIVE, '{"consumer": "c", "waitMs": -1}'],
  ['a waitMs of 20,001', 422, 'POST', RECEIVE, '{"consumer": "c", "waitMs": 20001}'],
  ['a delay of -1', 422, 'POST', `${GROUP}/nack`, '{"consumer": "c", "ids": ["1-1"], "delayMs": -1}'],
  ['an empty reason', 422, 'POST', `${GROUP}/nack`, '{"consumer": "c", "ids": ["1-1"], "reason": ""}'],
  ['a reason as object', 422, 'POST', `${GROUP}/nack`, '{"consumer": "c", "ids": ["1-1"], "reason": {}}'],
  ['a replay of nothing', 422, 'POST', REPLAY, '{"ids": []}'],
  ['a replay of null', 422, 'POST', REPLAY, '{"ids": null}'],
  ['a replay of what is no id', 422, 'POST', REPLAY, '{"ids": ["*"]}'],
  ['a replay with a consumer', 422, 'POST', REPLAY, '{"consumer": "c"}'],
];

export const COMMITS: BadRequest[] = [
  ['no items', 422, 'POST', COMMIT, '{"consumer": "c"}'],
  ['nothing', 422, 'POST', COMMIT, '{"consumer": "c", "items": []}'],
  [
    '101 items',
    422,
    'POST',
    COMMIT,
    JSON.stringify({ consumer: 'c', items: ids(101).map((id) => ({ id, deliveries: 1, effects: [] })) }),
  ],
  ['an item that is none', 422, 'POST', COMMIT, '{"consumer": "c", "items": ["1-1"]}'],
  [
    'an item without effects',
    422,
    'POST',
    COMMIT,
    '{"consumer": "c", "items": [{"id": "1-1", "deliveries": 1}]}',
  ],
  [
    'a delivery of 0',
    422,
    'POST',
    COMMIT,
    '{"consumer": "c", "items": [{"id": "1-1", "deliveries": 0, "effects": []}]}',
  ],
  [
    'an id that is none',
    422,
    'POST',
    COMMIT,
    '{"consumer": "c", "items": [{"id": "1", "deliveries": 1, "effects": []}]}',
  ],
  [
    '17 effects',
    422,
    'POST',
    COMMIT,
    withEffects(Array(17).fill('{"kind": "streams.append", "stream": "t", "data": 1}').join()),
  ],
  ['an effect as text', 422, 'POST', COMMIT, withEffects('"streams.append"')],
  ['an effect of null', 422, 'POST', COMMIT, withEffects('null')],
  ['an effect as array', 422, 'POST', COMMIT, withEffects('[]')],
  ['an effect of no kind', 422, 'POST', COMMIT, withEffects('{"stream": "t", "data": 1}')],
  ['an effect of an inherited kind', 422, 'POST', COMMIT, withEffects('{"kind": "toString"}')],
  ['an effect of __proto__', 422, 'POST', COMMIT, withEffects('{"kind": "__proto__"}')],
  [
    'an effect on a stream that is no name',
    422,
    'POST',
    COMMIT,
    withEffects('{"kind": "streams.append", "stream": "a/b", "data": 1}'),
  ],
  [
    'an effect with an unknown field',
    422,
    'POST',
    COMMIT,
    withEffects('{"kind": "streams.append", "stream": "t", "data": 1, "x": 1}'),
  ],
  [
    'an effect with too much data',
    422,
    'POST',
    COMMIT,
    withEffects(JSON.stringify({ kind: 'streams.append', stream: 't', data: 'x'.repeat(65_535) })),
  ],
  [
    'an effect with a bad score',
    422,
    'POST',
    COMMIT,
    withEffects('{"kind": "leaderboards.submit", "board": "b", "member": "m", "score": "1"}'),
  ],
  [
    'a good effect and a bad one',
    422,
    'POST',
    COMMIT,
    withEffects('{"kind": "streams.append", "stream": "t", "data": 1}, {"kind": "x"}'),
  ],
];

export const PATHS: BadRequest[] = [
  ['a slash in a stream', 422, 'GET', '/v1/streams/a%2Fb'],
  ['NUL in a stream', 422, 'GET', '/v1/streams/a%00'],
  ['a brace in a stream', 422, 'PUT', '/v1/streams/a%7Bb%7D', '{}'],
  ['a stream of 129', 422, 'PUT', `/v1/streams/${long}`, '{}'],
  ['a stream that begins with _', 422, 'PUT', '/v1/streams/_', '{}'],
  ['a stream that is not ASCII', 422, 'PUT', '/v1/streams/%C3%A9', '{}'],
  ['a bad stream to append to', 422, 'POST', '/v1/streams/-/entries', '{"data": 1}'],
  ['a bad stream to follow', 422, 'GET', '/v1/streams/-/tail'],
  ['bytes that are no UTF-8 in a stream', 400, 'GET', '/v1/streams/%ff'],
  ['a group of 129', 422, 'PUT', `${STREAM}/groups/${long}`, '{}'],
  ['a group with a slash', 422, 'GET', `${STREAM}/groups/a%2Fb`],
  ['a group that begins with a colon', 422, 'PUT', `${STREAM}/groups/%3Aa`, '{}'],
  ['a group with a brace', 422, 'PUT', `${STREAM}/groups/a%7D`, '{}'],
  ['a stream of a group that is no name', 422, 'PUT', '/v1/streams/_/groups/g', '{}'],
  ['an entry that is no id', 422, 'GET', `${ENTRIES}/abc`],
  ['an entry of milliseconds alone', 422, 'GET', `${ENTRIES}/1`],
  ['an entry of 16 digits', 422, 'DELETE', `${ENTRIES}/1-1000000000000000`],
  ['an entry that is everything', 422, 'DELETE', `${ENTRIES}/-`],
  ['no entry', 404, 'GET', `${ENTRIES}/`],
  ['an entry that is not there', 404, 'DELETE', `${ENTRIES}/1-1`],
  ['a stream that is not there', 404, 'DELETE', '/v1/streams/none'],
  ['a group that is not there', 404, 'POST', `${STREAM}/groups/none/seek`, '{"to": "now"}'],
  [
    'a stream of a group that is not there',
    404,
    'POST',
    '/v1/streams/none/groups/g/receive',
    '{"consumer": "c"}',
  ],
  ['no route', 404, 'GET', `${STREAM}/groups`],
  ['a wrong method', 405, 'PATCH', STREAM, '{}'],
  ['a wrong method of a group', 405, 'GET', RECEIVE],
];

export const QUERIES: BadRequest[] = [
  ...['0', '1001', 'abc', '1e1', '-1', '1.5', ''].flatMap((limit): BadRequest[] =>
    ['/v1/streams', ENTRIES, `${GROUP}/dead-letters`].map((path) => [
      `limit=${limit} of ${path}`,
      422,
      'GET',
      `${path}?limit=${limit}`,
    ]),
  ),
  ['a limit twice', 422, 'GET', `${ENTRIES}?limit=1&limit=2`],
  ['a from that is no place', 422, 'GET', `${ENTRIES}?from=begin`],
  ['a from of an open interval', 422, 'GET', `${ENTRIES}?from=(1-1`],
  ['an empty from', 422, 'GET', `${ENTRIES}?from=`],
  ['a from twice', 422, 'GET', `${ENTRIES}?from=1&from=2`],
  ['a to of everything', 422, 'GET', `${ENTRIES}?to=%2B`],
  ['an unknown order', 422, 'GET', `${ENTRIES}?order=up`],
  ['an inherited name as order', 422, 'GET', `${ENTRIES}?order=constructor`],
  ['an unknown field', 422, 'GET', `${ENTRIES}?offset=10`],
  ['__proto__ as field', 422, 'GET', `${ENTRIES}?__proto__=1`],
  ['a cursor of nonsense', 422, 'GET', `${ENTRIES}?cursor=%ff%00`],
  ['a cursor of 5000', 422, 'GET', `/v1/streams?cursor=${'A'.repeat(5000)}`],
  ['an empty cursor', 422, 'GET', `${GROUP}/dead-letters?cursor=`],
  ['a tail from no place', 422, 'GET', `${STREAM}/tail?from=end`],
  ['a tail from two places', 422, 'GET', `${STREAM}/tail?from=now&from=begin`],
  ['a tail with a limit', 422, 'GET', `${STREAM}/tail?limit=1`],
];
