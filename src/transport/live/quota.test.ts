import { describe, expect, it } from 'vitest';
import { Quota, type QuotaOwner } from './quota.js';

class Refused extends Error {}

const quota = (credential: number, tenant: number) =>
  new Quota({ credential, tenant }, (owner: QuotaOwner, max: number) => new Refused(`${owner} ${max}`));

describe('a quota', () => {
  it('refuses a credential what is beyond its share, and no other credential', () => {
    const counted = quota(2, 10);
    counted.take('t', 'a');
    counted.take('t', 'a');
    expect(() => counted.take('t', 'a')).toThrow(new Refused('credential 2'));
    counted.take('t', 'b');
    counted.take('other', 'a');
  });

  it('refuses a tenant what is beyond its share, whoever asks, and no other tenant', () => {
    const counted = quota(10, 2);
    counted.take('t', 'a');
    counted.take('t', 'b');
    expect(() => counted.take('t', 'c')).toThrow(new Refused('tenant 2'));
    expect(() => counted.take('t', 'a')).toThrow(new Refused('tenant 2'));
    counted.take('other', 'a');
  });

  it('counts nothing for what it refused, and one less for each that is given back', () => {
    const counted = quota(2, 3);
    const releases = [counted.take('t', 'a'), counted.take('t', 'a')];
    for (let again = 0; again < 3; again++) expect(() => counted.take('t', 'a')).toThrow(Refused);
    releases[0]?.();
    const third = counted.take('t', 'a');
    expect(() => counted.take('t', 'a')).toThrow(Refused);
    releases[1]?.();
    third();
    expect([counted.take('t', 'b'), counted.take('t', 'b'), counted.take('t', 'a')]).toHaveLength(3);
    expect(() => counted.take('t', 'a')).toThrow(new Refused('tenant 3'));
  });

  it('makes no function for each that is taken', () => {
    const counted = quota(2, 2);
    expect(counted.take('t', 'a')).toBe(counted.take('t', 'a'));
    expect(counted.releaseOf('t', 'a')).toBe(counted.releaseOf('t', 'a'));
    expect(() => counted.releaseOf('t', 'b')).toThrow('nothing was taken');
  });
});
