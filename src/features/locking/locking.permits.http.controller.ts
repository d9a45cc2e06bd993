import { Body, Controller, Delete, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { Endpoint } from '../../access/endpoint.js';
import { closeSignal } from '../../transport/http/close-signal.js';
import { ExtendPermitAnswer, PermitAnswer } from './dto/answers.dto.js';
import { AcquirePermitBody, ExtendLockBody, PermitPath, ResourcePath } from './dto/lock.dto.js';
import { permitEndpoints } from './locking.endpoints.js';
import { PermitsService } from './locking.permits.service.js';

@Controller('v1/semaphores/:resource/permits')
export class PermitsHttpController {
  constructor(private readonly permits: PermitsService) {}

  /**
   * Take a permit of a semaphore, of which at most `permits` are held at a time. Who waits gets one in the order of arrival.
   * If none comes free in time: 423 with who holds them.
   */
  @Post()
  @Endpoint(permitEndpoints.acquire)
  acquire(
    @Param() path: ResourcePath,
    @Body() body: AcquirePermitBody,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PermitAnswer> {
    return this.permits.acquire(caller, { ...body, ...path }, body.waitMs ? closeSignal(reply) : undefined);
  }

  /** Give a permit `ttlMs` from now on. */
  @Post(':permitId/extend')
  @HttpCode(200)
  @Endpoint(permitEndpoints.extend)
  extend(
    @Param() path: PermitPath,
    @Body() body: ExtendLockBody,
    @CurrentCaller() caller: Caller,
  ): Promise<ExtendPermitAnswer> {
    return this.permits.extend(caller, { ...body, ...path });
  }

  /** Give a permit back. */
  @Delete(':permitId')
  @HttpCode(204)
  @Endpoint(permitEndpoints.release)
  release(@Param() path: PermitPath, @CurrentCaller() caller: Caller): Promise<void> {
    return this.permits.release(caller, path);
  }
}
