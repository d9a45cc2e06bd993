import fc, { type Arbitrary } from 'fast-check';
import { changedAt, placesIn, RawJson, writeJson } from './json-text.js';

const MIB = 1_048_576;

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

/** JSON texts, valid or not, that stand where another value belongs. */
const HOSTILE = [
  ...['9007199254740991', '9007199254740992', '9007199254740993', '-9007199254740993', '9007199254740992.5'],
  ...['1e308', '-1e308', '1e309', '-0', '-0.0', '5e-324', '0.1', '1.5', '-1', '0', '1e2', '01', '1.', '0x10'],
  'NaN',
  'Infinity',
  '-Infinity',
  'undefined',
  'null',
  'true',
  '[]',
  '{}',
  '[[]]',
  '{"a":[]}',
  '""',
  '" "',
  ...['"1"', '"\\u0000"', '"a\\u0007b"', '"\\ud800"', '"\\udc00x"', '"\u0001"', '"\\x"', '"a\\\\ud800"'],
  ...['"\u2028"', '"👨‍👩‍👧‍👦"', '"../../etc/passwd"', '"%00"', '"${7*7}"', '"{{7*7}}"', '"\\u202e"'],
  ...['"__proto__"', '{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}'],
  ...['{"\\u005f_proto__":1}', '{"toString":1,"valueOf":2}', '{"length":1000,"0":"a"}', '{"":""}'],
  ...[`"${'x'.repeat(257)}"`, `"${'é'.repeat(129)}"`, `"${'x'.repeat(70_000)}"`, `"${'👍'.repeat(2000)}"`],
  ...[nested(65), nested(10_000), '{"a":'.repeat(65) + '1' + '}'.repeat(65), '1'.repeat(400)],
];

const STRANGE_NAMES = ['extra', '__proto__', 'toString', 'constructor', '', 'a/b~c', '\u0000', 'é', 'status'];

/** The JSON of a valid value with one fault in it. */
type Fault = (valid: unknown) => string;

const hostile = fc.constantFrom(...HOSTILE);
/** A place in a value that is not known yet. */
const somewhere = fc.nat().map((at) => (valid: unknown) => {
  const places = placesIn(valid);
  return places[at % places.length] ?? [];
});
const someField = fc.nat().map((at) => (valid: unknown) => {
  const fields = Object.keys(Object(valid) as object);
  return fields[at % fields.length] ?? 'extra';
});

const replaced: Arbitrary<Fault> = fc.tuple(somewhere, hostile).map(
  ([at, text]) =>
    (valid) =>
      writeJson(changedAt(valid, at(valid), () => new RawJson(text))),
);

const wrapped: Arbitrary<Fault> = somewhere.map(
  (at) => (valid) => writeJson(changedAt(valid, at(valid), (old) => [old])),
);

const withMember = (name: string, text: string) => (old: unknown) =>
  typeof old === 'object' && old !== null && !Array.isArray(old)
    ? Object.fromEntries([...Object.entries(old), [name, new RawJson(text)]])
    : [old, new RawJson(text)];

const extended: Arbitrary<Fault> = fc.tuple(somewhere, fc.constantFrom(...STRANGE_NAMES), hostile).map(
  ([at, name, text]) =>
    (valid) =>
      writeJson(changedAt(valid, at(valid), withMember(name, text))),
);

const lacking: Arbitrary<Fault> = someField.map((field) => (valid) => {
  const kept = Object.entries(Object(valid) as object).filter(([name]) => name !== field(valid));
  return writeJson(Object.fromEntries(kept));
});

/** One member twice, which no value can show. */
const doubled: Arbitrary<Fault> = fc.tuple(someField, hostile).map(
  ([field, text]) =>
    (valid) =>
      `{${JSON.stringify(field(valid))}:${text},${writeJson(valid).slice(1)}`,
);

/** So many distinct items, members or characters in one field that the body is nearly as long as it may be. */
const swollen: Arbitrary<Fault> = fc
  .tuple(someField, fc.constantFrom(32_000, MIB / 8 - 1024))
  .map(([field, count]) => (valid) => {
    const fields = Object(valid) as Record<string, unknown>;
    return writeJson({ ...fields, [field(valid)]: new RawJson(manyLike(fields[field(valid)], count)) });
  });

function manyLike(value: unknown, count: number): string {
  if (typeof value !== 'object' || value === null) return `"${'y'.repeat(8 * count)}"`;
  const names = Array.from({ length: count }, (_, at) => `"${at.toString(36)}"`);
  return Array.isArray(value) ? `[${names.join(',')}]` : `{${names.map((name) => `${name}:0`).join(',')}}`;
}

/** The JSON of `value` with a single fault in it; with `upTo1MiB`, some of it is as long as a body may be. */
export function nearlyValid(
  value: Arbitrary<unknown>,
  { upTo1MiB }: { upTo1MiB: boolean },
): Arbitrary<string> {
  const fault = fc.oneof(
    { arbitrary: replaced, weight: 5 },
    { arbitrary: extended, weight: 2 },
    { arbitrary: lacking, weight: 2 },
    { arbitrary: wrapped, weight: 1 },
    { arbitrary: doubled, weight: 1 },
    { arbitrary: swollen, weight: upTo1MiB ? 1 : 0 },
  );
  return fc.tuple(value, fault).map(([valid, apply]) => apply(valid));
}

/** Bodies that are no JSON, or hardly: bytes, pieces, other encodings, and bodies at the limit and beyond. */
export function garbage(valid: Arbitrary<string>): Arbitrary<string | Buffer> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    {
      weight: 4,
      arbitrary: fc.tuple(valid, fc.nat()).map(([text, end]) => text.slice(0, end % (text.length + 1))),
    },
    { weight: 2, arbitrary: valid.map((text) => `\ufeff${text}`) },
    { weight: 2, arbitrary: valid.map((text) => `${text}${text}`) },
    { weight: 2, arbitrary: valid.map((text) => Buffer.from(text, 'utf16le')) },
    { weight: 2, arbitrary: valid.map((text) => Buffer.from(text.replace('"', '"\xff\xc3('), 'latin1')) },
    { weight: 2, arbitrary: fc.constantFrom(...HOSTILE) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('[', '{"a":', '1', ' ', '"', '\\', '[0,').map((text) => filling(text, MIB)),
    },
    { weight: 1, arbitrary: fc.constantFrom(MIB, MIB + 1).map((size) => `"${'z'.repeat(size - 2)}"`) },
  );
}

function filling(text: string, size: number): string {
  return text.repeat(Math.floor(size / text.length));
}
