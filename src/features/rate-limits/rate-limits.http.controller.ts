import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { Endpoint } from '../../access/endpoint.js';
import { ConsumeAllAnswer, ConsumeAnswer, PolicyPage, PolicyView } from './dto/answers.dto.js';
import {
  ConsumeAllBody,
  ConsumeBody,
  ListPoliciesQuery,
  PolicyPath,
  PutPolicyBody,
} from './dto/rate-limit.dto.js';
import { rateLimitEndpoints } from './rate-limits.endpoints.js';
import { RateLimitsService } from './rate-limits.service.js';

@Controller('v1/rate-limits')
export class RateLimitsHttpController {
  constructor(private readonly rateLimits: RateLimitsService) {}

  /** Make or replace a policy. A new refill rate begins with full buckets. */
  @Put(':policy')
  @Endpoint(rateLimitEndpoints.put)
  @ApiOkResponse({ type: PolicyView, description: 'The policy stood before.' })
  @ApiCreatedResponse({ type: PolicyView, description: 'The policy is new.' })
  async put(
    @Param() path: PolicyPath,
    @Body() body: PutPolicyBody,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolicyView> {
    const { created, view } = await this.rateLimits.put(caller, { ...body, ...path });
    void reply.status(created ? 201 : 200);
    return view;
  }

  /** The policies of the caller's tenant that the caller may read, by name. */
  @Get()
  @Endpoint(rateLimitEndpoints.list)
  list(@Query() query: ListPoliciesQuery, @CurrentCaller() caller: Caller): Promise<PolicyPage> {
    return this.rateLimits.list(caller, query);
  }

  /** A policy. */
  @Get(':policy')
  @Endpoint(rateLimitEndpoints.get)
  get(@Param() path: PolicyPath, @CurrentCaller() caller: Caller): Promise<PolicyView> {
    return this.rateLimits.get(caller, path);
  }

  /** Forget a policy. */
  @Delete(':policy')
  @HttpCode(204)
  @Endpoint(rateLimitEndpoints.delete)
  delete(@Param() path: PolicyPath, @CurrentCaller() caller: Caller): Promise<void> {
    return this.rateLimits.delete(caller, path);
  }

  /**
   * Take tokens from a bucket if it holds them. A refusal is an answer, not an error: 200 with `allowed: false`. While Redis is away
   * the policy's `onOutage` decides; an API key counts then if it was found valid here within the last minute.
   */
  @Post(':policy/consume')
  @HttpCode(200)
  @Endpoint(rateLimitEndpoints.consume)
  consume(
    @Param() path: PolicyPath,
    @Body() body: ConsumeBody,
    @CurrentCaller() caller: Caller,
  ): Promise<ConsumeAnswer> {
    return this.rateLimits.consume(caller, { ...body, ...path });
  }

  /**
   * Take tokens from up to 8 buckets, from all of them or from none. While Redis is away the strictest `onOutage` decides; an API key
   * counts then if it was found valid here within the last minute.
   */
  @Post('consume')
  @HttpCode(200)
  @Endpoint(rateLimitEndpoints.consumeAll)
  consumeAll(@Body() body: ConsumeAllBody, @CurrentCaller() caller: Caller): Promise<ConsumeAllAnswer> {
    return this.rateLimits.consumeAll(caller, body);
  }
}
