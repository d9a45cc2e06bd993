import type { BadRequest } from '../../support/raw-request.js';

/** Requests that must be refused, each with the status of its answer; the board `b` has the member `a`. */
const SUBMIT = '/v1/leaderboards/b/submissions';
const BATCH = '/v1/leaderboards/b/submissions/batch';
const LOOKUP = '/v1/leaderboards/b/entries/lookup';
const BOARD = '/v1/leaderboards/b';
export const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
export const withMetadata = (json: string) => `{"member": "a", "score": 9, "metadata": ${json}}`;
export const withScore = (json: string) => `{"member": "a", "score": ${json}}`;
export const withMember = (json: string) => `{"member": ${json}, "score": 9}`;

export const MALFORMED: BadRequest[] = [
  ['nothing but white space', 400, 'POST', SUBMIT, ' '],
  ['an open object', 400, 'POST', SUBMIT, '{"member": "a", "score": 1'],
  ['a trailing comma', 400, 'POST', SUBMIT, '{"member": "a", "score": 1,}'],
  ['single quotes', 400, 'POST', SUBMIT, "{'member': 'a', 'score': 1}"],
  ['two documents', 400, 'POST', SUBMIT, '{"member": "a", "score": 1}{}'],
  ['a comment', 400, 'POST', SUBMIT, '{"member": "a", /* x */ "score": 1}'],
  ['a byte order mark', 400, 'POST', SUBMIT, '\ufeff{"member": "a", "score": 1}'],
  ['a raw control character in a string', 400, 'POST', SUBMIT, '{"member": "a\nb", "score": 1}'],
  ['NaN', 400, 'POST', SUBMIT, withScore('NaN')],
  ['Infinity', 400, 'POST', SUBMIT, withScore('-Infinity')],
  ['a leading zero', 400, 'POST', SUBMIT, withScore('01')],
  ['a hexadecimal number', 400, 'POST', SUBMIT, withScore('0x10')],
  ['undefined', 400, 'POST', SUBMIT, withScore('undefined')],
];

export const WRONG_TYPES: BadRequest[] = [
  ['null', 422, 'POST', SUBMIT, 'null'],
  ['an array', 422, 'POST', SUBMIT, '[]'],
  ['a string', 422, 'POST', SUBMIT, '"a"'],
  ['a number', 422, 'POST', SUBMIT, '1'],
  ['an empty object', 422, 'POST', SUBMIT, '{}'],
  ['a score as text', 422, 'POST', SUBMIT, withScore('"1"')],
  ['a score of null', 422, 'POST', SUBMIT, withScore('null')],
  ['a score of true', 422, 'POST', SUBMIT, withScore('true')],
  ['a score in an array', 422, 'POST', SUBMIT, withScore('[1]')],
  ['a member as number', 422, 'POST', SUBMIT, withMember('1')],
  ['a member of null', 422, 'POST', SUBMIT, withMember('null')],
  ['a member as array', 422, 'POST', SUBMIT, withMember('["a"]')],
  ['a member as object', 422, 'POST', SUBMIT, withMember('{"length": 1}')],
  ['an unknown operator', 422, 'POST', SUBMIT, '{"member": "a", "score": 1, "operator": "max"}'],
  ['an operator of null', 422, 'POST', SUBMIT, '{"member": "a", "score": 1, "operator": null}'],
  [
    'an inherited name as operator',
    422,
    'POST',
    SUBMIT,
    '{"member": "a", "score": 1, "operator": "toString"}',
  ],
  ['metadata of null', 422, 'POST', SUBMIT, withMetadata('null')],
  ['metadata as array', 422, 'POST', SUBMIT, withMetadata('[1]')],
  ['metadata as text', 422, 'POST', SUBMIT, withMetadata('"{}"')],
  ['a batch that is no array', 422, 'POST', BATCH, '{"submissions": {"0": 1}}'],
  ['a lookup of nobody', 422, 'POST', LOOKUP, '{"members": []}'],
  [
    'a lookup of 1001',
    422,
    'POST',
    LOOKUP,
    JSON.stringify({ members: Array.from({ length: 1001 }, String) }),
  ],
  ['a lookup of a number', 422, 'POST', LOOKUP, '{"members": ["a", 1]}'],
  ['a lookup with a ranking of null', 422, 'POST', LOOKUP, '{"members": ["a"], "ranking": null}'],
  ['an order of null', 422, 'PUT', BOARD, '{"order": null}'],
  ['an unknown order', 422, 'PUT', BOARD, '{"order": "up"}'],
  ['denseRanks of null', 422, 'PUT', BOARD, '{"denseRanks": null}'],
  ['denseRanks as number', 422, 'PUT', BOARD, '{"denseRanks": 1}'],
  ['keepSeasons of null', 422, 'PUT', BOARD, '{"keepSeasons": null}'],
  ['keepSeasons of 1001', 422, 'PUT', BOARD, '{"keepSeasons": 1001}'],
  ['keepSeasons of -1', 422, 'PUT', BOARD, '{"keepSeasons": -1}'],
  ['keepSeasons of 1.5', 422, 'PUT', BOARD, '{"keepSeasons": 1.5}'],
  ['a capacity of 0', 422, 'PUT', BOARD, '{"capacity": 0}'],
  ['a capacity as text', 422, 'PUT', BOARD, '{"capacity": "5"}'],
  ['a reset as text', 422, 'PUT', BOARD, '{"reset": "* * * * *"}'],
  ['a reset with seven fields', 422, 'PUT', BOARD, '{"reset": {"cron": "* * * * * * *"}}'],
  ['a reset that never comes', 422, 'PUT', BOARD, '{"reset": {"cron": "0 0 31 2 *"}}'],
  ['a reset out of range', 422, 'PUT', BOARD, '{"reset": {"cron": "60 * * * *"}}'],
  ['a reset nowhere', 422, 'PUT', BOARD, '{"reset": {"cron": "0 0 * * *", "timeZone": "Mars/Olympus"}}'],
  ['a reset with more', 422, 'PUT', BOARD, '{"reset": {"cron": "0 0 * * *", "zone": "UTC"}}'],
];

