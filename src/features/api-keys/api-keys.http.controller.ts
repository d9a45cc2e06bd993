import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { Endpoint } from '../../access/endpoint.js';
import { apiKeyEndpoints } from './api-keys.endpoints.js';
import { ApiKeysService } from './api-keys.service.js';
import { ApiKeyPage, ApiKeyView, CallerView, CreatedApiKey } from './dto/api-key.answers.dto.js';
import { ApiKeyPath, CreateApiKeyBody, ListApiKeysQuery, RotateApiKeyBody } from './dto/api-key.dto.js';

@Controller('v1')
export class ApiKeysHttpController {
  constructor(private readonly keys: ApiKeysService) {}

  /** Make an API key. Its secret is shown in this answer alone. */
  @Post('api-keys')
  @Endpoint(apiKeyEndpoints.create)
  create(@Body() body: CreateApiKeyBody, @CurrentCaller() caller: Caller): Promise<CreatedApiKey> {
    return this.keys.create(caller, body);
  }

  /** API keys in order of creation, without their secrets. */
  @Get('api-keys')
  @Endpoint(apiKeyEndpoints.list)
  list(@Query() query: ListApiKeysQuery, @CurrentCaller() caller: Caller): Promise<ApiKeyPage> {
    return this.keys.list(caller, query);
  }

  /** One API key, without its secret. */
  @Get('api-keys/:id')
  @Endpoint(apiKeyEndpoints.get)
  get(@Param() path: ApiKeyPath, @CurrentCaller() caller: Caller): Promise<ApiKeyView> {
    return this.keys.get(caller, path);
  }

  /** Revoke an API key: every node refuses it within one second. */
  @Delete('api-keys/:id')
  @HttpCode(204)
  @Endpoint(apiKeyEndpoints.revoke)
  revoke(@Param() path: ApiKeyPath, @CurrentCaller() caller: Caller): Promise<void> {
    return this.keys.revoke(caller, path);
  }

  /**
   * Give an API key a new secret; the old one works for `graceMs` more. Secrets of earlier rotations keep the time that they were
   * given, the newest 8 of them; to end all of them at once, revoke the key.
   */
  @Post('api-keys/:id/rotate')
  @HttpCode(200)
  @Endpoint(apiKeyEndpoints.rotate)
  rotate(
    @Param() path: ApiKeyPath,
    @Body() body: RotateApiKeyBody,
    @CurrentCaller() caller: Caller,
  ): Promise<CreatedApiKey> {
    return this.keys.rotate(caller, { ...path, ...body });
  }

  /** Who the request's credential is. */
  @Get('me')
  @Endpoint(apiKeyEndpoints.me)
  me(@CurrentCaller() caller: Caller): Promise<CallerView> {
    return this.keys.me(caller);
  }
}
