import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { AccessGuard } from './access/access.guard.js';
import { AccessModule } from './access/access.module.js';
import { SETTINGS } from './config/load-settings.js';
import type { Settings } from './config/setting-specs.js';
import { EncryptionModule } from './encryption/encryption.module.js';
import { EffectsModule } from './effects/effects.module.js';
import { ConsumerHost } from './effects/stream-consumer.js';
import { ApiKeysModule } from './features/api-keys/api-keys.module.js';
import { HealthModule } from './features/health/health.module.js';
import { JobsModule } from './features/jobs/jobs.module.js';
import { LeaderboardsModule } from './features/leaderboards/leaderboards.module.js';
import { LockingModule } from './features/locking/locking.module.js';
import { MessagingModule } from './features/messaging/messaging.module.js';
import { type PayloadProcessor, UnchangedPayload } from './features/pipeline/payload-processor.js';
import { PipelineModule } from './features/pipeline/pipeline.module.js';
import { RateLimitsModule } from './features/rate-limits/rate-limits.module.js';
import { SessionsModule } from './features/sessions/sessions.module.js';
import { StreamConsumers } from './features/streams/streams.consumers.js';
import { StreamsModule } from './features/streams/streams.module.js';
import { OutgoingModule } from './outgoing/outgoing.module.js';
import { SharedRedisModule } from './redis/redis.module.js';
import { ProblemFilter } from './transport/problem/problem.filter.js';
import { RateLimitingModule } from './transport/rate-limiting/rate-limiting.module.js';
import { CallerThrottlerGuard } from './transport/rate-limiting/caller-throttler.guard.js';
import { TelemetryInterceptor } from './transport/telemetry.interceptor.js';
import { TransportModule } from './transport/transport.module.js';
import { RequestValidationGuard } from './transport/validation/request-validation.guard.js';
import { StrictValidationPipe } from './transport/validation/validation.pipe.js';

/** What a user of the service in process adds to it. */
export interface Extensions {
  /** What payloads of the pipeline become. */
  readonly payloadProcessor?: Type<PayloadProcessor>;
  /** Modules with providers of their own: their methods may be consumers of streams. */
  readonly modules?: readonly Type[];
}

/** The service's table of contents: what it is made of, and what applies to every request and message. */
@Global()
@Module({})
export class AppModule {
  static forRoot(
    settings: Settings,
    { payloadProcessor = UnchangedPayload, modules = [] }: Extensions = {},
  ): DynamicModule {
    return {
      module: AppModule,
      imports: [
        EncryptionModule,
        SharedRedisModule.forRoot(settings),
        OutgoingModule,
        AccessModule,
        TransportModule,
        RateLimitingModule,
        EffectsModule,
        HealthModule,
        ApiKeysModule,
        LeaderboardsModule,
        LockingModule,
        MessagingModule,
        StreamsModule,
        PipelineModule.forRoot(payloadProcessor, [
          LeaderboardsModule,
          LockingModule,
          MessagingModule,
          SessionsModule,
          StreamsModule,
          ...modules,
        ]),
        JobsModule,
        RateLimitsModule,
        SessionsModule,
        ...modules,
      ],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: ConsumerHost, useExisting: StreamConsumers },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_GUARD, useExisting: AccessGuard },
        {
          provide: APP_GUARD,
          inject: [CallerThrottlerGuard],
          // Nest waits for a promise, even one of a guard that has nothing to wait for.
          useFactory: (limits: CallerThrottlerGuard) => ({ canActivate: limits.admit.bind(limits) }),
        },
        { provide: APP_GUARD, useClass: RequestValidationGuard },
        { provide: APP_INTERCEPTOR, useClass: TelemetryInterceptor },
        { provide: APP_PIPE, useClass: StrictValidationPipe },
      ],
      exports: [SETTINGS, ConsumerHost],
    };
  }
}
