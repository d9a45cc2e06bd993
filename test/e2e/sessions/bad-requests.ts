import type { BadRequest } from '../../support/raw-request.js';

const SESSIONS = '/v1/sessions';
const USER = '/v1/users/ada/sessions';
const YEAR_AND_MORE_MS = 400 * 86_400_000;
const NO_ID = `00${'0'.repeat(32)}`;

/** A body, and the pointers to all that is wrong with it. */
type BadBody = readonly [what: string, pointers: readonly string[], body: string];

const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const bodyOf = (more: object) => JSON.stringify({ userId: 'ada', ...more });

const wrong = (field: string, values: readonly (readonly [what: string, value: unknown])[]): BadBody[] =>
  values.map(([what, value]) => [`${what} as ${field}`, [`/${field}`], bodyOf({ [field]: value })]);

const TTLS = [
  ['9', 9],
  ['0', 0],
  ['-1000', -1000],
  ['1000.5', 1000.5],
  ['a text', '1000'],
  ['null', null],
  ['more than 400 days', YEAR_AND_MORE_MS + 1],
] as const;

export const CREATE_BODIES: BadBody[] = [
  ['no user', ['/userId'], '{}'],
  ...wrong('userId', [
    ['null', null],
    ['a number', 1],
    ['nothing', ''],
    ['257 bytes', 'x'.repeat(257)],
    ['129 times é', 'é'.repeat(129)],
    ['NUL', 'a\u0000'],
    ['a lone surrogate', '\ud800'],
  ]),
  ...wrong('data', [
    ['null', null],
    ['an array', []],
    ['a text', '{}'],
    ['more than 64 KiB', { a: 'x'.repeat(65_536) }],
    ['a lone surrogate', { a: '\ud800' }],
  ]),
  ...wrong('device', [
    ['null', null],
    ['an array', []],
    ['a number', 1],
    ['nothing', ''],
    ['more than 2 KiB', 'x'.repeat(2049)],
    ['an object of more than 2 KiB', { name: 'x'.repeat(2048) }],
    ['a lone surrogate', '\ud800'],
  ]),
  ...wrong('idleTtlMs', TTLS),
  ...wrong('absoluteTtlMs', TTLS),
  ['an unknown field', ['/ttlMs'], bodyOf({ ttlMs: 1000 })],
  ['a token of one’s own', ['/token'], bodyOf({ token: 'fs_mine' })],
  ['an id of one’s own', ['/sessionId'], bodyOf({ sessionId: NO_ID })],
  ['an inherited name as field', ['/toString'], bodyOf({ toString: 5 })],
  ['two fields wrong', ['/idleTtlMs', '/userId'], bodyOf({ userId: '', idleTtlMs: 0 })],
  ['null', [''], 'null'],
  ['an array', [''], `[${bodyOf({})}]`],
  ['__proto__', [''], '{"userId": "ada", "__proto__": {"data": {}}}'],
];

export const PATCH_BODIES: BadBody[] = [
  ['null', [''], 'null'],
  ['an array', [''], '[]'],
  ['a text', [''], '"a"'],
  ['a number', [''], '1'],
  ['data as array', ['/data'], '{"data": []}'],
  ['data as text', ['/data'], '{"data": "x"}'],
  ['data as number', ['/data'], '{"data": 5}'],
  ['more beside data', ['/device', '/more'], '{"data": {"a": 1}, "more": 1, "device": "x"}'],
  ['more beside no data', ['/userId'], '{"data": null, "userId": "bob"}'],
  ['more than 64 KiB', ['/data'], JSON.stringify({ a: 'x'.repeat(65_536) })],
  ['__proto__', [''], '{"__proto__": {"a": 1}}'],
];

export const MALFORMED: BadRequest[] = [
  ['nothing but white space', 400, 'POST', SESSIONS, ' '],
  ['an open object', 400, 'POST', SESSIONS, '{"userId": "ada"'],
  ['NaN', 400, 'POST', SESSIONS, '{"userId": "ada", "idleTtlMs": NaN}'],
  ['nesting of 65', 422, 'POST', SESSIONS, `{"userId": "ada", "data": ${nested(65)}}`],
  ['2 MiB', 413, 'POST', SESSIONS, bodyOf({ data: { a: 'x'.repeat(2 * 1_048_576) } })],
  ['plain text', 415, 'POST', SESSIONS, bodyOf({}), 'text/plain'],
  ['JSON Patch', 415, 'PATCH', `${SESSIONS}/current`, '[]', 'application/json-patch+json'],
];

/** Requests without a session's token, and paths that are none. */
export const PLACES: BadRequest[] = [
  ['no body', 422, 'POST', SESSIONS],
  ['no token', 401, 'GET', `${SESSIONS}/current`],
  ['no token to patch', 401, 'PATCH', `${SESSIONS}/current`, '{}'],
  ['no token to rotate', 401, 'POST', `${SESSIONS}/current/rotate`],
  ['no token to end', 401, 'DELETE', `${SESSIONS}/current`],
  ['an id that is none', 404, 'DELETE', `${SESSIONS}/none`],
  ['an id in capitals', 404, 'DELETE', `${SESSIONS}/AB${'0'.repeat(32)}`],
  ['an id of 35', 404, 'DELETE', `${SESSIONS}/${NO_ID}0`],
  ['an id of nobody', 404, 'DELETE', `${SESSIONS}/${NO_ID}`],
  ['bytes that are no UTF-8 as user', 400, 'GET', '/v1/users/%ff/sessions'],
  ['NUL in a user', 422, 'GET', '/v1/users/a%00/sessions'],
  ['a user of 257', 422, 'DELETE', `/v1/users/${'x'.repeat(257)}/sessions`],
  ['except that is no id', 422, 'DELETE', `${USER}?except=x`],
  ['except of nobody', 404, 'DELETE', `${USER}?except=${NO_ID}`],
  ['except twice', 422, 'DELETE', `${USER}?except=${NO_ID}&except=${NO_ID}`],
  ['a list of 0', 422, 'GET', `${USER}?limit=0`],
  ['a list of 1001', 422, 'GET', `${USER}?limit=1001`],
  ['a cursor of nobody', 422, 'GET', `${USER}?cursor=abc`],
  ['a field of the query that there is none of', 422, 'GET', `${USER}?userId=bob`],
  ['a query of the current session', 422, 'GET', `${SESSIONS}/current?token=x`],
  ['a token in the query alone', 422, 'GET', `${SESSIONS}/current?sessionToken=x`],
  ['no route', 404, 'GET', '/v1/users/ada'],
  ['a list of all sessions', 405, 'GET', SESSIONS],
  ['a wrong method of a session', 405, 'GET', `${SESSIONS}/${NO_ID}`],
  ['a wrong method of the current session', 405, 'PUT', `${SESSIONS}/current`, '{}'],
];

export const IF_MATCHES = ['1', '', ' ', '"1', '1"', 'W/1', ',', ' , ', '"a"b', '"é"', '"1" "2"'];
