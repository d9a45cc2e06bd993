import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { MessageEndpoint } from '../../access/endpoint.js';
import {
  ConfigureProcessorBody,
  NoData,
  PayloadPath,
  type PayloadState,
  type ProcessedPayload,
  type ProcessorView,
  type QueuedPayload,
} from './dto/pipeline.dto.js';
import { pipelineEndpoints } from './pipeline.endpoints.js';
import { PipelineService } from './pipeline.service.js';

@Controller()
export class PipelineMessageController {
  constructor(private readonly pipeline: PipelineService) {}

  @MessageEndpoint(pipelineEndpoints.processPayload)
  processPayload(@Payload('data') data: unknown, @CurrentCaller() caller: Caller): Promise<ProcessedPayload> {
    return this.pipeline.processPayload(caller, data);
  }

  /** As the route with `Prefer: respond-async`. */
  @MessageEndpoint(pipelineEndpoints.queue)
  queue(
    @Payload('data') data: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<ProcessedPayload | QueuedPayload> {
    return this.pipeline.queue(caller, data);
  }

  @MessageEndpoint(pipelineEndpoints.payload)
  payload(@Payload('data') data: PayloadPath, @CurrentCaller() caller: Caller): Promise<PayloadState> {
    return this.pipeline.get(caller, data);
  }

  @MessageEndpoint(pipelineEndpoints.get)
  state(@Payload('data') _data: NoData, @CurrentCaller() caller: Caller): Promise<ProcessorView> {
    return this.pipeline.state(caller);
  }

  @MessageEndpoint(pipelineEndpoints.configure)
  configure(
    @Payload('data') data: ConfigureProcessorBody,
    @CurrentCaller() caller: Caller,
  ): Promise<ProcessorView> {
    return this.pipeline.configure(caller, data);
  }
}
