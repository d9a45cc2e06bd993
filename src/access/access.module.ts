import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { ApiKeyStore } from './api-key-store.js';
import { Authenticator } from './authenticator.js';
import { BootstrapKey } from './bootstrap-key.js';
import { EndpointAudit } from './endpoint-audit.js';
import { JsonWebTokens } from './json-web-tokens.js';
import { Roles } from './roles.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [AccessGuard, ApiKeyStore, Authenticator, BootstrapKey, EndpointAudit, JsonWebTokens, Roles],
  exports: [AccessGuard, ApiKeyStore, Authenticator, BootstrapKey, EndpointAudit, Roles],
})
export class AccessModule {}
