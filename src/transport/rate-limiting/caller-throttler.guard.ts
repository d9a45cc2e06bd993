import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyReply } from 'fastify';
import { callerOf } from '../../access/call-source.js';
import { endpointOf } from '../../access/endpoint.js';
import { addRateLimitHeaders } from './rate-limit-headers.js';
import { type LimitDecision, RequestLimiter } from './request-limiter.js';
import { ServiceLimits } from './service-limits.js';

/** Limits by credential and by tenant, once it is known who is asking; one script charges both. */
@Injectable()
export class CallerThrottlerGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly limits: ServiceLimits,
    private readonly limiter: RequestLimiter,
  ) {
    super(options, storage, reflector);
  }

  /** @throws AppError `throttle.quota-exceeded` */
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    return await this.admit(context);
  }

  /**
   * As `canActivate`, and without a promise where nothing is waited for, which is so for most requests.
   * @throws AppError `throttle.quota-exceeded`
   */
  admit(context: ExecutionContext): true | Promise<true> {
    const caller = callerOf(context.getArgByIndex<object>(0));
    // Nobody is known on public routes: probes and metrics answer whatever the traffic is.
    if (caller === undefined) return true;
    const charges = this.limits.ofCaller(caller.credential, costOf(context));
    const decision = this.limiter.charge(charges);
    return decision instanceof Promise
      ? decision.then((made) => decided(context, made))
      : decided(context, decision);
  }
}

/** Tells an HTTP client how its limits stand, also when it is refused. @throws AppError `throttle.quota-exceeded` */
function decided(context: ExecutionContext, { applied, refusal }: LimitDecision): true {
  if (context.getType() === 'http') {
    addRateLimitHeaders(context.switchToHttp().getResponse<FastifyReply>(), applied);
  }
  if (refusal) throw refusal;
  return true;
}

function costOf(context: ExecutionContext): number {
  const endpoint = endpointOf(context.getHandler());
  return typeof endpoint === 'object' ? (endpoint.cost ?? 1) : 1;
}
