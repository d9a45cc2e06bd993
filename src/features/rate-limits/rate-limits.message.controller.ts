import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { MessageEndpoint } from '../../access/endpoint.js';
import type { ConsumeAllAnswer, ConsumeAnswer, PolicyPage, PolicyView } from './dto/answers.dto.js';
import {
  ConsumeAllBody,
  ConsumeMessage,
  ListPoliciesQuery,
  PolicyPath,
  PutPolicyMessage,
} from './dto/rate-limit.dto.js';
import { rateLimitEndpoints } from './rate-limits.endpoints.js';
import { RateLimitsService } from './rate-limits.service.js';

@Controller()
export class RateLimitsMessageController {
  constructor(private readonly rateLimits: RateLimitsService) {}

  @MessageEndpoint(rateLimitEndpoints.put)
  async put(@Payload('data') data: PutPolicyMessage, @CurrentCaller() caller: Caller): Promise<PolicyView> {
    return (await this.rateLimits.put(caller, data)).view;
  }

  @MessageEndpoint(rateLimitEndpoints.list)
  list(@Payload('data') data: ListPoliciesQuery, @CurrentCaller() caller: Caller): Promise<PolicyPage> {
    return this.rateLimits.list(caller, data);
  }

  @MessageEndpoint(rateLimitEndpoints.get)
  get(@Payload('data') data: PolicyPath, @CurrentCaller() caller: Caller): Promise<PolicyView> {
    return this.rateLimits.get(caller, data);
  }

  @MessageEndpoint(rateLimitEndpoints.delete)
  async delete(@Payload('data') data: PolicyPath, @CurrentCaller() caller: Caller): Promise<null> {
    await this.rateLimits.delete(caller, data);
    return null;
  }

  @MessageEndpoint(rateLimitEndpoints.consume)
  consume(@Payload('data') data: ConsumeMessage, @CurrentCaller() caller: Caller): Promise<ConsumeAnswer> {
    return this.rateLimits.consume(caller, data);
  }

  @MessageEndpoint(rateLimitEndpoints.consumeAll)
  consumeAll(
    @Payload('data') data: ConsumeAllBody,
    @CurrentCaller() caller: Caller,
  ): Promise<ConsumeAllAnswer> {
    return this.rateLimits.consumeAll(caller, data);
  }
}
