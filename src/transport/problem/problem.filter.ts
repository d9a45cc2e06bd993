import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { RedisContext } from '@nestjs/microservices';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, throwError } from 'rxjs';
import { messageRequestId } from '../../access/call-source.js';
import { log } from '../../telemetry/log.js';
import { isLogged, rememberLogged } from '../../telemetry/operation.js';
import { asAppError } from './as-app-error.js';
import { type Problem, problemOf } from './problem.js';
import { type Refused, reportProblem } from './refusals.js';

/** Answers every error, expected or not, with a problem document, on both transports. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): Observable<never> | void {
    if (host.getType() !== 'http') {
      const requestId = messageRequestId(host.getArgByIndex<unknown>(0));
      const context: unknown = host.getArgByIndex(1);
      const pattern = context instanceof RedisContext ? context.getChannel() : undefined;
      return throwError(() => this.problem(thrown, 'message', { requestId, transport: 'message', pattern }));
    }
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const operation = typeof request.endpoint === 'object' ? request.endpoint.name : 'http';
    sendProblem(reply, this.problem(thrown, operation, refusedOf(request), request.url));
  }

  private problem(thrown: unknown, operation: string, refused: Refused, path?: string): Problem {
    const { requestId } = refused;
    const error = asAppError(thrown, operation, requestId);
    // A guard that cannot ask Redis who is calling, say: no operation has begun that would have logged it.
    if (error.kind === 'unavailable' && !isLogged(error)) {
      log.warn({ event: 'request.failure', operation, requestId, code: error.code, err: error });
      rememberLogged(error);
    }
    reportProblem(error, refused);
    return problemOf(error, requestId, path?.split('?')[0] ?? `urn:fulcrum:request:${requestId}`);
  }
}

/** What the log may know of `request`. */
export function refusedOf({ id, method, routeOptions }: FastifyRequest): Refused {
  return { requestId: id, transport: 'http', method, route: routeOptions.url };
}

const codesSent = new WeakMap<FastifyReply, string>();

/** The code of the problem that `reply` was; undefined if it was none. */
export function problemCodeOf(reply: FastifyReply): string | undefined {
  return codesSent.get(reply);
}

const UPGRADE = { upgrade: 'websocket', connection: 'upgrade', 'sec-websocket-version': '13' };

/** Sends `problem` with the headers that its status asks for. */
export function sendProblem(reply: FastifyReply, problem: Problem): void {
  if (reply.sent) return;
  codesSent.set(reply, problem.code);
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="fulcrum"');
  // The protocol, in the version of it, that the route takes.
  if (problem.status === 426) void reply.headers(UPGRADE);
  if (problem.retryAfterMs !== undefined) {
    void reply.header('retry-after', Math.ceil(problem.retryAfterMs / 1000));
  }
  void reply
    .status(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}
