import { describe, expect, it } from 'vitest';
import { asList, asNumber, asOptional, asRows, asText, asTextList, UnexpectedReplyError } from './decode.js';

describe('replies', () => {
  it.each([
    [5, 5],
    ['5', 5],
    ['-1.5e-7', -1.5e-7],
    ['9007199254740992', 2 ** 53],
    ['4.9406564584124654e-324', 5e-324],
    ['inf', undefined],
    ['', undefined],
    ['five', undefined],
    [Number.NaN, undefined],
    [null, undefined],
    [undefined, undefined],
    [true, undefined],
    [['5'], undefined],
  ])('%j as a number is %j', (reply, wanted) => {
    if (wanted === undefined) expect(() => asNumber(reply)).toThrow(UnexpectedReplyError);
    else expect(asNumber(reply)).toBe(wanted);
  });

  it('are text only if they are text', () => {
    expect(asText('')).toBe('');
    for (const reply of [1, null, undefined, [], Buffer.from('a')]) {
      expect(() => asText(reply)).toThrow(UnexpectedReplyError);
    }
  });

  it('are lists only if they are lists', () => {
    expect(asList([])).toEqual([]);
    expect(asTextList(['a', ''])).toEqual(['a', '']);
    for (const reply of ['a', null, { length: 1 }]) expect(() => asList(reply)).toThrow(UnexpectedReplyError);
    expect(() => asTextList(['a', 1])).toThrow(UnexpectedReplyError);
  });

  it('may be nil where that is said', () => {
    expect(asOptional(null, asText)).toBeUndefined();
    expect(asOptional(undefined, asText)).toBeUndefined();
    expect(asOptional('', asText)).toBe('');
    expect(asOptional(0, asNumber)).toBe(0);
    expect(() => asOptional(1, asText)).toThrow(UnexpectedReplyError);
  });

  it('are cut into rows of one width', () => {
    expect(asRows([], 3)).toEqual([]);
    expect(asRows([1, 2, 3, 4, null, 6], 3)).toEqual([
      [1, 2, 3],
      [4, null, 6],
    ]);
    expect(() => asRows([1, 2, 3, 4], 3)).toThrow(UnexpectedReplyError);
    expect(() => asRows('abc', 3)).toThrow(UnexpectedReplyError);
  });

  it('are never quoted in the error, which says their shape alone', () => {
    expect(() => asNumber('secret')).toThrow('expected a number, got string');
    expect(() => asText(['secret', 'other'])).toThrow('expected a string, got an array of 2');
  });
});
