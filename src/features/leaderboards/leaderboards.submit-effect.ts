import { Injectable } from '@nestjs/common';
import { DeclaredEffect } from '../../effects/declared-effect.js';
import { EffectHandlers } from '../../effects/effect-handlers.js';
import type { IdempotentOperation } from '../../transport/idempotency/idempotency.js';
import { SUBMIT_EFFECT, SubmitEffect } from './dto/submission.dto.js';
import { leaderboardEndpoints } from './leaderboards.endpoints.js';
import { SubmissionsService } from './leaderboards.submissions.service.js';

/** A submission as the effect of something else: `{kind: 'leaderboards.submit', board, member, score, operator?, metadata?}`. */
@Injectable()
export class SubmitEffectHandler extends DeclaredEffect<SubmitEffect> {
  constructor(
    handlers: EffectHandlers,
    private readonly submissions: SubmissionsService,
  ) {
    super(SUBMIT_EFFECT, SubmitEffect, leaderboardEndpoints.submit);
    handlers.register(this);
  }

  protected nameIn({ board }: SubmitEffect): string {
    return board;
  }

  protected make(tenant: string, effect: SubmitEffect, operation: IdempotentOperation): Promise<void> {
    return this.submissions.submitOnce(tenant, effect, operation);
  }

  protected forget(tenant: string, { board }: SubmitEffect, operationId: string): Promise<void> {
    return this.submissions.forget(tenant, board, operationId);
  }
}
