import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { requirePermission } from '../../access/require-permission.js';
import { type EffectHandler, EffectHandlers } from '../../effects/effect-handlers.js';
import type { IdempotentOperation } from '../../transport/idempotency/idempotency.js';
import { validated } from '../../transport/validation/validate.js';
import { SUBMIT_EFFECT, SubmitEffect } from './dto/submission.dto.js';
import { leaderboardEndpoints } from './leaderboards.endpoints.js';
import { SubmissionsService } from './leaderboards.submissions.service.js';

/** A submission as the effect of something else: `{kind: 'leaderboards.submit', board, member, score, operator?, metadata?}`. */
@Injectable()
export class SubmitEffectHandler implements EffectHandler {
  readonly kind = SUBMIT_EFFECT;

  constructor(
    handlers: EffectHandlers,
    private readonly submissions: SubmissionsService,
  ) {
    handlers.register(this);
  }

  check(caller: Caller, effect: object): SubmitEffect {
    const checked = validated(SubmitEffect, effect);
    requirePermission(caller, leaderboardEndpoints.submit, checked.board);
    return checked;
  }

  async apply(tenant: string, effect: unknown, operation: IdempotentOperation): Promise<void> {
    await this.submissions.submitOnce(tenant, validated(SubmitEffect, effect), operation);
  }

  async settle(tenant: string, effect: unknown, operationId: string): Promise<void> {
    await this.submissions.forget(tenant, validated(SubmitEffect, effect).board, operationId);
  }
}
