import type { BadRequest } from '../../support/raw-request.js';

/** Requests that must be refused; `held` is locked, and the only permit of the semaphore `held` is held. */
const LOCKS = '/v1/locks';
const EXTEND = `${LOCKS}/none/extend`;
const HELD = `${LOCKS}/resources/held`;
const PERMITS = '/v1/semaphores/held/permits';
const PERMIT = `${PERMITS}/none`;

const long = 'x'.repeat(129);
const names = (count: number) => Array.from({ length: count }, (_each, at) => `n${at}`);
const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** A body, and the pointers to all that is wrong with it. */
type BadBody = readonly [what: string, pointers: readonly string[], body: string];

/** The fields that locks and permits have in common, in a body that is right without `more`. */
const ofAcquisition = (right: object): BadBody[] => {
  const body = (more: object) => JSON.stringify({ ...right, ...more });
  const json = body({});
  const fields: [what: string, field: string, value: unknown][] = [
    ['without a ttlMs', 'ttlMs', undefined],
    ['a ttlMs of null', 'ttlMs', null],
    ['a ttlMs of 9', 'ttlMs', 9],
    ['a ttlMs of 0', 'ttlMs', 0],
    ['a ttlMs of -1000', 'ttlMs', -1000],
    ['a ttlMs of 10.5', 'ttlMs', 10.5],
    ['a ttlMs as text', 'ttlMs', '1000'],
    ['a ttlMs of a day and 1 ms', 'ttlMs', 86_400_001],
    ['a waitMs of -1', 'waitMs', -1],
    ['a waitMs of 30,001', 'waitMs', 30_001],
    ['a waitMs of 0.5', 'waitMs', 0.5],
    ['a waitMs of true', 'waitMs', true],
    ['a waitMs of null', 'waitMs', null],
    ['an owner of null', 'owner', null],
    ['an owner as number', 'owner', 1],
    ['an empty owner', 'owner', ''],
    ['an owner of 257 bytes', 'owner', 'x'.repeat(257)],
    ['an owner of 129 times é', 'owner', 'é'.repeat(129)],
    ['NUL in an owner', 'owner', 'a\u0000'],
    ['a lone surrogate in an owner', 'owner', '\ud800'],
    ['an unknown field', 'timeoutMs', 5],
    ['an inherited name as field', 'toString', 5],
    ['a fencing token', 'fencingToken', 5],
  ];
  return [
    ...fields.map(([what, field, value]): BadBody => [what, [`/${field}`], body({ [field]: value })]),
    ['everything wrong', ['/owner', '/ttlMs', '/waitMs'], body({ ttlMs: 1, waitMs: -1, owner: '' })],
    ['null', [''], 'null'],
    ['an array', [''], `[${json}]`],
    ['a text', [''], '"held"'],
    ['__proto__', [''], json.replace('{', '{"__proto__": {"waitMs": 1}, ')],
    ['1e400 as ttlMs', [''], body({ ttlMs: 0 }).replace('"ttlMs":0', '"ttlMs":1e400')],
  ];
};

const lockOf = (more: object) => JSON.stringify({ resources: ['a'], ttlMs: 1000, ...more });

