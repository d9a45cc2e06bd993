import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { parseCookie } from 'cookie';
import { Caller, DEFAULT_TENANT } from '../../access/caller.js';
import type { SessionView } from './dto/answers.dto.js';
import { noToken } from './sessions.errors.js';
import { SessionsService } from './sessions.sessions.service.js';

/** Where a guarded route finds a session's token. */
export interface SessionGuardOptions {
  /** The name of a cookie that may carry it, where the header Session-Token does not. */
  readonly cookie?: string;
  /** `default` if left out. */
  readonly tenant?: string;
}

const OPTIONS = Symbol('session guard');
const SESSION = Symbol('session');

interface Guarded {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  [SESSION]?: SessionView;
}

/** Lets a request through that carries the token of a session, which counts as used then. */
@Injectable()
export class SessionTokenGuard implements CanActivate {
  private readonly reflector = new Reflector();

  constructor(private readonly sessions: SessionsService) {}

  /** @throws AppError `sessions.no-token`, `sessions.invalid-token`, `sessions.refused` */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const { cookie, tenant = DEFAULT_TENANT } =
      this.reflector.getAllAndOverride<SessionGuardOptions | undefined>(OPTIONS, targets) ?? {};
    const request = context.switchToHttp().getRequest<Guarded>();
    const sessionToken = tokenOf(request, cookie);
    if (sessionToken === undefined) throw noToken();
    request[SESSION] = await this.sessions.current(Caller.inProcess(tenant), { sessionToken });
    return true;
  }
}

/**
 * For routes of a module that is added to the service, and that imports SessionsModule: lets through who has a session, whoever
 * that is to the service besides; others get 401, `sessions.no-token` or `sessions.invalid-token`. A route for browsers, which
 * have no API key, is `@Public()` as well. `@CurrentSession()` gives the handler the session. On a controller it guards all of its
 * routes; options of a route take the place of the controller's.
 */
export const SessionGuard = (options: SessionGuardOptions = {}): ClassDecorator & MethodDecorator =>
  applyDecorators(SetMetadata(OPTIONS, options), UseGuards(SessionTokenGuard));

/** Injects the session into a handler that `SessionGuard` guards. */
export const CurrentSession = createParamDecorator(
  (_data: unknown, context: ExecutionContext): SessionView => {
    const session = context.switchToHttp().getRequest<Guarded>()[SESSION];
    if (session === undefined) throw new Error('a handler without @SessionGuard has no session');
    return session;
  },
);

function tokenOf({ headers }: Guarded, cookie: string | undefined): string | undefined {
  const sent = headers['session-token'];
  if (typeof sent === 'string' && sent !== '') return sent;
  const cookies = headers.cookie;
  if (cookie === undefined || typeof cookies !== 'string') return undefined;
  return parseCookie(cookies)[cookie] || undefined;
}
