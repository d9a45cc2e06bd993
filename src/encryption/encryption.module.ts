import { Global, Module } from '@nestjs/common';
import { SETTINGS } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import { KeyRing } from './key-ring.js';
import { SealedValues } from './sealed-values.js';

@Global()
@Module({
  providers: [
    {
      provide: KeyRing,
      useFactory: (settings: Settings) => new KeyRing(settings.SESSION_KEYS ?? []),
      inject: [SETTINGS],
    },
    SealedValues,
  ],
  exports: [KeyRing, SealedValues],
})
export class EncryptionModule {}