export const NUMBERS: BadRequest[] = [
  ['1e400', 422, 'POST', SUBMIT, withScore('1e400')],
  ['-1e400', 422, 'POST', SUBMIT, withScore('-1E+400')],
  ['400 digits', 422, 'POST', SUBMIT, withScore('9'.repeat(400))],
  ['2^53 + 1', 422, 'POST', SUBMIT, withScore('9007199254740993')],
  ['-2^53 - 1', 422, 'POST', SUBMIT, withScore('-9007199254740993')],
  ['2^53 + 1 with a fraction of zero', 422, 'POST', SUBMIT, withScore('9007199254740993.0')],
  ['2^53 + 1 with an exponent', 422, 'POST', SUBMIT, withScore('9.007199254740993e15')],
  ['2^53 + 2', 422, 'POST', SUBMIT, withScore('9007199254740994')],
  ['1e16', 422, 'POST', SUBMIT, withScore('1e16')],
  ['1e300', 422, 'POST', SUBMIT, withScore('1e300')],
  ['2^53 + 1 in metadata', 422, 'POST', SUBMIT, withMetadata('{"n": 9007199254740993}')],
  ['1e400 in metadata', 422, 'POST', SUBMIT, withMetadata('{"n": [1e400]}')],
  ['2^53 + 1 in a batch', 422, 'POST', BATCH, `{"submissions": [${withScore('9007199254740993')}]}`],
];

