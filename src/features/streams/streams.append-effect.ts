import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { requirePermission } from '../../access/require-permission.js';
import { type EffectHandler, EffectHandlers } from '../../effects/effect-handlers.js';
import type { IdempotentOperation } from '../../transport/idempotency/idempotency.js';
import { validated } from '../../transport/validation/validate.js';
import { APPEND_EFFECT, AppendEffect } from './dto/entry.dto.js';
import { streamEndpoints } from './streams.endpoints.js';
import { EntriesService } from './streams.entries.service.js';

/** An append as the effect of something else: `{kind: 'streams.append', stream, data, key?}`. */
@Injectable()
export class AppendEffectHandler implements EffectHandler {
  readonly kind = APPEND_EFFECT;

  constructor(
    handlers: EffectHandlers,
    private readonly entries: EntriesService,
  ) {
    handlers.register(this);
  }

  check(caller: Caller, effect: object): AppendEffect {
    const checked = validated(AppendEffect, effect);
    requirePermission(caller, streamEndpoints.append, checked.stream);
    return checked;
  }

  async apply(tenant: string, effect: unknown, operation: IdempotentOperation): Promise<void> {
    await this.entries.appendOnce(tenant, validated(AppendEffect, effect), operation);
  }

  async settle(tenant: string, effect: unknown, operationId: string): Promise<void> {
    await this.entries.forget(tenant, validated(AppendEffect, effect).stream, operationId);
  }
}
