import { Body, Controller, Get, Headers, HttpCode, Param, Post, Put, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiHeader, ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { Endpoint } from '../../access/endpoint.js';
import {
  ConfigureProcessorBody,
  payloadSchema,
  PayloadPath,
  PayloadState,
  type ProcessedPayload,
  processedSchema,
  ProcessorView,
  QueuedPayload,
} from './dto/pipeline.dto.js';
import { pipelineEndpoints } from './pipeline.endpoints.js';
import { PipelineService } from './pipeline.service.js';

const RESPOND_ASYNC = /(^|,)\s*respond-async\s*(;|,|$)/i;

@Controller('v1/pipeline')
export class PipelineHttpController {
  constructor(private readonly pipeline: PipelineService) {}

  /**
   * Process a payload; the same `id` again gives the same answer and is processed once. With `Prefer: respond-async` it is
   * queued for a worker instead. A payload has at most 64 KiB as JSON.
   */
  @Post('payloads')
  @HttpCode(200)
  @Endpoint(pipelineEndpoints.processPayload)
  @ApiBody({ schema: payloadSchema })
  @ApiHeader({ name: 'Prefer', required: false, description: '`respond-async` to have the payload queued.' })
  @ApiOkResponse({ schema: processedSchema, description: 'What the payload has become.' })
  @ApiAcceptedResponse({
    type: QueuedPayload,
    description: 'The payload is queued; `Location` tells what becomes of it.',
  })
  async processPayload(
    @Body() body: unknown,
    @Headers('prefer') prefer: string | undefined,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProcessedPayload | QueuedPayload> {
    if (prefer === undefined || !RESPOND_ASYNC.test(prefer))
      return await this.pipeline.processPayload(caller, body);
    const queued = await this.queue(body, caller, reply);
    void reply.header('preference-applied', 'respond-async');
    return queued;
  }

  /** Queue a payload for a worker. The same as to process one with the preference `respond-async`. */
  @Post('queue')
  @HttpCode(202)
  @Endpoint(pipelineEndpoints.queue)
  @ApiBody({ schema: payloadSchema })
  @ApiOkResponse({
    schema: processedSchema,
    description: 'What the payload has become: it was processed before.',
  })
  @ApiAcceptedResponse({
    type: QueuedPayload,
    description: 'The payload is queued; `Location` tells what becomes of it.',
  })
  async queue(
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProcessedPayload | QueuedPayload> {
    const answer = await this.pipeline.queue(caller, body);
    const isThere = answer.status === 'processed';
    void reply.status(isThere ? 200 : 202);
    if (!isThere)
      void reply.header('location', `/v1/pipeline/payloads/${encodeURIComponent(String(answer.id))}`);
    return answer;
  }

  /** What became of a payload. */
  @Get('payloads/:id')
  @Endpoint(pipelineEndpoints.payload)
  payload(@Param() path: PayloadPath, @CurrentCaller() caller: Caller): Promise<PayloadState> {
    return this.pipeline.get(caller, path);
  }

  /** Whether the processor is active, and how many payloads it has and had. */
  @Get()
  @Endpoint(pipelineEndpoints.get)
  state(@CurrentCaller() caller: Caller): Promise<ProcessorView> {
    return this.pipeline.state(caller);
  }

  /** Activate or deactivate the processor: payloads are refused, and those that are queued wait. */
  @Put()
  @Endpoint(pipelineEndpoints.configure)
  configure(@Body() body: ConfigureProcessorBody, @CurrentCaller() caller: Caller): Promise<ProcessorView> {
    return this.pipeline.configure(caller, body);
  }
}
