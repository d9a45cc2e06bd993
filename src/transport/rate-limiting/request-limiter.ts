import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AppError } from '../../errors/app-error.js';
import { rateLimitDenials } from '../../telemetry/metrics.js';
import { LeasedBuckets, LIMITER_TIMEOUT_MS } from './leased-buckets.js';
import { LocalBuckets } from './local-buckets.js';
import type { AppliedLimit } from './rate-limit-headers.js';
import { quotaExceeded } from './rate-limiting.errors.js';
import type { ServiceCharge } from './service-limits.js';
import type { BucketState } from './token-bucket.js';
import { type ChargeResult, TokenBuckets } from './token-buckets.js';

const MAX_DENIALS = 100_000;
/** How long each node decides by itself after Redis did not answer, so that an outage costs few requests a wait. */
const HOLD_OFF_MS = 1000;
/** When a cost that exceeds a bucket's capacity may be tried again: never, but a client should not be told so. */
const NEVER_MS = 60_000;

/** A refusal that holds until a known moment of this process' monotonic clock. */
interface Denial {
  readonly until: number;
  readonly fullAt: number;
  readonly applied: AppliedLimit;
}

/** How the limits of a request stand, and why it is refused if it is. */
export interface LimitDecision {
  readonly applied: readonly AppliedLimit[];
  /** `throttle.quota-exceeded` */
  readonly refusal?: AppError;
}

const NOTHING_APPLIED: LimitDecision = { applied: [] };

/**
 * Charges the service's own limits for a request. Who was refused is refused again without asking Redis until
 * the moment that Redis named, so that a client far over its limit costs Redis nothing. While Redis is away,
 * each node goes on with buckets of its own.
 */
@Injectable()
export class RequestLimiter {
  private readonly denials = new LRUCache<string, Denial>({ max: MAX_DENIALS });

  private localUntil = -Infinity;

  constructor(
    private readonly buckets: TokenBuckets,
    private readonly leased: LeasedBuckets,
    private readonly local: LocalBuckets,
  ) {}

  /** Answers at once, without a promise, while this node has leased tokens or knows a refusal. */
  charge(charges: readonly ServiceCharge[]): LimitDecision | Promise<LimitDecision> {
    if (charges.length === 0) return NOTHING_APPLIED;
    if (this.denials.size > 0) {
      for (const charge of charges) {
        const denied = this.denied(charge);
        if (denied) return denied;
      }
    }
    if (performance.now() < this.localUntil) return this.decide(charges, this.local.take(charges));
    const spent = this.leased.spend(charges);
    return spent ? { applied: appliedLimits(charges, spent) } : this.chargeInRedis(charges);
  }

  private async chargeInRedis(charges: readonly ServiceCharge[]): Promise<LimitDecision> {
    try {
      const spent = await this.leased.acquire(charges);
      if (spent) return { applied: appliedLimits(charges, spent) };
      return this.decide(charges, await this.buckets.take(charges, { timeoutMs: LIMITER_TIMEOUT_MS }));
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'unavailable') throw error;
      this.localUntil = performance.now() + HOLD_OFF_MS;
      return this.decide(charges, this.local.take(charges));
    }
  }

  private decide(charges: readonly ServiceCharge[], { allowed, states }: ChargeResult): LimitDecision {
    const applied = appliedLimits(charges, states);
    return allowed ? { applied } : { applied, refusal: this.deny(charges, applied) };
  }

  private deny(charges: readonly ServiceCharge[], applied: readonly AppliedLimit[]): AppError {
    const now = performance.now();
    let retryAfterMs = 1;
    for (const [at, limit] of applied.entries()) {
      const charge = charges[at];
      if (limit.state.allowed || charge === undefined) continue;
      const waitMs = limit.state.retryAfterMs ?? NEVER_MS;
      retryAfterMs = Math.max(retryAfterMs, waitMs);
      const fullAt = now + limit.state.resetMs;
      this.denials.set(denialKey(charge), { until: now + waitMs, fullAt, applied: limit });
      rateLimitDenials.inc({ limit: charge.name, decidedBy: 'redis' });
    }
    const violated = applied.filter(({ state }) => !state.allowed);
    return quotaExceeded(
      violated.map(({ name }) => name),
      retryAfterMs,
    );
  }

  private denied(charge: ServiceCharge): LimitDecision | undefined {
    const denial = this.denials.get(denialKey(charge));
    if (denial === undefined) return undefined;
    const now = performance.now();
    const retryAfterMs = Math.ceil(denial.until - now);
    if (retryAfterMs <= 0) {
      this.denials.delete(denialKey(charge));
      return undefined;
    }
    rateLimitDenials.inc({ limit: charge.name, decidedBy: 'node' });
    const resetMs = Math.max(0, Math.ceil(denial.fullAt - now));
    const applied = { ...denial.applied, state: { ...denial.applied.state, retryAfterMs, resetMs } };
    return { applied: [applied], refusal: quotaExceeded([charge.name], retryAfterMs) };
  }
}

function appliedLimits(charges: readonly ServiceCharge[], states: readonly BucketState[]): AppliedLimit[] {
  const applied: AppliedLimit[] = [];
  for (const [at, { name, policy }] of charges.entries()) {
    const state = states[at];
    if (state) applied.push({ name, policy, state });
  }
  return applied;
}

/** A smaller cost may be admitted sooner, so each cost is remembered by itself. */
function denialKey({ key, cost }: ServiceCharge): string {
  return `${key} ${cost}`;
}
