import { Global, Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { LeasedBuckets } from './leased-buckets.js';
import { LocalBuckets } from './local-buckets.js';
import { RequestLimiter } from './request-limiter.js';
import { ServiceLimits } from './service-limits.js';
import { CallerThrottlerGuard } from './caller-throttler.guard.js';
import { BucketThrottlerStorage } from './throttler.storage.js';
import { fillMs } from './token-bucket.js';
import { TokenBuckets } from './token-buckets.js';

const shared = [
  LeasedBuckets,
  LocalBuckets,
  RequestLimiter,
  ServiceLimits,
  TokenBuckets,
  BucketThrottlerStorage,
];

@Global()
@Module({ providers: shared, exports: shared })
class BucketsModule {}

/** Token buckets, and the guard of `@nestjs/throttler` that charges them for every request and message. */
@Global()
@Module({
  imports: [
    BucketsModule,
    ThrottlerModule.forRootAsync({
      imports: [BucketsModule],
      inject: [ServiceLimits, BucketThrottlerStorage],
      useFactory: ({ limits }: ServiceLimits, storage: BucketThrottlerStorage) => ({
        storage,
        throttlers: Object.entries(limits).flatMap(([name, limit]) =>
          limit === undefined ? [] : [{ name, limit: limit.capacity, ttl: fillMs(limit) }],
        ),
      }),
    }),
  ],
  providers: [CallerThrottlerGuard],
  exports: [BucketsModule, CallerThrottlerGuard],
})
export class RateLimitingModule {}
