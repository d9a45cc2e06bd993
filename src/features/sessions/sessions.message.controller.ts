import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { MessageEndpoint } from '../../access/endpoint.js';
import type { SessionPage, SessionView, TokenAnswer } from './dto/answers.dto.js';
import {
  CreateSessionBody,
  CurrentMessage,
  EndAllMessage,
  ListSessionsMessage,
  PatchMessage,
  SessionPath,
} from './dto/session.dto.js';
import { withSessionId } from './dto/session-id.js';
import { sessionEndpoints } from './sessions.endpoints.js';
import { SessionsService } from './sessions.sessions.service.js';
import { UserSessionsService } from './sessions.users.service.js';

@Controller()
export class SessionsMessageController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly users: UserSessionsService,
  ) {}

  @MessageEndpoint(sessionEndpoints.create)
  create(@Payload('data') data: CreateSessionBody, @CurrentCaller() caller: Caller): Promise<TokenAnswer> {
    return this.sessions.create(caller, data);
  }

  @MessageEndpoint(sessionEndpoints.current)
  current(@Payload('data') data: CurrentMessage, @CurrentCaller() caller: Caller): Promise<SessionView> {
    return this.sessions.current(caller, data);
  }

  @MessageEndpoint(sessionEndpoints.patch)
  patch(
    @Payload('data') { sessionToken, data, ifMatch }: PatchMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<SessionView> {
    return this.sessions.patch(caller, { sessionToken, patch: data, ifMatch });
  }

  @MessageEndpoint(sessionEndpoints.rotate)
  rotate(@Payload('data') data: CurrentMessage, @CurrentCaller() caller: Caller): Promise<TokenAnswer> {
    return this.sessions.rotate(caller, data);
  }

  @MessageEndpoint(sessionEndpoints.endCurrent)
  async endCurrent(@Payload('data') data: CurrentMessage, @CurrentCaller() caller: Caller): Promise<null> {
    await this.sessions.endCurrent(caller, data);
    return null;
  }

  @MessageEndpoint(sessionEndpoints.end)
  async end(@Payload('data') data: SessionPath, @CurrentCaller() caller: Caller): Promise<null> {
    await this.sessions.end(caller, withSessionId(data));
    return null;
  }

  @MessageEndpoint(sessionEndpoints.list)
  list(@Payload('data') data: ListSessionsMessage, @CurrentCaller() caller: Caller): Promise<SessionPage> {
    return this.users.list(caller, data);
  }

  @MessageEndpoint(sessionEndpoints.endAll)
  async endAll(@Payload('data') data: EndAllMessage, @CurrentCaller() caller: Caller): Promise<null> {
    await this.users.endAll(caller, data);
    return null;
  }
}
