import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const TOKEN = /^fk_([A-Za-z0-9-]{1,64})_([\x21-\x7e]{1,256})$/;

/** What is written in an API key. */
export interface KeyParts {
  readonly id: string;
  readonly secret: string;
}

/** The parts of `fk_<id>_<secret>`; undefined if `token` does not look like an API key. */
export function parseApiKey(token: string): KeyParts | undefined {
  const match = TOKEN.exec(token);
  return match?.[1] && match[2] ? { id: match[1], secret: match[2] } : undefined;
}

export function formatApiKey(id: string, secret: string): string {
  return `fk_${id}_${secret}`;
}

/** An id that sorts by the time it was made: 48 bits of milliseconds, 48 random bits, in hexadecimal. */
export function newKeyId(): string {
  return Date.now().toString(16).padStart(12, '0') + randomBytes(6).toString('hex');
}

/** 256 random bits in hexadecimal. */
export function newSecret(): string {
  return randomBytes(32).toString('hex');
}

/** Enough for a secret of 256 random bits; a slow hash would only help one that can be guessed. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret);
}

/** Compares in a time that does not depend on where the two differ. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a, 'hex');
  const right = Buffer.from(b, 'hex');
  return left.length === right.length && timingSafeEqual(left, right);
}