export const TEXTS: BadRequest[] = [
  ['an empty member', 422, 'POST', SUBMIT, withMember('""')],
  ['a member of 257 bytes', 422, 'POST', SUBMIT, withMember(JSON.stringify('x'.repeat(257)))],
  ['a member of 300 bytes', 422, 'POST', SUBMIT, withMember(JSON.stringify('é'.repeat(150)))],
  ['a high surrogate alone', 422, 'POST', SUBMIT, withMember('"a\\ud800"')],
  ['a low surrogate alone', 422, 'POST', SUBMIT, withMember('"\\udc00a"')],
  ['surrogates the wrong way round', 422, 'POST', SUBMIT, withMember('"\\ude00\\ud83d"')],
  ['NUL', 422, 'POST', SUBMIT, withMember('"a\\u0000"')],
  ['a line feed', 422, 'POST', SUBMIT, withMember('"a\\n"')],
  ['an escape', 422, 'POST', SUBMIT, withMember('"\\u001b[31m"')],
  ['DEL', 422, 'POST', SUBMIT, withMember('"\\u007f"')],
  ['a C1 control', 422, 'POST', SUBMIT, withMember('"\\u0085"')],
  ['a lone surrogate in metadata', 422, 'POST', SUBMIT, withMetadata('{"n": "\\ud800"}')],
  ['a lone surrogate as a name in metadata', 422, 'POST', SUBMIT, withMetadata('{"\\udfff": 1}')],
  ['a lone surrogate behind a backslash', 422, 'POST', SUBMIT, withMetadata('{"n": "\\\\\\ud800"}')],
  ['metadata of 65,537 bytes', 422, 'POST', SUBMIT, withMetadata(JSON.stringify({ t: 'x'.repeat(65_529) }))],
  ['a lone surrogate to look up', 422, 'POST', LOOKUP, '{"members": ["\\ud800"]}'],
];

export const FIELDS: BadRequest[] = [
  ['an unknown field', 422, 'POST', SUBMIT, '{"member": "a", "score": 9, "x": 1}'],
  ['the path again', 422, 'POST', SUBMIT, '{"member": "a", "score": 9, "board": "b"}'],
  ['__proto__', 422, 'POST', SUBMIT, '{"member": "a", "score": 9, "__proto__": {"operator": "best"}}'],
  ['__proto__ escaped', 422, 'POST', SUBMIT, '{"member": "a", "score": 9, "\\u005f_proto__": {}}'],
  ['__proto__ in metadata', 422, 'POST', SUBMIT, withMetadata('{"a": [{"__proto__": {"x": 1}}]}')],
  ['__proto__ as all there is', 422, 'POST', SUBMIT, '{"__proto__": {"member": "a", "score": 9}}'],
  ['constructor', 422, 'POST', SUBMIT, '{"member": "a", "score": 9, "constructor": {"prototype": {}}}'],
  ['hasOwnProperty', 422, 'POST', SUBMIT, '{"member": "a", "score": 9, "hasOwnProperty": 1}'],
  ['an unknown field of a board', 422, 'PUT', BOARD, '{"colour": "red"}'],
  ['an unknown field of a lookup', 422, 'POST', LOOKUP, '{"members": ["a"], "limit": 1}'],
  [
    'an unknown field of a batch',
    422,
    'POST',
    BATCH,
    '{"submissions": [{"member": "a", "score": 1}], "x": 1}',
  ],
  ['nesting of 65', 422, 'POST', SUBMIT, withMetadata(`{"d": ${deep(63)}}`)],
  ['nesting of 100,000', 422, 'POST', SUBMIT, withMetadata(`{"d": ${deep(100_000)}}`)],
  ['nesting of 100,000 and no end', 400, 'POST', SUBMIT, withMetadata(`{"d": ${'['.repeat(100_000)}`)],
];

export const BODIES: BadRequest[] = [
  ['2 MiB', 413, 'POST', SUBMIT, withMetadata(JSON.stringify({ t: 'x'.repeat(2 * 1_048_576) }))],
  ['1 MiB and a byte', 413, 'POST', SUBMIT, ' '.repeat(1_048_576 - 27) + '{"member": "a", "score": 12 }'],
  ['plain text', 415, 'POST', SUBMIT, withScore('9'), 'text/plain'],
  ['XML', 415, 'PUT', BOARD, '<a/>', 'application/xml'],
  ['a form', 415, 'POST', SUBMIT, 'member=a&score=9', 'application/x-www-form-urlencoded'],
  ['a media type that is none', 415, 'POST', SUBMIT, withScore('9'), 'json'],
];

