import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { Keyspace, SYSTEM } from '../../redis/keyspace.js';
import { TokenBuckets } from './token-buckets.js';

/** What `@nestjs/throttler` asks of a storage, on token buckets, for throttlers that a module adds by itself. */
@Injectable()
export class BucketThrottlerStorage implements ThrottlerStorage {
  constructor(
    private readonly buckets: TokenBuckets,
    private readonly keyspace: Keyspace,
  ) {}

  /** `limit` requests at once, and as many again in each `ttl` ms; the answer's times are whole seconds. */
  async increment(key: string, ttl: number, limit: number, _blockDuration: number, throttlerName: string) {
    const bucket = this.keyspace.key(SYSTEM, 'throttle', key, `throttler:${throttlerName}`);
    const bucketLimit = { capacity: limit, refillTokens: limit, refillIntervalMs: ttl };
    const charge = { key: bucket, operationKey: bucket, limit: bucketLimit, cost: 1 };
    const { states } = await this.buckets.take([charge]);
    const state = states[0];
    if (state === undefined) throw new Error('a charge got no state');
    return {
      totalHits: state.allowed ? limit - state.remaining : limit + 1,
      timeToExpire: Math.ceil(state.resetMs / 1000),
      isBlocked: !state.allowed,
      timeToBlockExpire: Math.ceil((state.retryAfterMs ?? 0) / 1000),
    };
  }
}
