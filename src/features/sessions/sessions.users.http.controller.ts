import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { Endpoint } from '../../access/endpoint.js';
import { ListQuery } from '../../transport/pagination/list-query.dto.js';
import { SessionPage } from './dto/answers.dto.js';
import { EndAllQuery, UserPath } from './dto/session.dto.js';
import { sessionEndpoints } from './sessions.endpoints.js';
import { UserSessionsService } from './sessions.users.service.js';

@Controller('v1/users/:userId/sessions')
export class UserSessionsHttpController {
  constructor(private readonly sessions: UserSessionsService) {}

  /** A user’s sessions, the newest first: from which device, since when, when they were last used; not their data. */
  @Get()
  @Endpoint(sessionEndpoints.list)
  list(
    @Param() path: UserPath,
    @Query() query: ListQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<SessionPage> {
    return this.sessions.list(caller, { ...query, ...path });
  }

  /** Log a user out everywhere, or everywhere but in the session `except`. 404, and nothing ends, if that is somebody else’s. */
  @Delete()
  @HttpCode(204)
  @Endpoint(sessionEndpoints.endAll)
  endAll(
    @Param() path: UserPath,
    @Query() query: EndAllQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    return this.sessions.endAll(caller, { ...query, ...path });
  }
}
