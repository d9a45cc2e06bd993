import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { requirePermission } from '../../access/require-permission.js';
import { type EffectHandler, EffectHandlers } from '../../effects/effect-handlers.js';
import type { IdempotentOperation } from '../../transport/idempotency/idempotency.js';
import { validated } from '../../transport/validation/validate.js';
import { COMPLETE_EFFECT, CompleteEffect } from './dto/pipeline.dto.js';
import { pipelineEndpoints } from './pipeline.endpoints.js';
import { PayloadRecords } from './pipeline.records.js';

/** That a payload was processed, as the effect of something else: `{kind: 'pipeline.complete', id, result}`. */
@Injectable()
export class CompleteEffectHandler implements EffectHandler {
  readonly kind = COMPLETE_EFFECT;

  constructor(
    handlers: EffectHandlers,
    private readonly records: PayloadRecords,
  ) {
    handlers.register(this);
  }

  check(caller: Caller, effect: object): CompleteEffect {
    const checked = validated(CompleteEffect, effect);
    requirePermission(caller, pipelineEndpoints.processPayload, '');
    return checked;
  }

  async apply(tenant: string, effect: unknown, operation: IdempotentOperation): Promise<void> {
    const { id, result } = validated(CompleteEffect, effect);
    await this.records.complete(tenant, id, result, operation);
  }

  async settle(tenant: string, _effect: unknown, operationId: string): Promise<void> {
    await this.records.forget(tenant, operationId);
  }
}
