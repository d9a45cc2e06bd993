import fc, { type Arbitrary } from 'fast-check';
import type { RequestPart } from './fuzz-request.js';

const PATH_PARTS = [
  ...['', '.', '..', '%2e%2e', '%', '%zz', '%0', '%00', '%2F', '..%2f..%2fetc%2fpasswd', '%5c', '%0d%0aX:y'],
  '%c3%28',
  '%ff',
  '%ED%A0%80',
  '%u0041',
  '%F0%9F%8F%86',
  '\xff',
  ';a=b',
  '+',
  '*',
  '{}',
  '%3F',
  '%23',
  ':x',
  '~',
  '-',
  '_',
  '0',
  '-1',
  'null',
  '__proto__',
  'x'.repeat(129),
  '%C3%A9'.repeat(129),
  'z'.repeat(12_000),
];

const QUERIES = [
  ...['limit=0', 'limit=1001', 'limit=-1', 'limit=1e2', 'limit=', 'limit', 'limit=5&limit=6', 'limit[]=5'],
  ...['limit=%31', 'limit=%zz', 'limit=9007199254740993', 'limit=+5', 'limit=٥', 'limit=1.0', 'limit=0x5'],
  'top=0',
  'top=1001',
  'top=x',
  'ranking=Dense',
  'ranking=',
  'ranking=dense&ranking=dense',
  'seasons=none',
  ...['from=', 'from=x', 'from=begin', 'from=1-1-1', 'to=-', 'to=%2B', 'from=1&from=2', 'order=up', 'order='],
  ...['since=', 'since=x', 'since=a.1', 'since=a.1.1', 'since=a.1&since=b.2', 'since=999999999999999.1'],
  ...['channel=', 'channel=a b', 'channel[]=a', 'channel=a&channel=a', 'pattern=', 'pattern=[', 'pattern=**'],
  ...['access_token=', 'access_token=x', 'access_token=x&access_token=y'],
  ...['cursor=', 'cursor=x', 'cursor=%00', `cursor=${'A'.repeat(5000)}`, 'cursor=e30', 'cursor=a&cursor=b'],
  ...['extra=1', '__proto__=1', '__proto__[a]=1', 'constructor=1', '=', '&&&', '%', '?', '=&=', 'tenant=..'],
].map((text) => text.replaceAll(/[^\x21-\xff]/gu, encodeURIComponent));

const CONTENT_TYPES = [
  ...['application/json; charset=utf-8', 'application/json;charset=UTF-16', 'APPLICATION/JSON', 'text/plain'],
  'application/jsonx',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '*/*',
  'json',
  'application/problem+json',
  ';',
  '',
  'application/json, text/html',
  'application/json\xff',
  'a'.repeat(500),
];

const METHODS = [
  'HEAD',
  'OPTIONS',
  'PATCH',
  'PUT',
  'POST',
  'GET',
  'DELETE',
  'TRACE',
  'PROPFIND',
  'QUERY',
  'LOCK',
];

const STRANGE_HEADERS: Readonly<Record<string, readonly string[]>> = {
  'x-request-id': ['', ' ', 'a b', 'x'.repeat(129), '\xff', '"', 'x'.repeat(128)],
  'idempotency-key': ['', ' ', 'a b', 'x'.repeat(256), '\xff', 'x'.repeat(255), '__proto__'],
  'last-event-id': [
    '',
    ' ',
    '0-0',
    '1',
    'x',
    '\xff',
    `${'9'.repeat(15)}-${'9'.repeat(15)}`,
    '9'.repeat(40),
    'a.1.1',
    '#',
  ],
  prefer: [
    'respond-async',
    'wait=5, Respond-Async; x=1',
    'respond-asynchronous',
    '',
    ',',
    '\xff',
    'x'.repeat(5000),
  ],
  'x-forwarded-for': ['10.0.0.1', 'x', '\xff', '1,'.repeat(200)],
  accept: ['text/html', 'x', '*/*;q=2'],
  'accept-encoding': ['gzip', 'zstd, *'],
  'content-encoding': ['gzip', 'br', 'x'],
  'if-match': ['*', '"1"'],
  expect: ['100-continue', 'x'],
  host: ['', 'a b', 'x'.repeat(300), '[::1', 'é'],
  te: ['trailers', '\xff'],
};

/** One header is none of this service, or not as it should be. */
export function strangeHeader(part: RequestPart): Arbitrary<RequestPart> {
  const header = fc
    .constantFrom(...Object.entries(STRANGE_HEADERS))
    .chain(([name, values]) => fc.constantFrom(...values).map((value) => [name, value] as const));
  const type = fc.constantFrom(...CONTENT_TYPES).map((value) => ['content-type', value] as const);
  return fc.oneof(header, type).map(([name, value]) => ({
    ...part,
    kind: 'strange' as const,
    headers: { ...part.headers, [name]: value },
  }));
}

/** One segment of the path, or the query, is wrong. */
export function faultyTarget(part: RequestPart): Arbitrary<RequestPart> {
  const [path = '', query = ''] = part.target.split('?');
  const segments = path.split('/');
  const inPath = fc
    .tuple(fc.integer({ min: 1, max: segments.length }), fc.constantFrom(...PATH_PARTS))
    .map(([at, text]) => `${segments.with(Math.min(at, segments.length - 1), text).join('/')}?${query}`);
  const inQuery = fc.constantFrom(...QUERIES).map((text) => `${path}?${text}${query ? `&${query}` : ''}`);
  const longer = fc
    .constantFrom('/', '//', '/..', '/x', '#x', '?', '%20', '/%2e')
    .map((end) => `${path}${end}`);
  return fc
    .oneof(
      { arbitrary: inPath, weight: 4 },
      { arbitrary: inQuery, weight: 4 },
      { arbitrary: longer, weight: 1 },
    )
    .map((target) => ({ ...part, kind: 'faulty' as const, target }));
}

/** Another method, or a body where none belongs. */
export function otherMethod(part: RequestPart): Arbitrary<RequestPart> {
  const strange = fc.constantFrom(...METHODS).map((method) => ({ ...part, kind: 'faulty' as const, method }));
  const withBody = fc.constant({
    ...part,
    kind: 'faulty' as const,
    body: '{}',
    headers: { ...part.headers, 'content-type': 'application/json' },
  });
  return fc.oneof({ arbitrary: strange, weight: 4 }, { arbitrary: withBody, weight: 1 });
}
