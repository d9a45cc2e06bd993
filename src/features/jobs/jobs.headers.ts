import { Injectable } from '@nestjs/common';
import { isUnreadable } from '../../encryption/encryption.errors.js';
import { KeyRing, type SealingContext } from '../../encryption/key-ring.js';

export const HEADERS = 'jobs.headers';

/** What the headers of requests say, as it stands in Redis: sealed, and bound to the operation of its job. */
@Injectable()
export class SealedHeaders {
  constructor(private readonly ring: KeyRing) {}

  seal(tenant: string, operation: string, headers: Readonly<Record<string, string>>): string {
    return this.ring.seal(JSON.stringify(headers), contextOf(tenant, operation));
  }

  /** @throws AppError `encryption.unreadable` */
  open(tenant: string, operation: string, sealed: string): Record<string, string> {
    const headers: unknown = JSON.parse(this.ring.open(sealed, contextOf(tenant, operation)));
    if (typeof headers !== 'object' || headers === null) throw new Error('the headers of a job are none');
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  }

  /** Whether it is not under the key that encrypts now. */
  isStale(sealed: string): boolean {
    return this.ring.isStale(sealed);
  }

  /** The same under that key; undefined if it cannot be read. */
  resealed(tenant: string, operation: string, sealed: string): string | undefined {
    try {
      return this.seal(tenant, operation, this.open(tenant, operation, sealed));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return undefined;
    }
  }
}

function contextOf(tenant: string, operation: string): SealingContext {
  return [HEADERS, tenant, operation];
}
