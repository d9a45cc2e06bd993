import { describe, expect, it } from 'vitest';
import { isUtf8Type } from './charset.js';

describe('a Content-Type', () => {
  it.each([
    undefined,
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; Charset="Utf-8"',
    'application/json; charset=utf8',
    'application/json; profile="x"; charset=utf-8',
    'application/json;',
  ])('is one of UTF-8: %s', (type) => expect(isUtf8Type(type)).toBe(true));

  it.each([
    'application/json; charset=iso-8859-1',
    'application/json;charset=UTF-16',
    'application/json; charset="utf-16le"',
    'application/json; CHARSET=windows-1252',
    'application/json; charset=utf-8; charset=latin1',
    'application/json; charset=',
    'application/json; charset=utf-88',
    'application/json; charset="utf-8',
  ])('is none of UTF-8: %s', (type) => expect(isUtf8Type(type)).toBe(false));
});
