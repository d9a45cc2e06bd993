import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { requirePermission } from '../../access/require-permission.js';
import { type EffectHandler, EffectHandlers } from '../../effects/effect-handlers.js';
import type { IdempotentOperation } from '../../transport/idempotency/idempotency.js';
import { validated } from '../../transport/validation/validate.js';
import { PUBLISH_EFFECT, PublishEffect } from './dto/message.dto.js';
import { messagingEndpoints } from './messaging.endpoints.js';
import { MessagesService } from './messaging.messages.service.js';

/** A message as the effect of something else: `{kind: 'messaging.publish', channel, data, tags?}`. */
@Injectable()
export class PublishEffectHandler implements EffectHandler {
  readonly kind = PUBLISH_EFFECT;

  constructor(
    handlers: EffectHandlers,
    private readonly messages: MessagesService,
  ) {
    handlers.register(this);
  }

  check(caller: Caller, effect: object): PublishEffect {
    const checked = validated(PublishEffect, effect);
    requirePermission(caller, messagingEndpoints.publish, checked.channel);
    return checked;
  }

  async apply(tenant: string, effect: unknown, operation: IdempotentOperation): Promise<void> {
    await this.messages.publishOnce(tenant, validated(PublishEffect, effect), operation);
  }

  async settle(tenant: string, effect: unknown, operationId: string): Promise<void> {
    await this.messages.forget(tenant, validated(PublishEffect, effect).channel, operationId);
  }
}
