import type { BadRequest } from '../../support/raw-request.js';

const JOBS = '/v1/jobs';
const APPEND = { kind: 'streams.append', payload: { stream: 's', data: 1 } };

const post = (what: string, body: unknown, status = 422, type = 'application/json'): BadRequest => [
  what,
  status,
  'POST',
  JOBS,
  typeof body === 'string' ? body : JSON.stringify(body),
  type,
];
const job = (what: string, more: object): BadRequest => post(what, { ...APPEND, ...more });
const kind = (what: string, of: string, payload: unknown): BadRequest => post(what, { kind: of, payload });
const request = (what: string, payload: object): BadRequest =>
  kind(what, 'http.request', { url: 'http://127.0.0.1:9/', ...payload });

export const MALFORMED: BadRequest[] = [
  ['nothing', 422, 'POST', JOBS],
  post('white space', ' ', 400),
  post('an open object', '{"kind": "streams.append"', 400),
  post('two documents', '{}{}', 400),
  post('NaN', '{"kind": "streams.append", "payload": {"stream": "s", "data": NaN}}', 400),
  post('2 MiB', { ...APPEND, payload: { stream: 's', data: 'x'.repeat(2 * 1_048_576) } }, 413),
  post('plain text', '{}', 415, 'text/plain'),
  post('null', 'null'),
  post('an array', [APPEND]),
  post('a text', '"a"'),
  post('__proto__', '{"__proto__": {"kind": "streams.append"}}'),
];

export const JOBS_OF_NO_USE: BadRequest[] = [
  post('an empty object', {}),
  post('no kind', { payload: APPEND.payload }),
  post('no payload', { kind: 'streams.append' }),
  job('an unknown field', { more: 1 }),
  job('an unknown kind', { kind: 'streams.trim' }),
  job('an effect that is no job', { kind: 'pipeline.complete', payload: { id: 'a', result: {} } }),
  job('an inherited kind', { kind: 'toString' }),
  job('a kind of null', { kind: null }),
  job('a payload of null', { payload: null }),
  job('a payload as array', { payload: [] }),
  job('a payload as text', { payload: 'a' }),
  job('an id as number', { jobId: 1 }),
  job('an empty id', { jobId: '' }),
  job('an id of 257 bytes', { jobId: 'x'.repeat(257) }),
  job('an id of 129 times two bytes', { jobId: 'é'.repeat(129) }),
  job('NUL in an id', { jobId: 'a\u0000' }),
  post(
    'a lone surrogate in an id',
    `{"kind":"streams.append","payload":{"stream":"s","data":1},"jobId":"\\ud800"}`,
  ),
  job('no attempt', { attempts: 0 }),
  job('101 attempts', { attempts: 101 }),
  job('half an attempt', { attempts: 1.5 }),
  job('attempts as text', { attempts: '5' }),
  job('a priority of 0', { priority: 0 }),
  job('too large a priority', { priority: 2_097_152 }),
  job('backoff as number', { backoff: 5 }),
  job('backoff of another type', { backoff: { type: 'linear', delayMs: 1 } }),
  job('backoff without a delay', { backoff: { type: 'fixed' } }),
  job('backoff of more than a day', { backoff: { type: 'fixed', delayMs: 86_400_001 } }),
  job('backoff with a jitter', { backoff: { type: 'fixed', delayMs: 1, jitter: 1 } }),
];

export const TIMES: BadRequest[] = [
  job('a delay of less than nothing', { delayMs: -1 }),
  job('a delay of 400 days and a moment', { delayMs: 400 * 86_400_000 + 1 }),
  job('a delay as text', { delayMs: '5' }),
  job('an instant without a zone', { runAt: '2030-01-01T00:00:00' }),
  job('an instant of another zone', { runAt: '2030-01-01T00:00:00+01:00' }),
  job('a day', { runAt: '2030-01-01' }),
  job('an instant that is none', { runAt: '2026-02-30T00:00:00Z' }),
  job('an instant as number', { runAt: 5 }),
  job('an instant in a century', { runAt: '2126-01-01T00:00:00Z' }),
  job('delay and instant', { delayMs: 1, runAt: '2026-01-01T00:00:00Z' }),
  job('delay and cron', { delayMs: 1, cron: '* * * * *' }),
  job('instant and cron', { runAt: '2026-01-01T00:00:00Z', cron: '* * * * *' }),
  job('a zone alone', { timeZone: 'UTC' }),
  job('cron of four fields', { cron: '* * * *' }),
  job('cron of seven fields', { cron: '* * * * * * 2030' }),
  job('a nickname of cron', { cron: '@daily' }),
  job('a second of 60', { cron: '60 * * * * *' }),
  job('an hour of 24', { cron: '0 24 * * *' }),
  job('a day that never comes', { cron: '0 0 31 2 *' }),
  job('words as cron', { cron: 'a b c d e' }),
  job('an empty cron', { cron: '' }),
  job('cron of 129 characters', { cron: `${'0,'.repeat(60)}0 0 * * *` }),
  job('cron as object', { cron: { cron: '* * * * *' } }),
  job('a zone on Mars', { cron: '* * * * *', timeZone: 'Mars/Olympus' }),
  job('no zone', { cron: '* * * * *', timeZone: '' }),
  job('cron and an id of 241 bytes', { cron: '* * * * *', jobId: 'x'.repeat(241) }),
];