/** What is wrong with one of the resources is said of that one. */
export const LOCK_BODIES: BadBody[] = [
  ...ofAcquisition({ resources: ['a'], ttlMs: 1000 }),
  ['an empty object', ['/resources', '/ttlMs'], '{}'],
  ['no resources', ['/resources'], lockOf({ resources: undefined })],
  ['resources of null', ['/resources'], lockOf({ resources: null })],
  ['a resource as text', ['/resources'], lockOf({ resources: 'a' })],
  ['resources as object', ['/resources'], lockOf({ resources: { 0: 'a' } })],
  ['an empty list', ['/resources'], lockOf({ resources: [] })],
  ['17 resources', ['/resources'], lockOf({ resources: names(17) })],
  ['a resource twice', ['/resources'], lockOf({ resources: ['a', 'b', 'a'] })],
  ['a number among them', ['/resources/1'], lockOf({ resources: ['a', 1] })],
  ['null among them', ['/resources/0'], lockOf({ resources: [null] })],
  ['an empty name', ['/resources/1'], lockOf({ resources: ['a', ''] })],
  ['a name with a space', ['/resources/0'], lockOf({ resources: ['a b'] })],
  ['a name of 129', ['/resources/0'], lockOf({ resources: [long] })],
  ['a name that begins with a point', ['/resources/0'], lockOf({ resources: ['.a'] })],
  ['a name with a brace', ['/resources/0'], lockOf({ resources: ['a{b}'] })],
  ['a name that is a pattern', ['/resources/0'], lockOf({ resources: ['a*'] })],
  ['a line break behind a name', ['/resources/0'], lockOf({ resources: ['a\n'] })],
  ['metadata of null', ['/metadata'], lockOf({ metadata: null })],
  ['metadata as array', ['/metadata'], lockOf({ metadata: [] })],
  ['metadata as text', ['/metadata'], lockOf({ metadata: '{}' })],
  ['metadata of more than 64 KiB', ['/metadata'], lockOf({ metadata: { a: 'x'.repeat(65_536) } })],
  ['a lone surrogate in metadata', ['/metadata'], lockOf({ metadata: { a: '\ud800' } })],
  ['permits', ['/permits'], lockOf({ permits: 1 })],
  ['a resource', ['/resource'], lockOf({ resource: 'a' })],
];

const permitOf = (more: object) => JSON.stringify({ permits: 2, ttlMs: 1000, ...more });

export const PERMIT_BODIES: BadBody[] = [
  ...ofAcquisition({ permits: 2, ttlMs: 1000 }),
  ['an empty object', ['/permits', '/ttlMs'], '{}'],
  ['no permits', ['/permits'], permitOf({ permits: undefined })],
  ['permits of 0', ['/permits'], permitOf({ permits: 0 })],
  ['permits of 1001', ['/permits'], permitOf({ permits: 1001 })],
  ['permits of 1.5', ['/permits'], permitOf({ permits: 1.5 })],
  ['permits as text', ['/permits'], permitOf({ permits: '2' })],
  ['permits of null', ['/permits'], permitOf({ permits: null })],
  ['metadata', ['/metadata'], permitOf({ metadata: {} })],
  ['resources', ['/resources'], permitOf({ resources: ['a'] })],
  ['the path again', ['/resource'], permitOf({ resource: 'held' })],
];

export const EXTENSION_BODIES: BadBody[] = [
  ['an empty object', ['/ttlMs'], '{}'],
  ['null', [''], 'null'],
  ['a ttlMs of 9', ['/ttlMs'], '{"ttlMs": 9}'],
  ['a ttlMs of a day and 1 ms', ['/ttlMs'], '{"ttlMs": 86400001}'],
  ['a ttlMs as text', ['/ttlMs'], '{"ttlMs": "1000"}'],
  ['an unknown field', ['/byMs'], '{"ttlMs": 1000, "byMs": 5}'],
  ['a waitMs', ['/waitMs'], '{"ttlMs": 1000, "waitMs": 5}'],
];

export const MALFORMED: BadRequest[] = [
  ['nothing but white space', 400, 'POST', LOCKS, ' '],
  ['an open object', 400, 'POST', LOCKS, '{"resources": ["a"], "ttlMs": 1000'],
  ['two documents', 400, 'POST', LOCKS, '{"resources": ["a"], "ttlMs": 1000}{}'],
  ['a byte order mark', 400, 'POST', LOCKS, `\ufeff${lockOf({})}`],
  ['NaN', 400, 'POST', LOCKS, '{"resources": ["a"], "ttlMs": NaN}'],
  ['a comma too many', 400, 'POST', PERMITS, '{"permits": 2, "ttlMs": 1000,}'],
  ['single quotes', 400, 'POST', EXTEND, "{'ttlMs': 1000}"],
  ['nesting of 100,000 and no end', 400, 'POST', LOCKS, `{"metadata": ${'['.repeat(100_000)}`],
  ['nesting of 65', 422, 'POST', LOCKS, lockOf({}).replace('}', `, "metadata": ${nested(65)}}`)],
  ['2 MiB', 413, 'POST', LOCKS, lockOf({ metadata: { a: 'x'.repeat(2 * 1_048_576) } })],
  ['plain text', 415, 'POST', LOCKS, lockOf({}), 'text/plain'],
  ['XML', 415, 'POST', PERMITS, '<a/>', 'application/xml'],
  ['a form', 415, 'POST', EXTEND, 'ttlMs=1000', 'application/x-www-form-urlencoded'],
];

