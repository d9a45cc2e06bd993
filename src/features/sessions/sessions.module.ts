import { Module } from '@nestjs/common';
import { SessionAudit } from './sessions.audit.js';
import { SessionBuckets } from './sessions.buckets.js';
import { SessionTokenGuard } from './sessions.guard.js';
import { SessionsHttpController } from './sessions.http.controller.js';
import { SessionIds } from './sessions.ids.js';
import { SessionKeys } from './sessions.keys.js';
import { SessionsMessageController } from './sessions.message.controller.js';
import { SessionRecords } from './sessions.records.js';
import { RedisClock } from './sessions.redis-clock.js';
import { SessionsService } from './sessions.sessions.service.js';
import { StoredSessionsService } from './sessions.stored.service.js';
import { SessionSweeper } from './sessions.sweeper.js';
import { SessionTokens } from './sessions.tokens.js';
import { UserSessionsHttpController } from './sessions.users.http.controller.js';
import { UserSessionsService } from './sessions.users.service.js';
import { SessionVault } from './sessions.vault.js';

@Module({
  controllers: [SessionsHttpController, UserSessionsHttpController, SessionsMessageController],
  providers: [
    SessionsService,
    UserSessionsService,
    StoredSessionsService,
    SessionTokenGuard,
    SessionTokens,
    SessionRecords,
    SessionVault,
    SessionIds,
    SessionKeys,
    RedisClock,
    SessionAudit,
    SessionBuckets,
    SessionSweeper,
  ],
  exports: [SessionsService, UserSessionsService, StoredSessionsService, SessionTokenGuard],
})
export class SessionsModule {}
