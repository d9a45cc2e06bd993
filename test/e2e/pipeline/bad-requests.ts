import type { BadRequest } from '../../support/raw-request.js';

/** Requests that must be refused; the payload `p` is processed. */
const PAYLOADS = '/v1/pipeline/payloads';
const QUEUE = '/v1/pipeline/queue';
const PROCESSOR = '/v1/pipeline';

export const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const onBoth = (rows: readonly (readonly [what: string, status: number, body?: string, type?: string])[]) =>
  [PAYLOADS, QUEUE].flatMap((path) =>
    rows.map(([what, status, ...more]): BadRequest => [`${what} to ${path}`, status, 'POST', path, ...more]),
  );

export const MALFORMED: BadRequest[] = onBoth([
  ['nothing but white space', 400, ' '],
  ['an open object', 400, '{"id": "a"'],
  ['two documents', 400, '{"id": "a"}{}'],
  ['a byte order mark', 400, '\ufeff{"id": "a"}'],
  ['NaN', 400, '{"id": "a", "value": NaN}'],
  ['nesting of 100,000 and no end', 400, `{"id": "a", "value": ${'['.repeat(100_000)}`],
  ['2 MiB', 413, JSON.stringify({ id: 'a', text: 'x'.repeat(2 * 1_048_576) })],
  ['plain text', 415, '{"id": "a"}', 'text/plain'],
]);

export const PAYLOAD_BODIES: BadRequest[] = onBoth([
  ['nothing', 422],
  ['null', 422, 'null'],
  ['an array', 422, '[]'],
  ['an array of a payload', 422, '[{"id": "a"}]'],
  ['a text', 422, '"a"'],
  ['a number', 422, '1'],
  ['no id', 422, '{"value": 1}'],
  ['an id of another case', 422, '{"ID": "a"}'],
  ['an inherited id', 422, '{"__proto__": {"id": "a"}}'],
  ['__proto__', 422, '{"id": "a", "__proto__": {"x": 1}}'],
  ['__proto__ further down', 422, '{"id": "a", "value": [{"\\u005f_proto__": {"x": 1}}]}'],
  ['an id of null', 422, '{"id": null}'],
  ['an id as number', 422, '{"id": 1}'],
  ['an id as array', 422, '{"id": ["a"]}'],
  ['an id as object', 422, '{"id": {"toString": "a"}}'],
  ['an empty id', 422, '{"id": ""}'],
  ['an id of 257 bytes', 422, JSON.stringify({ id: 'x'.repeat(257) })],
  ['an id of 129 times two bytes', 422, JSON.stringify({ id: 'é'.repeat(129) })],
  ['NUL in an id', 422, '{"id": "a\\u0000"}'],
  ['a line break in an id', 422, '{"id": "a\\n"}'],
  ['a lone surrogate in an id', 422, '{"id": "\\ud800"}'],
  ['a lone surrogate in a field', 422, '{"id": "a", "value": "\\ud800"}'],
  ['a lone surrogate as a name', 422, '{"id": "a", "\\udfff": 1}'],
  ['1e400', 422, '{"id": "a", "value": 1e400}'],
  ['2^53 + 1', 422, '{"id": "a", "value": [9007199254740993]}'],
  ['nesting of 65', 422, `{"id": "a", "value": ${deep(64)}}`],
  [
    '65,537 bytes',
    422,
    JSON.stringify({ id: 'a', text: 'x'.repeat(65_537 - '{"id":"a","text":""}'.length) }),
  ],
]);

export const PROCESSORS: BadRequest[] = [
  ['nothing', 422, 'PUT', PROCESSOR],
  ['an empty object', 422, 'PUT', PROCESSOR, '{}'],
  ['null', 422, 'PUT', PROCESSOR, 'null'],
  ['an array', 422, 'PUT', PROCESSOR, '[false]'],
  ['active of null', 422, 'PUT', PROCESSOR, '{"active": null}'],
  ['active as text', 422, 'PUT', PROCESSOR, '{"active": "false"}'],
  ['active as number', 422, 'PUT', PROCESSOR, '{"active": 0}'],
  ['active as array', 422, 'PUT', PROCESSOR, '{"active": [false]}'],
  ['an unknown field', 422, 'PUT', PROCESSOR, '{"active": false, "x": 1}'],
  ['a count', 422, 'PUT', PROCESSOR, '{"active": false, "processed": 0}'],
  ['__proto__', 422, 'PUT', PROCESSOR, '{"active": false, "__proto__": {}}'],
  ['an open object', 400, 'PUT', PROCESSOR, '{"active": false'],
  ['plain text', 415, 'PUT', PROCESSOR, '{"active": false}', 'text/plain'],
];

export const PATHS: BadRequest[] = [
  ['NUL in an id', 422, 'GET', `${PAYLOADS}/a%00`],
  ['an id of 257', 422, 'GET', `${PAYLOADS}/${'x'.repeat(257)}`],
  ['bytes that are no UTF-8 in an id', 400, 'GET', `${PAYLOADS}/%ff`],
  ['no id', 404, 'GET', `${PAYLOADS}/`],
  ['an id that nobody sent', 404, 'GET', `${PAYLOADS}/none`],
  ['a path in an id', 404, 'GET', `${PAYLOADS}/a/b`],
  ['an id that goes up', 404, 'GET', `${PAYLOADS}/..%2fstate`],
  ['a pattern for ids', 404, 'GET', `${PAYLOADS}/*`],
  ['the list that there is not', 405, 'GET', PAYLOADS],
  ['a payload that is changed', 405, 'PUT', `${PAYLOADS}/p`, '{"id": "p"}'],
  ['a payload that is deleted', 405, 'DELETE', `${PAYLOADS}/p`],
  ['the queue that is read', 405, 'GET', QUEUE],
  ['a processor that is made', 405, 'POST', PROCESSOR, '{"active": false}'],
];
