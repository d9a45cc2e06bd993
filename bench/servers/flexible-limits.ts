import type { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

export type LimitName = 'address' | 'credential' | 'tenant';

/** Three limits by rate-limiter-flexible. */
export interface FlexibleLimits {
  admits(name: LimitName, key: string): Promise<boolean>;
}

/**
 * `points` requests a second of one address, credential and tenant each; with `blocking`, who used up all points is
 * refused from memory until they are back.
 */
export function flexibleLimits(redis: Redis, points: number, blocking: boolean): FlexibleLimits {
  const limiter = (name: LimitName) =>
    new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: name,
      points,
      duration: 1,
      ...(blocking ? { inMemoryBlockOnConsumed: points } : {}),
    });
  const limiters = {
    address: limiter('address'),
    credential: limiter('credential'),
    tenant: limiter('tenant'),
  };
  return {
    admits: async (name, key) => {
      try {
        await limiters[name].consume(key);
        return true;
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return false;
        throw refused;
      }
    },
  };
}
