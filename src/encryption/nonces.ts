import { randomBytes } from 'node:crypto';

/** 96 bits, the size that GCM takes as it is. */
export const NONCE_BYTES = 12;
const NONCES_A_POOL = 256;

/** Gives random nonces, none of whose bytes it gives twice; asking the system for many at once is what is fast. */
export class Nonces {
  private pool: Buffer = Buffer.alloc(0);
  private taken = 0;

  /** `bytes`: how long each of them is. */
  constructor(private readonly bytes = NONCE_BYTES) {}

  next(): Buffer {
    // A new pool, not the old one filled again: nonces that were given out are views of it.
    if (this.taken === this.pool.length) {
      this.pool = randomBytes(this.bytes * NONCES_A_POOL);
      this.taken = 0;
    }
    const start = this.taken;
    this.taken += this.bytes;
    return this.pool.subarray(start, this.taken);
  }
}
