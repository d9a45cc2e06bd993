import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { LockGrants } from './locking.grants.js';
import { HoldersService } from './locking.holders.service.js';
import { LocksHttpController } from './locking.http.controller.js';
import { GrantIds } from './locking.ids.js';
import { LockingKeys } from './locking.keys.js';
import { LockedMethods } from './locking.locked-methods.js';
import { LocksService } from './locking.locks.service.js';
import { LockingMessageController } from './locking.message.controller.js';
import { NodeCalls } from './locking.node-calls.js';
import { PermitsHttpController } from './locking.permits.http.controller.js';
import { PermitsService } from './locking.permits.service.js';
import { Voting } from './locking.voting.js';
import { WaitingRooms } from './locking.waiting-rooms.js';

@Module({
  imports: [DiscoveryModule],
  controllers: [LocksHttpController, PermitsHttpController, LockingMessageController],
  providers: [
    LocksService,
    PermitsService,
    HoldersService,
    LockGrants,
    GrantIds,
    Voting,
    WaitingRooms,
    LockingKeys,
    NodeCalls,
    LockedMethods,
  ],
  exports: [LocksService, PermitsService, HoldersService],
})
export class LockingModule {}