export const PAYLOADS: BadRequest[] = [
  kind('no stream', 'streams.append', { data: 1 }),
  kind('a stream with a space', 'streams.append', { stream: 'a b', data: 1 }),
  kind('no data', 'streams.append', { stream: 's' }),
  kind('another kind within', 'streams.append', { stream: 's', data: 1, kind: 'streams.append' }),
  kind('more than an entry takes', 'streams.append', { stream: 's', data: 'x'.repeat(65_536) }),
  kind('no channel', 'messaging.publish', { data: 1 }),
  kind('a channel that is none', 'messaging.publish', { channel: '*', data: 1 }),
  kind('no member', 'leaderboards.submit', { board: 'b', score: 1 }),
  kind('a score that is none', 'leaderboards.submit', { board: 'b', member: 'm', score: '1' }),
  kind('an operator that is none', 'leaderboards.submit', {
    board: 'b',
    member: 'm',
    score: 1,
    operator: 'x',
  }),
  kind('a payload without an id', 'pipeline.process', { value: 1 }),
  kind('a payload whose id is none', 'pipeline.process', { id: 5 }),
  kind('too large a payload', 'pipeline.process', { id: 'a', text: 'x'.repeat(65_536) }),
];

export const REQUESTS: BadRequest[] = [
  kind('no URL', 'http.request', {}),
  kind('a URL on another host', 'http.request', { url: 'http://elsewhere.example/' }),
  request('a path', { url: '/hook' }),
  request('a file', { url: 'file:///etc/passwd' }),
  request('another port', { url: 'http://127.0.0.1:10/' }),
  request('a password in a URL', { url: 'http://user:password@127.0.0.1:9/' }),
  request('a URL of 2049 characters', { url: `http://127.0.0.1:9/${'x'.repeat(2030)}` }),
  request('a method that is none', { method: 'TRACE' }),
  request('a method in small letters', { method: 'get' }),
  request('a body with GET', { method: 'GET', body: 'a' }),
  request('headers as array', { headers: [] }),
  request('a header as number', { headers: { a: 1 } }),
  request('a line break in a header', { headers: { a: 'b\r\nc: d' } }),
  request('a space around a header', { headers: { a: ' b' } }),
  request('a header that is no token', { headers: { 'a b': 'c' } }),
  request('a header twice', { headers: { a: 'b', A: 'c' } }),
  request('the host as header', { headers: { Host: 'elsewhere.example' } }),
  request('a key of its own', { headers: { 'Idempotency-Key': 'a' } }),
  request('a length of its own', { headers: { 'content-length': '1' } }),
  request('33 headers', {
    headers: Object.fromEntries(Array.from({ length: 33 }, (_e, n) => [`a${n}`, 'b'])),
  }),
  request('too long a header', { headers: { a: 'x'.repeat(4097) } }),
  request('no time', { timeoutMs: 0 }),
  request('more than a minute', { timeoutMs: 60_001 }),
  request('an unknown field', { redirect: 'follow' }),
];

/** The job `later` is delayed, and so is a run of the schedule `daily`. */
export const PATHS: BadRequest[] = [
  ['NUL in an id', 422, 'GET', `${JOBS}/a%00`],
  ['an id of 257', 422, 'GET', `${JOBS}/${'x'.repeat(257)}`],
  ['bytes that are no UTF-8 in an id', 400, 'DELETE', `${JOBS}/%ff`],
  ['an id that nobody has', 404, 'GET', `${JOBS}/none`],
  ['a key of Redis', 404, 'GET', `${JOBS}/j.later`],
  ['a key of BullMQ', 404, 'DELETE', `${JOBS}/meta`],
  ['a pattern', 404, 'DELETE', `${JOBS}/*`],
  ['a run that there is not', 404, 'GET', `${JOBS}/daily:5`],
  ['a run of nothing', 404, 'GET', `${JOBS}/:5`],
  ['a job that did not fail', 409, 'POST', `${JOBS}/later/retry`],
  ['a schedule', 409, 'POST', `${JOBS}/daily/retry`],
  ['a job that is changed', 405, 'PUT', `${JOBS}/later`, '{}'],
  ['all jobs', 405, 'DELETE', JOBS],
  ['a retry that is read', 405, 'GET', `${JOBS}/later/retry`],
  ['a state that is none', 422, 'GET', `${JOBS}?state=prioritized`],
  ['two states', 422, 'GET', `${JOBS}?state=failed&state=delayed`],
  ['a cursor of nothing', 422, 'GET', `${JOBS}?cursor=abc`],
];
