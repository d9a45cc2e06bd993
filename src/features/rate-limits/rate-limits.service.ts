import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { accessErrors } from '../../access/access.errors.js';
import { AppError } from '../../errors/app-error.js';
import { rateLimitDecisions } from '../../telemetry/metrics.js';
import { Operation } from '../../telemetry/operation.js';
import { Idempotency, type IdempotentOperation } from '../../transport/idempotency/idempotency.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import { namesPage } from '../../transport/pagination/names-page.js';
import { LocalBuckets } from '../../transport/rate-limiting/local-buckets.js';
import {
  type BucketCharge,
  type ChargeResult,
  TokenBuckets,
} from '../../transport/rate-limiting/token-buckets.js';
import { isCountable, partsOf, stateOf } from '../../transport/rate-limiting/token-bucket.js';
import { validatedEach } from '../../transport/validation/validate.js';
import type { ConsumeAllAnswer, ConsumeAnswer, PolicyPage, PolicyView } from './dto/answers.dto.js';
import {
  Check,
  type ConsumeAllBody,
  type ConsumeMessage,
  type ListPoliciesQuery,
  type OnOutage,
  type PolicyPath,
  type PutPolicyMessage,
} from './dto/rate-limit.dto.js';
import { rateLimitEndpoints } from './rate-limits.endpoints.js';
import { policyNotFound, policyUncountable } from './rate-limits.errors.js';
import { RateLimitKeys } from './rate-limits.keys.js';
import { PolicyStore } from './rate-limits.policies.js';

const DEFAULT_LIMIT = 100;
/** A limit that is slower than this is no use to whoever asks it; the policy's `onOutage` answers instead. */
const TIMEOUT_MS = 250;
/** After which a client that was refused because of an outage may ask again. */
const OUTAGE_RETRY_MS = 1000;
/** Of several policies the strictest decides. */
const STRICTNESS: readonly OnOutage[] = ['allow', 'local', 'deny'];

/** Token buckets for users of the service: policies, and charges on them that are made all or not at all. */
@Injectable()
export class RateLimitsService {
  constructor(
    private readonly policies: PolicyStore,
    private readonly buckets: TokenBuckets,
    private readonly local: LocalBuckets,
    private readonly keys: RateLimitKeys,
    private readonly idempotency: Idempotency,
    private readonly cursors: Cursors,
  ) {}

  /** Makes or replaces a policy. @throws AppError `rate-limits.policy-uncountable` */
  @Operation(rateLimitEndpoints.put.name, {
    show: ['policy', 'capacity', 'refillTokens', 'refillIntervalMs', 'onOutage'],
  })
  async put({ tenant }: Caller, input: PutPolicyMessage): Promise<{ created: boolean; view: PolicyView }> {
    const { policy, capacity, refillTokens, refillIntervalMs, onOutage = 'allow' } = input;
    const view: PolicyView = { policy, capacity, refillTokens, refillIntervalMs, onOutage };
    if (!isCountable(view)) throw policyUncountable();
    return { created: await this.policies.put(tenant, view), view };
  }

  /** The policies of the caller's tenant that the caller may read, by name. */
  @Operation(rateLimitEndpoints.list.name, { show: ['limit'] })
  async list(caller: Caller, { limit = DEFAULT_LIMIT, cursor }: ListPoliciesQuery): Promise<PolicyPage> {
    const scope = ['rate-limits', caller.tenant];
    const { items, next } = await namesPage(this.cursors.decode(scope, cursor)?.[0], limit, {
      names: (after, count) => this.policies.names(caller.tenant, after, count),
      isVisible: (name) => caller.may(rateLimitEndpoints.list.permission, name),
      find: (name) => this.policies.find(caller.tenant, name),
    });
    return { items, next: next === undefined ? null : this.cursors.encode(scope, [next]) };
  }

  /** @throws AppError `rate-limits.policy-not-found` */
  @Operation(rateLimitEndpoints.get.name, { show: ['policy'] })
  async get({ tenant }: Caller, { policy }: PolicyPath): Promise<PolicyView> {
    const found = await this.policies.find(tenant, policy);
    if (found === undefined) throw policyNotFound(policy);
    return found;
  }

  /** @throws AppError `rate-limits.policy-not-found` */
  @Operation(rateLimitEndpoints.delete.name, { show: ['policy'] })
  async delete({ tenant }: Caller, { policy }: PolicyPath): Promise<void> {
    if (!(await this.policies.delete(tenant, policy))) throw policyNotFound(policy);
  }

  /** Takes `cost` tokens if the bucket holds them. @throws AppError `rate-limits.policy-not-found` */
  @Operation(rateLimitEndpoints.consume.name, { show: ['policy', 'cost', 'dryRun'] })
  async consume(caller: Caller, input: ConsumeMessage): Promise<ConsumeAnswer> {
    const { policy, key, cost, dryRun = false } = input;
    const check = { policy, key, ...(cost === undefined ? {} : { cost }) };
    const opening = dryRun ? Promise.resolve(undefined) : this.open(caller, 'consume', input);
    const result = await this.charge(caller, [check], dryRun, opening);
    const [state] = result.states;
    if (state === undefined) throw new Error('a charge got no state');
    return state;
  }

