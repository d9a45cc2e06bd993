import { describe, expect, it } from 'vitest';
import { isGrant } from '../config/grant.js';
import { ACTIONS, type Permission, PermissionSet } from './permission.js';

describe('isGrant', () => {
  it.each([
    'leaderboards:read',
    'rate-limits:admin',
    '*:read',
    'streams:*',
    '*:*',
    'streams:write:orders.*',
    'streams:write:*',
    'sessions:read:ada@example.org',
    'leaderboards:read:@nestjs/*',
    'sessions:write:Ä?*',
    `streams:write:${'a'.repeat(256)}`,
  ])('takes %s', (text) => expect(isGrant(text)).toBe(true));

  it.each([
    '',
    'leaderboards',
    'leaderboards:',
    ':read',
    'leaderboards:own',
    'leaderboards:READ',
    'Leaderboards:read',
    'leaderboards:read:',
    'leaderboards:read:a b',
    'leaderboards:read:a\u200b',
    'leaderboards:read\n',
    'leaderboards:read:{x}',
    'leader*:read',
    `streams:write:${'a'.repeat(257)}`,
    'constructor',
  ])('refuses %j', (text) => expect(isGrant(text)).toBe(false));
});

describe('allows', () => {
  const cases: readonly (readonly [
    grant: string,
    asked: Permission,
    name: string | undefined,
    allowed: boolean,
  ])[] = [
    ['leaderboards:read', 'leaderboards:read', undefined, true],
    ['leaderboards:read', 'leaderboards:read', 'any', true],
    ['leaderboards:read', 'leaderboards:write', 'any', false],
    ['leaderboards:read', 'streams:read', 'any', false],
    ['leaderboards:admin', 'leaderboards:read', 'any', false],
    ['*:read', 'streams:read', 'any', true],
    ['*:read', 'streams:write', 'any', false],
    ['streams:*', 'streams:consume', 'any', true],
    ['*:*', 'access:admin', undefined, true],
    ['streams:write:orders.*', 'streams:write', 'orders.eu', true],
    ['streams:write:orders.*', 'streams:write', 'orders', false],
    ['streams:write:orders.*', 'streams:write', 'all.orders.eu', false],
    ['streams:write:orders.*', 'streams:write', '', false],
    ['streams:write:orders.*', 'streams:write', undefined, true],
    ['streams:write:*', 'streams:write', '', true],
  ];

  it.each(cases)('%s allows %s on %j: %j', (grant, asked, name, allowed) => {
    expect(new PermissionSet([grant]).allows(asked, name)).toBe(allowed);
  });

  it('is the union of its grants, and of none nothing', () => {
    const set = new PermissionSet(['streams:read:a.*', 'streams:read:b.*']);
    expect([set.allows('streams:read', 'a.1'), set.allows('streams:read', 'b.1')]).toEqual([true, true]);
    expect(set.allows('streams:read', 'c.1')).toBe(false);
    for (const action of ACTIONS) expect(new PermissionSet([]).allows(`streams:${action}`)).toBe(false);
  });

  it('of what is no grant throws', () => {
    expect(() => new PermissionSet(['streams:own'])).toThrow('not a permission: streams:own');
  });
});

describe('covers', () => {
  it.each([
    ['*:*', 'streams:write:orders.*', true],
    ['*:*', '*:*', true],
    ['streams:write', 'streams:write:orders.*', true],
    ['streams:write:orders.*', 'streams:write:orders.*', true],
    ['streams:write:orders.*', 'streams:write', false],
    ['streams:write:orders.*', 'streams:write:*', false],
    ['streams:*', '*:*', false],
    ['streams:*', '*:read', false],
    ['*:read', 'streams:*', false],
    ['*:read', '*:read', true],
    ['access:admin', '*:*', false],
  ])('%s covers %s: %j', (held, wanted, covered) => {
    expect(new PermissionSet([held]).covers(wanted)).toBe(covered);
  });
});
