import { isIPv6 } from 'node:net';

/**
 * What identifies a client's network by its address: an IPv4 address itself, of an IPv6 address the first 64 bits,
 * since one subscriber usually has all addresses of such a prefix.
 */
export function networkOf(address: string): string {
  const bare = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  // Behind a proxy this is whatever the proxy wrote; it must not be able to end the hash tag of a key.
  if (!isIPv6(bare)) return encodeURIComponent(bare);
  const [head = '', tail] = bare.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  const groups = tail === undefined ? left : [...left, ...zeros, ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join('-')}-`;
}
