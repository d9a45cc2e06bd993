import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { Endpoint } from '../../access/endpoint.js';
import { SessionView, TokenAnswer } from './dto/answers.dto.js';
import { patchIn, tagOf } from './dto/patch.js';
import { CreateSessionBody, SessionPath } from './dto/session.dto.js';
import { withSessionId } from './dto/session-id.js';
import { sessionEndpoints } from './sessions.endpoints.js';
import { noToken } from './sessions.errors.js';
import { SessionsService } from './sessions.sessions.service.js';

const TOKEN = 'session-token';
const tokenHeader = { name: 'Session-Token', required: true, description: 'The session’s token.' };
const ifMatchHeader = {
  name: 'If-Match',
  required: false,
  description: 'The ETag of the version to patch; of another one nothing is patched: 412.',
};

@Controller('v1/sessions')
export class SessionsHttpController {
  constructor(private readonly sessions: SessionsService) {}

  /**
   * Begin a session of a user. Its token is shown here alone. A user who has SESSION_MAX_PER_USER sessions loses the oldest, or is
   * refused (SESSION_ON_MAX).
   */
  @Post()
  @Endpoint(sessionEndpoints.create)
  async create(
    @Body() body: CreateSessionBody,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenAnswer> {
    const answer = await this.sessions.create(caller, body);
    void reply.header('etag', tagOf(answer.session.version));
    return answer;
  }

  /** The session of the token, which counts as used now. 401 `sessions.invalid-token` once it has ended. */
  @Get('current')
  @ApiHeader(tokenHeader)
  @Endpoint(sessionEndpoints.current)
  async current(
    @Headers(TOKEN) token: string | undefined,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionView> {
    const session = await this.sessions.current(caller, { sessionToken: given(token) });
    void reply.header('etag', tagOf(session.version));
    return session;
  }

  /**
   * Change the session’s data by a merge patch (RFC 7396). Nothing is lost of patches at the same time. The body is a patch of the
   * session, in which `data` alone can be changed: `{"data": {…}}`; an object without `data` is a patch of the data itself.
   */
  @Patch('current')
  @ApiHeader(tokenHeader)
  @ApiHeader(ifMatchHeader)
  @ApiConsumes('application/json', 'application/merge-patch+json')
  @ApiBody({ schema: { type: 'object', additionalProperties: true } })
  @Endpoint(sessionEndpoints.patch)
  async patch(
    @Headers(TOKEN) token: string | undefined,
    @Headers('if-match') ifMatch: string | undefined,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionView> {
    const input = { sessionToken: given(token), patch: patchIn(body), ifMatch };
    const session = await this.sessions.patch(caller, input);
    void reply.header('etag', tagOf(session.version));
    return session;
  }

  /**
   * Give the session a new token, after a login or a change of rights, say. The one before counts for a few seconds more, or until
   * the token is changed again.
   */
  @Post('current/rotate')
  @HttpCode(200)
  @ApiHeader(tokenHeader)
  @Endpoint(sessionEndpoints.rotate)
  async rotate(
    @Headers(TOKEN) token: string | undefined,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenAnswer> {
    const answer = await this.sessions.rotate(caller, { sessionToken: given(token) });
    void reply.header('etag', tagOf(answer.session.version));
    return answer;
  }

  /** End the session of the token: log out. No request in flight brings it back. */
  @Delete('current')
  @HttpCode(204)
  @ApiHeader(tokenHeader)
  @Endpoint(sessionEndpoints.endCurrent)
  endCurrent(@Headers(TOKEN) token: string | undefined, @CurrentCaller() caller: Caller): Promise<void> {
    return this.sessions.endCurrent(caller, { sessionToken: given(token) });
  }

  /** End a session by its id. 404 for one that has ended, or never was. */
  @Delete(':sessionId')
  @HttpCode(204)
  @Endpoint(sessionEndpoints.end)
  end(@Param() path: SessionPath, @CurrentCaller() caller: Caller): Promise<void> {
    return this.sessions.end(caller, withSessionId(path));
  }
}

/** @throws AppError `sessions.no-token` */
function given(token: string | undefined): string {
  if (token === undefined || token === '') throw noToken();
  return token;
}
