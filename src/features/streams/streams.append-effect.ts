import { Injectable } from '@nestjs/common';
import { DeclaredEffect } from '../../effects/declared-effect.js';
import { EffectHandlers } from '../../effects/effect-handlers.js';
import type { IdempotentOperation } from '../../transport/idempotency/idempotency.js';
import { APPEND_EFFECT, AppendEffect } from './dto/entry.dto.js';
import { streamEndpoints } from './streams.endpoints.js';
import { EntriesService } from './streams.entries.service.js';

/** An append as the effect of something else: `{kind: 'streams.append', stream, data, key?}`. */
@Injectable()
export class AppendEffectHandler extends DeclaredEffect<AppendEffect> {
  constructor(
    handlers: EffectHandlers,
    private readonly entries: EntriesService,
  ) {
    super(APPEND_EFFECT, AppendEffect, streamEndpoints.append);
    handlers.register(this);
  }

  protected nameIn({ stream }: AppendEffect): string {
    return stream;
  }

  protected make(tenant: string, effect: AppendEffect, operation: IdempotentOperation): Promise<void> {
    return this.entries.appendOnce(tenant, effect, operation);
  }

  protected forget(tenant: string, { stream }: AppendEffect, operationId: string): Promise<void> {
    return this.entries.forget(tenant, stream, operationId);
  }
}
