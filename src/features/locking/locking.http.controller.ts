import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { Endpoint } from '../../access/endpoint.js';
import { closeSignal } from '../../transport/http/close-signal.js';
import { LockAnswer, ResourcePage, ResourceView } from './dto/answers.dto.js';
import { AcquireLockBody, ExtendLockBody, ListLocksQuery, LockPath, ResourcePath } from './dto/lock.dto.js';
import { lockEndpoints } from './locking.endpoints.js';
import { HoldersService } from './locking.holders.service.js';
import { LocksService } from './locking.locks.service.js';

@Controller('v1/locks')
export class LocksHttpController {
  constructor(
    private readonly locks: LocksService,
    private readonly holders: HoldersService,
  ) {}

  /**
   * Lock resources, all of them or none, for a time. Who waits gets it in the order of arrival, and is woken by the release.
   * If it does not come free in time: 423 with who holds it.
   */
  @Post()
  @Endpoint(lockEndpoints.acquire)
  acquire(
    @Body() body: AcquireLockBody,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LockAnswer> {
    // Who does not wait need not be told that the client is gone.
    return this.locks.acquire(caller, body, body.waitMs ? closeSignal(reply) : undefined);
  }

  /** Give a lock `ttlMs` from now on. */
  @Post(':lockId/extend')
  @HttpCode(200)
  @Endpoint(lockEndpoints.extend)
  extend(
    @Param() path: LockPath,
    @Body() body: ExtendLockBody,
    @CurrentCaller() caller: Caller,
  ): Promise<LockAnswer> {
    return this.locks.extend(caller, { ...body, ...path });
  }

  /** Release a lock. */
  @Delete(':lockId')
  @HttpCode(204)
  @Endpoint(lockEndpoints.release)
  release(@Param() path: LockPath, @CurrentCaller() caller: Caller): Promise<void> {
    return this.locks.release(caller, path);
  }

  /** What is locked or waited for, by name: of that what the caller may read. */
  @Get()
  @Endpoint(lockEndpoints.list)
  list(@Query() query: ListLocksQuery, @CurrentCaller() caller: Caller): Promise<ResourcePage> {
    return this.holders.list(caller, query);
  }

  /** Who has a resource, since when and until when, and who waits for it. */
  @Get('resources/:resource')
  @Endpoint(lockEndpoints.get)
  get(@Param() path: ResourcePath, @CurrentCaller() caller: Caller): Promise<ResourceView> {
    return this.holders.get(caller, path);
  }

  /** Break the lock of a resource, with all the resources that it has. Whoever had it keeps an older fencing token. */
  @Delete('resources/:resource')
  @HttpCode(204)
  @Endpoint(lockEndpoints.break)
  break(@Param() path: ResourcePath, @CurrentCaller() caller: Caller): Promise<void> {
    return this.holders.break(caller, path);
  }
}