  /**
   * Takes the tokens of every check, or none if one bucket holds too little.
   * @throws AppError `request.invalid`, `rate-limits.policy-not-found`, `access.forbidden` if one policy is beyond the caller
   */
  @Operation(rateLimitEndpoints.consumeAll.name)
  async consumeAll(caller: Caller, input: ConsumeAllBody): Promise<ConsumeAllAnswer> {
    const { permission } = rateLimitEndpoints.consumeAll;
    const checks = validatedEach(Check, input.checks, '/checks');
    if (!checks.every(({ policy }) => caller.may(permission, policy))) {
      throw new AppError(
        accessErrors.forbidden,
        `The credential lacks the permission ${permission} on a policy.`,
        {
          extensions: { permission },
        },
      );
    }
    const opening = this.open(caller, 'consumeAll', input);
    const { allowed, states } = await this.charge(caller, checks, false, opening);
    const waits = states.filter((state) => !state.allowed).map(({ retryAfterMs }) => retryAfterMs);
    return {
      allowed,
      retryAfterMs: waits.includes(null) ? null : Math.max(0, ...waits.map(Number)),
      results: states.flatMap((state, at) => {
        const check = checks[at];
        return check ? [{ policy: check.policy, key: check.key, ...state }] : [];
      }),
    };
  }

  /** Gives back what `consume` took. In process alone: over a network, who could tell that it was taken? */
  async refund({ tenant }: Caller, { policy, key, cost }: Check): Promise<void> {
    const check = { policy, key, ...(cost === undefined ? {} : { cost }) };
    const limits = await this.limitsOf(tenant, [check]);
    await this.buckets.refund(this.chargesOf(tenant, limits, undefined));
  }

  private open(
    caller: Caller,
    endpoint: 'consume' | 'consumeAll',
    input: object,
  ): Promise<IdempotentOperation | undefined> {
    return this.idempotency.open(caller, rateLimitEndpoints[endpoint].name, input, TIMEOUT_MS);
  }

  private async charge(
    caller: Caller,
    checks: readonly Check[],
    dryRun: boolean,
    opening: Promise<IdempotentOperation | undefined>,
  ): Promise<ChargeResult> {
    const { tenant } = caller;
    // At the same time: a limit is to be quick, and an outage to be waited for once.
    const [limits, opened] = await Promise.all([this.limitsOf(tenant, checks), unlessOutage(opening)]);
    const operation = opened?.value;
    const charges = this.chargesOf(tenant, limits, operation);
    const taking = () => this.buckets.take(charges, { dryRun, operation, timeoutMs: TIMEOUT_MS });
    const taken = opened && (await unlessOutage(taking()));
    if (taken === undefined) return counted(this.duringOutage(charges, dryRun), 'node');
    if (taken.value.replayed && operation) caller.replayed = true;
    return counted(taken.value, 'redis');
  }

  private duringOutage(charges: readonly PolicyCharge[], dryRun: boolean): ChargeResult {
    const strictest = Math.max(...charges.map(({ onOutage }) => STRICTNESS.indexOf(onOutage)));
    if (STRICTNESS[strictest] === 'local') return this.local.take(charges, dryRun);
    const allowed = STRICTNESS[strictest] === 'allow';
    const states = charges.map(({ limit }) => {
      const { capacity } = partsOf(limit);
      const state = stateOf(limit, allowed ? capacity : 0, 0, 0);
      return { ...state, allowed, retryAfterMs: allowed ? 0 : OUTAGE_RETRY_MS };
    });
    return { allowed, replayed: false, states };
  }

  private async limitsOf(tenant: string, checks: readonly Check[]): Promise<CheckedLimit[]> {
    return await Promise.all(
      checks.map(async (check) => {
        const limit = await this.policies.recent(tenant, check.policy, TIMEOUT_MS);
        if (limit === undefined) throw policyNotFound(check.policy);
        return { check, limit };
      }),
    );
  }

  private chargesOf(
    tenant: string,
    limits: readonly CheckedLimit[],
    operation: IdempotentOperation | undefined,
  ): PolicyCharge[] {
    return limits.map(({ check: { policy, key, cost = 1 }, limit }) => ({
      key: this.keys.bucket(tenant, policy, key, partsOf(limit).partsPerToken),
      operationKey: this.keys.operation(tenant, policy, key, operation?.id ?? 'none'),
      limit,
      cost,
      onOutage: limit.onOutage,
    }));
  }
}

/** A charge that is asked for, and the policy by which it is judged. */
interface CheckedLimit {
  readonly check: Check;
  readonly limit: PolicyView;
}

interface PolicyCharge extends BucketCharge {
  readonly onOutage: OnOutage;
}

/** What `work` gives; undefined if Redis was away. */
async function unlessOutage<T>(work: Promise<T>): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await work };
  } catch (error) {
    if (error instanceof AppError && error.kind === 'unavailable') return undefined;
    throw error;
  }
}

function counted(result: ChargeResult, decidedBy: 'redis' | 'node'): ChargeResult {
  rateLimitDecisions.inc({ decision: result.allowed ? 'allowed' : 'denied', decidedBy });
  return result;
}
