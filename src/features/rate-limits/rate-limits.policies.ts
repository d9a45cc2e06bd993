import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { asNumber } from '../../redis/decode.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { ON_OUTAGE } from './dto/rate-limit.dto.js';
import type { PolicyView } from './dto/answers.dto.js';
import { RateLimitKeys } from './rate-limits.keys.js';
import { deletePolicyScript, putPolicyScript } from './rate-limits.scripts.js';

/** How long a node charges by a policy as it last read it. */
const FRESH_MS = 500;
const CACHE_ENTRIES = 10_000;

interface Cached {
  readonly policy: PolicyView | undefined;
  readonly readAt: number;
}

/** Policies in Redis, and as this node last read them. */
@Injectable()
export class PolicyStore {
  private readonly cache = new LRUCache<string, Cached>({ max: CACHE_ENTRIES });

  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: RateLimitKeys,
  ) {}

  /** Whether the policy is new. */
  async put(tenant: string, policy: PolicyView): Promise<boolean> {
    const created = await this.scripts.run(putPolicyScript, {
      keys: { policies: this.keys.policies(tenant), names: this.keys.names(tenant) },
      args: { policy: policy.policy, value: encode(policy) },
      repeatable: true,
    });
    this.cache.delete(`${tenant}/${policy.policy}`);
    return created;
  }

  async delete(tenant: string, policy: string): Promise<boolean> {
    const stood = await this.scripts.run(deletePolicyScript, {
      keys: { policies: this.keys.policies(tenant), names: this.keys.names(tenant) },
      args: { policy },
      repeatable: true,
    });
    this.cache.delete(`${tenant}/${policy}`);
    return stood;
  }

  async find(tenant: string, policy: string, timeoutMs?: number): Promise<PolicyView | undefined> {
    const value = await this.gateway.execute((client) => client.hget(this.keys.policies(tenant), policy), {
      repeatable: true,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    return value === null ? undefined : decode(policy, value);
  }

  /**
   * The policy as it was at most half a second ago, or, while Redis is away, as it was last known.
   * @throws AppError `redis.unavailable` if it was never read here
   */
  async recent(tenant: string, policy: string, timeoutMs: number): Promise<PolicyView | undefined> {
    const id = `${tenant}/${policy}`;
    const cached = this.cache.get(id);
    if (cached && performance.now() - cached.readAt < FRESH_MS) return cached.policy;
    try {
      const found = await this.find(tenant, policy, timeoutMs);
      this.cache.set(id, { policy: found, readAt: performance.now() });
      return found;
    } catch (error) {
      if (cached?.policy === undefined) throw error;
      // The next requests of an outage do not wait for the same answer.
      this.cache.set(id, { policy: cached.policy, readAt: performance.now() });
      return cached.policy;
    }
  }

  /** Up to `limit` names of policies after the name `after`. */
  names(tenant: string, after: string | undefined, limit: number): Promise<string[]> {
    return this.gateway.execute(
      (client) =>
        client.zrangebylex(
          this.keys.names(tenant),
          after === undefined ? '-' : `(${after}`,
          '+',
          'LIMIT',
          0,
          limit,
        ),
      { repeatable: true },
    );
  }
}

function encode({ capacity, refillTokens, refillIntervalMs, onOutage }: PolicyView): string {
  return [capacity, refillTokens, refillIntervalMs, onOutage].join(' ');
}

function decode(policy: string, value: string): PolicyView {
  const [capacity, refillTokens, refillIntervalMs, onOutage] = value.split(' ');
  return {
    policy,
    capacity: asNumber(capacity),
    refillTokens: asNumber(refillTokens),
    refillIntervalMs: asNumber(refillIntervalMs),
    onOutage: ON_OUTAGE.find((each) => each === onOutage) ?? 'deny',
  };
}
