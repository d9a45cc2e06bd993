import { describe, expect, it } from 'vitest';
import { networkOf } from './address-of.js';

describe('the network of an address', () => {
  it.each([
    ['an IPv4 address', '203.0.113.7', '203.0.113.7'],
    ['an IPv4 address mapped into IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
    ['the same in capitals', '::FFFF:203.0.113.7', '203.0.113.7'],
    ['an IPv6 address in full', '2001:0db8:0001:0002:0003:0004:0005:0006', '2001-db8-1-2-'],
    ['an IPv6 address with zeros left out', '2001:db8::1', '2001-db8-0-0-'],
    ['zeros left out behind the prefix', '2001:db8:1:2::', '2001-db8-1-2-'],
    ['zeros left out before it', '::1:2:3:4:5', '0-0-0-1-'],
    ['one group of zeros left out', '1::3:4:5:6:7:8', '1-0-3-4-'],
    ['capitals', '2001:DB8:A:B::1', '2001-db8-a-b-'],
    ['the loopback address', '::1', '0-0-0-0-'],
    ['the unspecified address', '::', '0-0-0-0-'],
    ['a link-local address with a zone', 'fe80::1:2:3:4%eth0', 'fe80-0-0-0-'],
    ['an IPv4 address embedded at the end', '64:ff9b::192.0.2.33', '64-ff9b-0-0-'],
  ])('of %s', (_what, address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('is the same for all addresses of one /64 and another one for the next', () => {
    const networks = ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::%eth1'].map(
      networkOf,
    );
    expect(new Set(networks).size).toBe(1);
    expect(networkOf('2001:db8:1:3::1')).not.toBe(networks[0]);
  });

  it('cannot end the hash tag of a key, whatever a proxy wrote', () => {
    expect(networkOf('a}:{b c')).toBe('a%7D%3A%7Bb%20c');
  });
});
