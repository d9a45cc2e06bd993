import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { refuse } from '../http/request-limits.js';
import { addRateLimitHeaders } from './rate-limit-headers.js';
import type { LimitDecision, RequestLimiter } from './request-limiter.js';
import type { ServiceLimits } from './service-limits.js';

/** What the limit by address needs of the rest of the service. */
export interface AddressLimiting {
  readonly limits: ServiceLimits;
  readonly limiter: RequestLimiter;
}

/**
 * Limits by client address, before a body is read and before anyone is asked who they are. It is a hook and no
 * guard, so that what never reaches a handler is limited too: unknown routes, unreadable bodies, the docs page.
 * Probes and metrics answer whatever the traffic is.
 */
export function limitAddresses(adapter: FastifyAdapter, { limits, limiter }: AddressLimiting): void {
  // A hook with a callback: on most requests nothing is waited for, and a promise would cost more than the decision.
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    const { endpoint } = request;
    if (endpoint === 'public') {
      done();
      return;
    }
    const admit = ({ applied, refusal }: LimitDecision) => {
      addRateLimitHeaders(reply, applied);
      if (refusal === undefined) done();
      else refuse(request, reply, refusal);
    };
    const decision = limiter.charge(limits.ofAddress(request.ip, endpoint?.cost ?? 1));
    if (decision instanceof Promise) decision.then(admit, done);
    else admit(decision);
  });
}
