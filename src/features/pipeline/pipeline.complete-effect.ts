import { Injectable } from '@nestjs/common';
import { DeclaredEffect } from '../../effects/declared-effect.js';
import { EffectHandlers } from '../../effects/effect-handlers.js';
import type { IdempotentOperation } from '../../transport/idempotency/idempotency.js';
import { COMPLETE_EFFECT, CompleteEffect } from './dto/pipeline.dto.js';
import { pipelineEndpoints } from './pipeline.endpoints.js';
import { PayloadRecords } from './pipeline.records.js';

/** That a payload was processed, as the effect of something else: `{kind: 'pipeline.complete', id, result}`. */
@Injectable()
export class CompleteEffectHandler extends DeclaredEffect<CompleteEffect> {
  constructor(
    handlers: EffectHandlers,
    private readonly records: PayloadRecords,
  ) {
    super(COMPLETE_EFFECT, CompleteEffect, pipelineEndpoints.processPayload);
    handlers.register(this);
  }

  protected nameIn(): string {
    return '';
  }

  protected async make(
    tenant: string,
    { id, result }: CompleteEffect,
    operation: IdempotentOperation,
  ): Promise<void> {
    await this.records.complete(tenant, id, result, operation);
  }

  protected forget(tenant: string, _effect: CompleteEffect, operationId: string): Promise<void> {
    return this.records.forget(tenant, operationId);
  }
}
