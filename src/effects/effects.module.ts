import { Global, Module } from '@nestjs/common';
import { AuditTrail } from './audit-trail.js';
import { EffectHandlers } from './effect-handlers.js';
import { Maintenance } from './maintenance.js';
import { Tasks } from './tasks.js';

const PORTS = [EffectHandlers, AuditTrail, Maintenance, Tasks];

/** What features offer each other without knowing each other. */
@Global()
@Module({ providers: PORTS, exports: PORTS })
export class EffectsModule {}
