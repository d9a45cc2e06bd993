import { Global, Module } from '@nestjs/common';
import { EffectHandlers } from './effect-handlers.js';

/** What features offer each other without knowing each other. */
@Global()
@Module({ providers: [EffectHandlers], exports: [EffectHandlers] })
export class EffectsModule {}
