import { describe, expect, it } from 'vitest';
import { KeyRing } from './key-ring.js';
import { Nonces } from './nonces.js';

/** How many of `count` values that `next` gives were given before. */
function repeated(count: number, next: () => Buffer): number {
  const seen = new Set<string>();
  for (let at = 0; at < count; at++) seen.add(next().toString('latin1'));
  return count - seen.size;
}

describe('nonces', () => {
  it('of 100,000 seals are all different', () => {
    const ring = new KeyRing([{ id: 'a', secret: Buffer.alloc(32) }]);
    const nonceOf = (sealed: string) =>
      Buffer.from(sealed.slice('enc1:a:'.length), 'base64url').subarray(0, 12);
    expect(repeated(100_000, () => nonceOf(ring.seal('', [''])))).toBe(0);
  });

  it('are seen to repeat where a pool is used again', () => {
    const nonces = new Nonces();
    const pool = Array.from({ length: 256 }, () => nonces.next());
    let at = 0;
    expect(repeated(1000, () => pool[at++ % pool.length] ?? Buffer.alloc(0))).toBe(1000 - 256);
  });

  it('stay what they were when later ones are made, and share no byte with them', () => {
    const nonces = new Nonces();
    const early = Array.from({ length: 300 }, () => nonces.next());
    const before = early.map((nonce) => nonce.toString('hex'));
    for (let at = 0; at < 1000; at++) nonces.next().fill(0);
    expect(early.map((nonce) => nonce.toString('hex'))).toEqual(before);
    expect(new Set(early.map(({ length }) => length))).toEqual(new Set([12]));
  });
});
