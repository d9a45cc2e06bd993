import type { Caller } from '../access/caller.js';
import type { EndpointDefinition } from '../access/endpoint.js';
import { requirePermission } from '../access/require-permission.js';
import type { IdempotentOperation } from '../transport/idempotency/idempotency.js';
import { validated } from '../transport/validation/validate.js';
import type { EffectHandler } from './effect-handlers.js';

/** An effect whose form a class with rules declares, and that takes the permission of the endpoint that does the same. */
export abstract class DeclaredEffect<Effect extends object> implements EffectHandler {
  constructor(
    readonly kind: string,
    private readonly type: new () => Effect,
    private readonly endpoint: EndpointDefinition,
  ) {}

  check(caller: Caller, effect: object): Effect {
    const checked = validated(this.type, effect);
    requirePermission(caller, this.endpoint, this.nameIn(checked));
    return checked;
  }

  async apply(tenant: string, effect: unknown, operation: IdempotentOperation): Promise<void> {
    await this.make(tenant, validated(this.type, effect), operation);
  }

  async settle(tenant: string, effect: unknown, operationId: string): Promise<void> {
    await this.forget(tenant, validated(this.type, effect), operationId);
  }

  /** The resource to which a limited permission must extend; empty if none. */
  protected abstract nameIn(effect: Effect): string;

  /** As `EffectHandler.apply`. */
  protected abstract make(tenant: string, effect: Effect, operation: IdempotentOperation): Promise<void>;

  /** As `EffectHandler.settle`. */
  protected abstract forget(tenant: string, effect: Effect, operationId: string): Promise<void>;
}
