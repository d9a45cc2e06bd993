import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { LockNodes } from '../../redis/lock-nodes.js';
import { LockGrants } from './locking.grants.js';
import { HoldersService } from './locking.holders.service.js';
import { LocksHttpController } from './locking.http.controller.js';
import { GrantIds } from './locking.ids.js';
import { LockingKeys } from './locking.keys.js';
import { LockedMethods } from './locking.locked-methods.js';
import { LocksService } from './locking.locks.service.js';
import { LockingMessageController } from './locking.message.controller.js';
import { NodeMajority } from './locking.majority.js';
import { NodeCalls } from './locking.node-calls.js';
import { OneNode } from './locking.one-node.js';
import { PermitsHttpController } from './locking.permits.http.controller.js';
import { PermitsService } from './locking.permits.service.js';
import { Quorum } from './locking.quorum.js';
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
    {
      provide: Quorum,
      inject: [LockNodes, NodeCalls],
      useFactory: (nodes: LockNodes, calls: NodeCalls): Quorum => {
        const [node, ...others] = nodes.all;
        return node && others.length === 0 ? new OneNode(node, calls) : new NodeMajority(nodes, calls);
      },
    },
    WaitingRooms,
    LockingKeys,
    NodeCalls,
    LockedMethods,
  ],
  exports: [LocksService, PermitsService, HoldersService],
})
export class LockingModule {}
