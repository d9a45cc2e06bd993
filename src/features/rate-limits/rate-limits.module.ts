import { Module } from '@nestjs/common';
import { RateLimitsHttpController } from './rate-limits.http.controller.js';
import { RateLimitKeys } from './rate-limits.keys.js';
import { RateLimitsMessageController } from './rate-limits.message.controller.js';
import { PolicyStore } from './rate-limits.policies.js';
import { RateLimitsService } from './rate-limits.service.js';

@Module({
  controllers: [RateLimitsHttpController, RateLimitsMessageController],
  providers: [RateLimitsService, PolicyStore, RateLimitKeys],
  exports: [RateLimitsService],
})
export class RateLimitsModule {}
