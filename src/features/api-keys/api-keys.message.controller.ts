import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { MessageEndpoint } from '../../access/endpoint.js';
import { apiKeyEndpoints } from './api-keys.endpoints.js';
import { ApiKeysService } from './api-keys.service.js';
import type { ApiKeyPage, ApiKeyView, CallerView, CreatedApiKey } from './dto/api-key.answers.dto.js';
import {
  ApiKeyPath,
  CreateApiKeyBody,
  ListApiKeysQuery,
  NoFields,
  RotateApiKeyMessage,
} from './dto/api-key.dto.js';

@Controller()
export class ApiKeysMessageController {
  constructor(private readonly keys: ApiKeysService) {}

  @MessageEndpoint(apiKeyEndpoints.create)
  create(@Payload('data') data: CreateApiKeyBody, @CurrentCaller() caller: Caller): Promise<CreatedApiKey> {
    return this.keys.create(caller, data);
  }

  @MessageEndpoint(apiKeyEndpoints.list)
  list(@Payload('data') data: ListApiKeysQuery, @CurrentCaller() caller: Caller): Promise<ApiKeyPage> {
    return this.keys.list(caller, data);
  }

  @MessageEndpoint(apiKeyEndpoints.get)
  get(@Payload('data') data: ApiKeyPath, @CurrentCaller() caller: Caller): Promise<ApiKeyView> {
    return this.keys.get(caller, data);
  }

  @MessageEndpoint(apiKeyEndpoints.revoke)
  async revoke(@Payload('data') data: ApiKeyPath, @CurrentCaller() caller: Caller): Promise<null> {
    await this.keys.revoke(caller, data);
    return null;
  }

  @MessageEndpoint(apiKeyEndpoints.rotate)
  rotate(
    @Payload('data') data: RotateApiKeyMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<CreatedApiKey> {
    return this.keys.rotate(caller, data);
  }

  @MessageEndpoint(apiKeyEndpoints.me)
  me(@Payload('data') _data: NoFields, @CurrentCaller() caller: Caller): Promise<CallerView> {
    return this.keys.me(caller);
  }
}
