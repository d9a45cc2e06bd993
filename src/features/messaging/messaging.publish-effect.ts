import { Injectable } from '@nestjs/common';
import { DeclaredEffect } from '../../effects/declared-effect.js';
import { EffectHandlers } from '../../effects/effect-handlers.js';
import type { IdempotentOperation } from '../../transport/idempotency/idempotency.js';
import { PUBLISH_EFFECT, PublishEffect } from './dto/message.dto.js';
import { messagingEndpoints } from './messaging.endpoints.js';
import { MessagesService } from './messaging.messages.service.js';

/** A message as the effect of something else: `{kind: 'messaging.publish', channel, data, tags?}`. */
@Injectable()
export class PublishEffectHandler extends DeclaredEffect<PublishEffect> {
  constructor(
    handlers: EffectHandlers,
    private readonly messages: MessagesService,
  ) {
    super(PUBLISH_EFFECT, PublishEffect, messagingEndpoints.publish);
    handlers.register(this);
  }

  protected nameIn({ channel }: PublishEffect): string {
    return channel;
  }

  protected make(tenant: string, effect: PublishEffect, operation: IdempotentOperation): Promise<void> {
    return this.messages.publishOnce(tenant, effect, operation);
  }

  protected forget(tenant: string, { channel }: PublishEffect, operationId: string): Promise<void> {
    return this.messages.forget(tenant, channel, operationId);
  }
}
