import { AppError, type FieldError } from '../../errors/app-error.js';
import { requestErrors } from '../../errors/core.errors.js';

/** Deepest nesting of objects and arrays that a document may have. */
export const MAX_JSON_DEPTH = 64;
/** Most objects, arrays and members of objects that a document may have together. */
export const MAX_JSON_PARTS = 50_000;

// eslint-disable-next-line security/detect-unsafe-regex -- no two quantifiers can take the same characters
const NUMBER = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;
const MAY_LOSE_PRECISION = /\d{16}|\d[eE]\+?\d/;

/**
 * Parses JSON and refuses what would not come out as it went in (a member named `__proto__`, an integer that no double
 * can hold, a number beyond the doubles), and what would take long: nesting beyond `MAX_JSON_DEPTH`, more parts than
 * `MAX_JSON_PARTS`.
 * @throws AppError `request.malformed-json` or `request.invalid`
 */
export function parseJson(text: string): unknown {
  // A shorter one has room for neither.
  if (text.length > MAX_JSON_DEPTH) refuseWhatTakesLong(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformedJson(cause);
  }
  if (text.includes('__proto__') || text.includes('\\u00') || MAY_LOSE_PRECISION.test(text)) {
    refuseWhatIsLost(text);
  }
  return value;
}

/**
 * Looks at a text before it is parsed: a megabyte of brackets takes the parser half a second, one of small objects or
 * members takes it, the collector and everything that looks at each of them a fifth.
 */
function refuseWhatTakesLong(text: string): void {
  let depth = 0;
  let deepest = 0;
  let parts = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === 0x22 /* " */) at = endOfString(text, at);
    else if (character === 0x7b /* { */ || character === 0x5b /* [ */) {
      parts++;
      if (++depth > deepest) deepest = depth;
    } else if (character === 0x7d /* } */ || character === 0x5d /* ] */) depth--;
    else if (character === 0x3a /* : */) parts++;
  }
  if (deepest <= MAX_JSON_DEPTH && parts <= MAX_JSON_PARTS) return;
  // Of what else may be wrong with it nothing is said; that it does not end is plain.
  if (depth !== 0) throw malformedJson();
  if (deepest > MAX_JSON_DEPTH) refuse(`must not be nested deeper than ${MAX_JSON_DEPTH} levels`);
  refuse(`must not have more than ${MAX_JSON_PARTS} objects, arrays and members`);
}

/** One pass over a text that is known to be valid JSON. */
function refuseWhatIsLost(text: string): void {
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === 0x22 /* " */) {
      const start = at;
      at = endOfString(text, at);
      if (isProto(text, start, at)) refuse('no member may be named __proto__');
    } else if (character === 0x2d /* - */ || (character >= 0x30 && character <= 0x39)) {
      NUMBER.lastIndex = at;
      const match = NUMBER.exec(text);
      if (!match) return;
      const [numeral, fraction, exponent] = match;
      if (isLost(numeral, fraction === undefined && exponent === undefined)) {
        refuse(`the number ${numeral.slice(0, 40)} cannot be held exactly by a double`);
      }
      at = NUMBER.lastIndex - 1;
    }
  }
}

/** Where the string that begins at `start` ends; beyond the text if it does not. */
export function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c /* \ */ ? 2 : 1;
  return at;
}

function isProto(text: string, start: number, end: number): boolean {
  const length = end - start - 1;
  if (length < 9 || length > 54) return false;
  let next = end + 1;
  while (/\s/.test(text.charAt(next))) next++;
  return text.charAt(next) === ':' && JSON.parse(text.slice(start, end + 1)) === '__proto__';
}

/**
 * Whether a numeral lies beyond all doubles, is written as an integer that its double misses, or comes out as
 * ±2^53, the last of the exact integers, without being it.
 */
function isLost(numeral: string, writtenAsInteger: boolean): boolean {
  const value = Number(numeral);
  if (!Number.isFinite(value)) return true;
  if (writtenAsInteger) return !Number.isSafeInteger(value) && BigInt(numeral) !== BigInt(value);
  return Math.abs(value) === 2 ** 53 && !isLastExact(numeral);
}

/** Whether a numeral with a fraction or an exponent is ±2^53: its digits without zeros about them tell. */
function isLastExact(numeral: string): boolean {
  const [mantissa = '', exponent = '0'] = numeral.replace(/^-/, '').toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  const start = digits.search(/[1-9]/);
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  const scale = Number(exponent) - fraction.length + digits.length - end;
  return scale === 0 && digits.slice(start, end) === String(2 ** 53);
}

export function malformedJson(cause?: unknown): AppError {
  return new AppError(requestErrors['malformed-json'], 'The body is not valid JSON.', { cause });
}

function refuse(detail: string): never {
  const errors: FieldError[] = [{ pointer: '', detail }];
  throw new AppError(requestErrors.invalid, `The JSON document is refused: ${detail}.`, { errors });
}