/** Paths, and requests that are right but for what is held. */
export const PLACES: BadRequest[] = [
  ['no body', 422, 'POST', LOCKS],
  ['no body of a permit', 422, 'POST', PERMITS],
  ['a slash in a resource', 422, 'GET', `${LOCKS}/resources/a%2Fb`],
  ['NUL in a resource', 422, 'GET', `${LOCKS}/resources/a%00`],
  ['a brace in a resource', 422, 'DELETE', `${LOCKS}/resources/a%7Bb%7D`],
  ['a resource of 129', 422, 'GET', `${LOCKS}/resources/${long}`],
  ['a resource that begins with _', 422, 'DELETE', `${LOCKS}/resources/_`],
  ['a resource that is not ASCII', 422, 'GET', `${LOCKS}/resources/%C3%A9`],
  ['bytes that are no UTF-8 in a resource', 400, 'GET', `${LOCKS}/resources/%ff`],
  ['a semaphore with a space', 422, 'POST', '/v1/semaphores/a%20b/permits', permitOf({})],
  ['a semaphore of 129', 422, 'POST', `/v1/semaphores/${long}/permits`, permitOf({})],
  ['a lockId of 129', 422, 'DELETE', `${LOCKS}/${long}`],
  ['a lockId with a space', 422, 'POST', `${LOCKS}/a%20b/extend`, '{"ttlMs": 1000}'],
  ['a permitId of 129', 422, 'DELETE', `${PERMITS}/${long}`],
  ['a permitId that is a pattern', 422, 'POST', `${PERMITS}/*/extend`, '{"ttlMs": 1000}'],
  ['a lock that is none', 409, 'DELETE', `${LOCKS}/none`],
  ['a lock that is none, extended', 409, 'POST', EXTEND, '{"ttlMs": 1000}'],
  ['a permit that is none', 409, 'DELETE', PERMIT],
  ['a permit that is none, extended', 409, 'POST', `${PERMIT}/extend`, '{"ttlMs": 1000}'],
  ['what somebody else has', 423, 'POST', LOCKS, lockOf({ resources: ['free', 'held'] })],
  ['a permit that somebody else has', 423, 'POST', PERMITS, permitOf({ permits: 1 })],
  ['what nobody has, broken', 404, 'DELETE', `${LOCKS}/resources/free`],
  ['a resource without a name', 404, 'GET', `${LOCKS}/resources/`],
  ['no route', 404, 'GET', '/v1/semaphores'],
  ['no route of a semaphore', 404, 'GET', '/v1/semaphores/held'],
  ['a wrong method', 405, 'PUT', LOCKS, lockOf({})],
  ['a wrong method of a lock', 405, 'GET', `${LOCKS}/none`],
  ['a wrong method of a resource', 405, 'POST', HELD, '{}'],
  ['a wrong method of permits', 405, 'GET', PERMITS],
];

/** A query, the pointer to what is wrong with it, and how it is asked. */
export const QUERIES: (readonly [pointer: string, query: string, method?: string, path?: string])[] = [
  ...['0', '1001', 'abc', '1e1', '-1', '1.5', ''].map((limit) => ['/limit', `limit=${limit}`] as const),
  ['/limit', 'limit=1&limit=2'],
  ['/prefix', `prefix=${long}`],
  ['/prefix', 'prefix=a%20b'],
  ['/prefix', 'prefix=*'],
  ['/prefix', 'prefix=%C3%A9'],
  ['/prefix', 'prefix=a%00'],
  ['/prefix', 'prefix=a&prefix=b'],
  ['/offset', 'offset=10'],
  ['/resource', 'resource=held'],
  ['/__proto__', '__proto__=1'],
  ['/toString', 'toString=1'],
  ['/limit', 'limit=1', 'GET', HELD],
  ['/force', 'force=true', 'DELETE', HELD],
  ['/ttlMs', 'ttlMs=1000', 'DELETE', `${LOCKS}/none`],
  ['/prefix', 'prefix=a', 'DELETE', PERMIT],
];

export const CURSORS = ['%ff%00', '', 'x', 'A'.repeat(5000)];
