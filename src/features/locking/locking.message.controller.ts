import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { MessageEndpoint } from '../../access/endpoint.js';
import type {
  ExtendPermitAnswer,
  LockAnswer,
  PermitAnswer,
  ResourcePage,
  ResourceView,
} from './dto/answers.dto.js';
import {
  AcquireLockBody,
  AcquirePermitMessage,
  ExtendLockMessage,
  ExtendPermitMessage,
  ListLocksQuery,
  LockPath,
  PermitPath,
  ResourcePath,
} from './dto/lock.dto.js';
import { lockEndpoints, permitEndpoints } from './locking.endpoints.js';
import { HoldersService } from './locking.holders.service.js';
import { LocksService } from './locking.locks.service.js';
import { PermitsService } from './locking.permits.service.js';

@Controller()
export class LockingMessageController {
  constructor(
    private readonly locks: LocksService,
    private readonly holders: HoldersService,
    private readonly permits: PermitsService,
  ) {}

  @MessageEndpoint(lockEndpoints.acquire)
  acquire(@Payload('data') data: AcquireLockBody, @CurrentCaller() caller: Caller): Promise<LockAnswer> {
    return this.locks.acquire(caller, data);
  }

  @MessageEndpoint(lockEndpoints.extend)
  extend(@Payload('data') data: ExtendLockMessage, @CurrentCaller() caller: Caller): Promise<LockAnswer> {
    return this.locks.extend(caller, data);
  }

  @MessageEndpoint(lockEndpoints.release)
  async release(@Payload('data') data: LockPath, @CurrentCaller() caller: Caller): Promise<null> {
    await this.locks.release(caller, data);
    return null;
  }

  @MessageEndpoint(lockEndpoints.list)
  list(@Payload('data') data: ListLocksQuery, @CurrentCaller() caller: Caller): Promise<ResourcePage> {
    return this.holders.list(caller, data);
  }

  @MessageEndpoint(lockEndpoints.get)
  get(@Payload('data') data: ResourcePath, @CurrentCaller() caller: Caller): Promise<ResourceView> {
    return this.holders.get(caller, data);
  }

  @MessageEndpoint(lockEndpoints.break)
  async break(@Payload('data') data: ResourcePath, @CurrentCaller() caller: Caller): Promise<null> {
    await this.holders.break(caller, data);
    return null;
  }

  @MessageEndpoint(permitEndpoints.acquire)
  acquirePermit(
    @Payload('data') data: AcquirePermitMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<PermitAnswer> {
    return this.permits.acquire(caller, data);
  }

  @MessageEndpoint(permitEndpoints.extend)
  extendPermit(
    @Payload('data') data: ExtendPermitMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<ExtendPermitAnswer> {
    return this.permits.extend(caller, data);
  }

  @MessageEndpoint(permitEndpoints.release)
  async releasePermit(@Payload('data') data: PermitPath, @CurrentCaller() caller: Caller): Promise<null> {
    await this.permits.release(caller, data);
    return null;
  }
}
