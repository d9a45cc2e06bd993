import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { MAX_JSON_DEPTH, MAX_JSON_PARTS, parseJson } from './parse-json.js';

function codeOf(text: string): string | undefined {
  try {
    parseJson(text);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

const nested = (levels: number, open = '[', close = ']', inside = '') =>
  open.repeat(levels) + inside + close.repeat(levels);

describe('parseJson', () => {
  it('gives what JSON.parse gives for any document of doubles without a member called __proto__', () => {
    // Integers beyond 2^53 have a test of their own.
    const withoutBigIntegers = (_name: string, value: unknown) =>
      Number.isInteger(value) && !Number.isSafeInteger(value) ? 0 : value;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value, withoutBigIntegers);
        fc.pre(!text.includes('__proto__'));
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '',
    ' ',
    '{',
    '{"a":1,}',
    "{'a':1}",
    'NaN',
    '-Infinity',
    '01',
    '1.',
    '.5',
    '+1',
    '0x1',
    'undefined',
    '"\n"',
    '\ufeff{}',
    '{}{}',
    '"\\x"',
  ])('refuses %j as malformed', (text) => expect(codeOf(text)).toBe('request.malformed-json'));

  it.each([
    ['9007199254740992', undefined],
    ['-9007199254740992', undefined],
    ['9007199254740993', 'request.invalid'],
    ['-9007199254740993', 'request.invalid'],
    ['9007199254740994', undefined],
    ['9007199254740992.0', undefined],
    ['9007199254740993.0', 'request.invalid'],
    ['9007199254740992.5', 'request.invalid'],
    ['9.007199254740992e15', undefined],
    ['9.007199254740992E+15', undefined],
    ['9.0071992547409920e15', undefined],
    ['0.9007199254740992e16', undefined],
    ['90071992547409920e-1', undefined],
    ['9.007199254740993e15', 'request.invalid'],
    ['-90071992547409930e-1', 'request.invalid'],
    ['90071992547409921e-1', 'request.invalid'],
    ['1e308', undefined],
    ['1e309', 'request.invalid'],
    ['-1e400', 'request.invalid'],
    ['1E+400', 'request.invalid'],
    ['1' + '0'.repeat(400), 'request.invalid'],
    ['1' + '0'.repeat(22), undefined],
    ['1' + '0'.repeat(23), 'request.invalid'],
    ['0.1', undefined],
    ['5e-324', undefined],
    ['-0', undefined],
    ['-0.0e0', undefined],
    ['1234567890.12345678901234567890', undefined],
  ])('answers the number %s with %s, wherever it stands', (numeral, wanted) => {
    for (const text of [numeral, `[${numeral}]`, `{"a": {"b": [0, ${numeral} ]}}`, ` ${numeral}\n`]) {
      expect(codeOf(text)).toBe(wanted);
    }
    expect(codeOf(JSON.stringify({ [numeral]: numeral }))).toBeUndefined();
    expect(codeOf(`"\\"${numeral}"`)).toBeUndefined();
  });

  it('takes a numeral as long as a body in no time', () => {
    expect(codeOf(`9007199254740992.${'0'.repeat(1_000_000)}`)).toBeUndefined();
    expect(codeOf(`9007199254740992.${'0'.repeat(1_000_000)}1`)).toBe('request.invalid');
    expect(codeOf('9'.repeat(1_000_000))).toBe('request.invalid');
  });

  it('refuses a member called __proto__ however it is written, and nothing that only looks so', () => {
    for (const name of [
      '"__proto__"',
      '"\\u005f_proto__"',
      '"__prot\\u006f__"',
      '"\\u005F\\u005f\\u0070roto__"',
    ]) {
      expect(codeOf(`{${name}: 1}`)).toBe('request.invalid');
      expect(codeOf(`{"a": [{"b": 1, ${name} \n\t : {}}]}`)).toBe('request.invalid');
      expect(codeOf(`{"a": ${name}}`)).toBeUndefined();
      expect(codeOf(`[${name}]`)).toBeUndefined();
    }
    expect(codeOf('{"\\\\u005f_proto__": 1}')).toBeUndefined();
    expect(codeOf('{"x__proto__": 1, "__proto": 2, "constructor": 3, "prototype": 4}')).toBeUndefined();
    expect(codeOf('{"a": "\\"__proto__\\": 1"}')).toBeUndefined();
    expect(codeOf(`{"__proto__"${' '.repeat(500)}: 1}`)).toBe('request.invalid');
  });

  it('takes nesting up to its limit', () => {
    expect(codeOf(nested(MAX_JSON_DEPTH))).toBeUndefined();
    expect(codeOf(nested(MAX_JSON_DEPTH + 1))).toBe('request.invalid');
    expect(codeOf(nested(MAX_JSON_DEPTH, '{"a":', '}', '1'))).toBeUndefined();
    expect(codeOf(nested(MAX_JSON_DEPTH + 1, '{"a":', '}', '1'))).toBe('request.invalid');
    expect(codeOf(nested(200_000))).toBe('request.invalid');
    expect(codeOf(`[${'[],'.repeat(1000)}[]]`)).toBeUndefined();
    expect(codeOf(JSON.stringify(nested(1000)))).toBeUndefined();
  });

  it('takes objects, arrays and members up to their number, wherever they are', () => {
    const members = (count: number) => Array.from({ length: count }, (_, at) => `"${at}":":[{"`).join(',');
    expect(codeOf(`{${members(MAX_JSON_PARTS - 1)}}`)).toBeUndefined();
    expect(codeOf(`{${members(MAX_JSON_PARTS)}}`)).toBe('request.invalid');
    for (const [item, parts] of [
      ['{}', 1],
      ['[]', 1],
      ['{"a":1}', 2],
      ['[[{"a":{}}]]', 5],
    ] as const) {
      const most = Math.floor((MAX_JSON_PARTS - 1) / parts);
      expect(codeOf(`[${`${item},`.repeat(most - 1)}${item}]`), item).toBeUndefined();
      expect(codeOf(`[${`${item},`.repeat(most)}${item}]`), item).toBe('request.invalid');
    }
    expect(codeOf(`[${'0,'.repeat(MAX_JSON_PARTS)}0]`)).toBeUndefined();
  });

  it('refuses what is nested too deep before it is parsed, whether it ends or not', () => {
    const parse = vi.spyOn(JSON, 'parse');
    try {
      expect(codeOf(nested(500_000))).toBe('request.invalid');
      for (const text of ['['.repeat(1_000_000), '{"a":'.repeat(200_000), `${'['.repeat(65)}"`]) {
        expect(codeOf(text)).toBe('request.malformed-json');
      }
      expect(parse).not.toHaveBeenCalled();
      expect(codeOf(`["${'['.repeat(100)}\\"`)).toBe('request.malformed-json');
      expect(codeOf(`["${'['.repeat(100)}`)).toBe('request.malformed-json');
    } finally {
      parse.mockRestore();
    }
  });
});
