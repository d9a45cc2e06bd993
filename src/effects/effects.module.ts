import { Global, Module } from '@nestjs/common';
import { AuditTrail } from './audit-trail.js';
import { EffectHandlers } from './effect-handlers.js';

/** What features offer each other without knowing each other. */
@Global()
@Module({ providers: [EffectHandlers, AuditTrail], exports: [EffectHandlers, AuditTrail] })
export class EffectsModule {}
