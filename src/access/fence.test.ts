import { describe, expect, it } from 'vitest';
import { isName } from '../transport/validation/rules.js';
import { Caller } from './caller.js';
import { parseFence } from './fence.js';

const NAMES = ['a', '0', 'payment_processing:order_123', 'A.b-c_d:e', 'x'.repeat(128)];
const OTHER_NAMES = ['', '.a', '-a', '_a', ':a', 'a b', 'a/b', 'a{b', 'a}b', 'é', 'a\n', 'x'.repeat(129)];

describe('parseFence', () => {
  it.each(NAMES)('takes the name %j', (resource) => {
    expect(isName(resource)).toBe(true);
    expect(parseFence(`${resource}=7`)).toEqual({ resource, token: 7 });
  });

  it.each(OTHER_NAMES)('refuses %j, which is no name', (resource) => {
    expect(isName(resource)).toBe(false);
    expect(() => parseFence(`${resource}=7`)).toThrow(/^fence\.invalid/);
  });

  it.each([
    ['0', 0],
    ['1', 1],
    ['1234567890', 1234567890],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('takes the token %s', (digits, token) => {
    expect(parseFence(`r=${digits}`)).toEqual({ resource: 'r', token });
  });

  it.each([
    '9007199254740992',
    '9007199254740993',
    '99999999999999999999',
    '-1',
    '+1',
    '01',
    '00',
    '1.0',
    '1e3',
    '0x1',
    '1 ',
    ' 1',
    '1\n',
    '1,2',
    '1,s=2',
    '1, s=2',
    '1;p=2',
    '1=2',
    '٣',
    'NaN',
    'Infinity',
    '',
  ])('refuses the token %j', (digits) => {
    expect(() => parseFence(`r=${digits}`)).toThrow(/^fence\.invalid/);
  });

  it.each(['', 'r', '=', '=1', ' r=1', 'r =1', 'r= 1', 'r:1', '"r"=1', 'r=1 r=1', 'r=1,'])(
    'refuses %j',
    (text) => {
      expect(() => parseFence(text)).toThrow(/^fence\.invalid/);
    },
  );
});

describe('the fence of a caller in process', () => {
  it('is there as it was given, or not at all', () => {
    expect(Caller.inProcess('t', { fence: { resource: 'r', token: 7 } }).fence).toEqual({
      resource: 'r',
      token: 7,
    });
    expect(Caller.inProcess('t').fence).toBeUndefined();
  });

  it.each([
    ['r', NaN],
    ['r', 1.5],
    ['r', -1],
    ['r', 2 ** 53],
    ['r', Infinity],
    ['a}b', 1],
    ['a=1', 2],
  ])('has the form of one that is sent: not %j with %j', (resource, token) => {
    expect(() => Caller.inProcess('t', { fence: { resource, token } })).toThrow(/^fence\.invalid/);
  });
});
