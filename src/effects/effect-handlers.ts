import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import type { IdempotentOperation } from '../transport/idempotency/idempotency.js';
import { invalid } from '../transport/validation/validate.js';

/** How long the record of an effect outlives its commit: longer than anybody can be late, clocks of two nodes included. */
export const SETTLED_RECORD_MS = 600_000;

/** Something that a feature does for another one, once for each operation. */
export interface EffectHandler {
  /** `<feature>.<verb>`, as clients name it. */
  readonly kind: string;
  /**
   * The effect as it is written down, `kind` included.
   * @throws AppError `request.invalid` with pointers into the effect, `access.forbidden`
   */
  check(caller: Caller, effect: object): object;
  /**
   * Makes what `check` gave happen; a second call for the same operation changes nothing. Its record stays until `settle`.
   * @throws AppError of the kind `unavailable` if it may still happen later, of any other if it never can
   * @throws LateEffectError if the operation's time is over
   */
  apply(tenant: string, effect: unknown, operation: IdempotentOperation): Promise<void>;
  /** Lets the operation's record go after `SETTLED_RECORD_MS`: nobody calls `apply` for it again. */
  settle(tenant: string, effect: unknown, operationId: string): Promise<void>;
}

/** The time in which an effect was this caller's to apply is over; somebody else does it. */
export class LateEffectError extends Error {
  override readonly name = 'LateEffectError';

  constructor() {
    super('the time to apply this effect is over');
  }
}

/** What features can do for each other; each enters its own, so that none has to know another. */
@Injectable()
export class EffectHandlers {
  private readonly byKind = new Map<string, EffectHandler>();

  register(handler: EffectHandler): void {
    if (this.byKind.has(handler.kind)) throw new Error(`two features offer the effect ${handler.kind}`);
    this.byKind.set(handler.kind, handler);
  }

  /** @throws AppError `request.invalid` if nobody offers the effect's kind, and as `EffectHandler.check` */
  check(caller: Caller, effect: unknown): object {
    if (typeof effect !== 'object' || effect === null || Array.isArray(effect)) {
      throw invalid([{ pointer: '', detail: 'must be an object' }]);
    }
    const kind: unknown = Reflect.get(effect, 'kind');
    const handler = typeof kind === 'string' ? this.byKind.get(kind) : undefined;
    if (handler === undefined) {
      const kinds = [...this.byKind.keys()].sort().join(', ');
      throw invalid([{ pointer: '/kind', detail: `must be one of ${kinds}` }]);
    }
    return handler.check(caller, effect);
  }

  /** The handler of an effect that was written down. @throws Error if nobody offers its kind any more */
  of(effect: unknown): EffectHandler {
    const kind: unknown =
      typeof effect === 'object' && effect !== null ? Reflect.get(effect, 'kind') : undefined;
    const handler = typeof kind === 'string' ? this.byKind.get(kind) : undefined;
    if (handler === undefined) throw new Error(`nobody offers the effect ${String(kind)}`);
    return handler;
  }
}
