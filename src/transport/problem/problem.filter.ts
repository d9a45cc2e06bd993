import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, throwError } from 'rxjs';
import { messageRequestId } from '../../access/call-source.js';
import { log } from '../../telemetry/log.js';
import { problems } from '../../telemetry/metrics.js';
import { isLogged } from '../../telemetry/operation.js';
import { asAppError } from './as-app-error.js';
import { type Problem, problemOf } from './problem.js';

/** Answers every error, expected or not, with a problem document, on both transports. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): Observable<never> | void {
    if (host.getType() !== 'http') {
      const envelope: unknown = host.getArgByIndex(0);
      return throwError(() => this.problem(thrown, messageRequestId(envelope), 'message'));
    }
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const operation = typeof request.endpoint === 'object' ? request.endpoint.name : 'http';
    sendProblem(reply, this.problem(thrown, request.id, operation, request.url));
  }

  private problem(thrown: unknown, requestId: string, operation: string, path?: string): Problem {
    const error = asAppError(thrown, operation, requestId);
    // A guard that cannot ask Redis who is calling, say: no operation has begun that would have logged it.
    if (error.kind === 'unavailable' && !isLogged(error)) {
      log.warn({ event: 'request.failure', operation, requestId, code: error.code, err: error });
    }
    problems.inc({ code: error.code, transport: path === undefined ? 'message' : 'http' });
    return problemOf(error, requestId, path?.split('?')[0] ?? `urn:fulcrum:request:${requestId}`);
  }
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
