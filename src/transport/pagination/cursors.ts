import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { invalidCursor } from './invalid-cursor.js';
import { ServiceSecret } from './service-secret.js';

const SIGNATURE_BYTES = 16;
const MAX_CURSOR_LENGTH = 4096;

/** Opaque positions in lists: signed, and bound to the list that they page through. */
@Injectable()
export class Cursors {
  private key: Buffer | undefined;

  constructor(private readonly secret: ServiceSecret) {}

  /** A cursor for `position` in the list that `scope` identifies (tenant, resource, its incarnation). */
  encode(scope: readonly string[], position: readonly string[]): string {
    const payload = Buffer.from(JSON.stringify(position));
    return Buffer.concat([this.sign(scope, payload), payload]).toString('base64url');
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
    const signature = bytes.subarray(0, SIGNATURE_BYTES);
    const payload = bytes.subarray(SIGNATURE_BYTES);
    const genuine =
      signature.length === SIGNATURE_BYTES &&
      bytes.toString('base64url') === cursor &&
      timingSafeEqual(signature, this.sign(scope, payload));
    const position: unknown = genuine ? JSON.parse(payload.toString()) : undefined;
    if (!Array.isArray(position) || !position.every((part): part is string => typeof part === 'string')) {
      throw invalidCursor();
    }
    return position;
  }

  private sign(scope: readonly string[], payload: Buffer): Buffer {
    this.key ??= this.secret.derive('cursors');
    const mac = createHmac('sha256', this.key)
      .update(JSON.stringify(scope))
      .update('\n')
      .update(payload)
      .digest();
    return mac.subarray(0, SIGNATURE_BYTES);
  }
}
