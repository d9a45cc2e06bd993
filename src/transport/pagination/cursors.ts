import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { invalidCursor } from './invalid-cursor.js';
import { ServiceSecret } from './service-secret.js';

const SIGNATURE_BYTES = 16;
const MAX_CURSOR_LENGTH = 4096;

/** Opaque positions in lists: signed, and bound to the list that they page through. */
@Injectable()
export class Cursors {
  private key: string | undefined;

  constructor(private readonly secret: ServiceSecret) {}

  /** A cursor for `position` in the list that `scope` identifies (tenant, resource, its incarnation). */
  encode(scope: readonly string[], position: readonly string[]): string {
    return this.signed(scope, JSON.stringify(position));
  }

  /**
   * The position in `cursor`; undefined for no cursor.
   * @throws AppError `pagination.invalid-cursor` unless `encode` made it for the same scope
   */
  decode(
    scope: readonly string[],
    cursor: string | undefined,
    maxLength = MAX_CURSOR_LENGTH,
  ): string[] | undefined {
    if (cursor === undefined) return undefined;
    const bytes = Buffer.from(cursor.length <= maxLength ? cursor : '', 'base64url');
    const text = bytes.toString('utf8', SIGNATURE_BYTES);
    const position: unknown = isSame(cursor, this.signed(scope, text)) ? JSON.parse(text) : undefined;
    if (!Array.isArray(position) || !position.every((part): part is string => typeof part === 'string')) {
      throw invalidCursor();
    }
    return position;
  }

  /**
   * `text` behind the first bytes of a hash of the key, the scope and itself. With SHA-3 that is a signature without the two
   * rounds of HMAC, which SHA-2 needs because one can go on from its hashes; and Node makes an object beside the heap for
   * each HMAC, which costs more than hashing.
   */
  private signed(scope: readonly string[], text: string): string {
    this.key ??= this.secret.derive('cursors').toString('base64');
    const digest = hash('sha3-256', `${this.key}${JSON.stringify(scope)}\n${text}`, 'buffer');
    return Buffer.concat([digest.subarray(0, SIGNATURE_BYTES), Buffer.from(text)]).toString('base64url');
  }
}

/** Compares in a time that does not depend on where the two differ. */
function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