const long = 'x'.repeat(129);
export const PATHS: BadRequest[] = [
  ['a slash in a board', 422, 'GET', '/v1/leaderboards/a%2Fb'],
  ['NUL in a board', 422, 'GET', '/v1/leaderboards/a%00'],
  ['a brace in a board', 422, 'PUT', '/v1/leaderboards/a%7Bb%7D', '{}'],
  ['a board of 129', 422, 'PUT', `/v1/leaderboards/${long}`, '{}'],
  ['a board that begins with a dot', 422, 'PUT', '/v1/leaderboards/.b', '{}'],
  ['a board that begins with _', 422, 'PUT', '/v1/leaderboards/_', '{}'],
  ['a board with a space', 422, 'PUT', '/v1/leaderboards/b%20', '{}'],
  ['a board that is not ASCII', 422, 'PUT', '/v1/leaderboards/%C3%A9', '{}'],
  ['bytes that are no UTF-8 in a board', 400, 'GET', '/v1/leaderboards/%ff'],
  ['bytes that are no UTF-8 in a member', 400, 'GET', `${BOARD}/entries/%ff`],
  ['a surrogate in UTF-8', 400, 'GET', `${BOARD}/entries/%ed%a0%80`],
  ['an escape that is cut off', 400, 'GET', `${BOARD}/entries/%e`],
  ['NUL in a member', 422, 'DELETE', `${BOARD}/entries/a%00`],
  ['a line feed in a member', 422, 'GET', `${BOARD}/entries/a%0A`],
  ['a member of 300 bytes', 422, 'GET', `${BOARD}/entries/${'%C3%A9'.repeat(150)}`],
  ['no member', 404, 'GET', `${BOARD}/entries/`],
  ['a slash that is a member', 404, 'GET', `${BOARD}/entries/%2F`],
  ['a season that is no number', 422, 'GET', `${BOARD}/seasons/1.0/entries`],
  ['a negative season', 422, 'GET', `${BOARD}/seasons/-1/entries`],
  ['no route', 404, 'GET', '/v1/leaderboard'],
  ['a wrong method', 405, 'PATCH', BOARD, '{}'],
];

export const QUERIES: BadRequest[] = [
  ...['0', '1001', 'abc', '1e1', '-1', '1.5', '0x10', '', '%2010', '٣', '99999999999999999999'].map(
    (limit): BadRequest => [`limit=${limit}`, 422, 'GET', `${BOARD}/entries?limit=${encodeURI(limit)}`],
  ),
  ['a limit twice', 422, 'GET', `${BOARD}/entries?limit=1&limit=2`],
  ['a limit as array', 422, 'GET', `${BOARD}/entries?limit[]=1`],
  ['a ranking twice', 422, 'GET', `${BOARD}/entries?ranking=dense&ranking=dense`],
  ['a cursor twice', 422, 'GET', `${BOARD}/entries?cursor=a&cursor=a`],
  ['an unknown ranking', 422, 'GET', `${BOARD}/entries/a?ranking=modified`],
  ['an inherited name as ranking', 422, 'GET', `${BOARD}/entries?ranking=constructor`],
  ['an unknown field', 422, 'GET', `${BOARD}/entries?offset=10`],
  ['__proto__ as field', 422, 'GET', `${BOARD}/entries?__proto__=1`],
  ['a limit where there is none', 422, 'GET', `${BOARD}/entries/a?limit=1`],
  ['a cursor where there is none', 422, 'GET', `${BOARD}/entries/a/around?cursor=a`],
  ['a limit of boards', 422, 'GET', '/v1/leaderboards?limit=1001'],
  ['a limit of seasons', 422, 'GET', `${BOARD}/seasons?limit=0`],
  ['an empty cursor', 422, 'GET', `${BOARD}/entries?cursor=`],
  ['a cursor of nonsense', 422, 'GET', `${BOARD}/entries?cursor=%ff%00`],
  ['a cursor of 5000', 422, 'GET', `${BOARD}/entries?cursor=${'A'.repeat(5000)}`],
  ['seasons that are neither', 422, 'DELETE', `${BOARD}/entries/a?seasons=some`],
  ['seasons twice', 422, 'DELETE', `${BOARD}/entries/a?seasons=all&seasons=all`],
];
