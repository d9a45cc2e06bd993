import { randomUUID } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../../errors/app-error.js';
import { requestErrors } from '../../errors/core.errors.js';
import { problemOf } from '../problem/problem.js';
import { problemTable } from '../problem/problem-table.js';
import { reportProblem } from '../problem/refusals.js';
import { MAX_HEADER_BYTES } from './http-server.js';
import type { Headers } from './security-headers.js';

/**
 * Answers what is no HTTP request, or does not arrive, with a problem document, and closes the connection. Node tells
 * of it before there is a request that hooks and filters could see.
 */
export function answerClientErrors(headers: Headers): (error: Error, socket: Socket) => void {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return (error, socket) => {
    const refusal = refusalOf('code' in error ? error.code : undefined);
    if (refusal !== undefined && socket.writable && isUnanswered(socket)) {
      const id = randomUUID();
      reportProblem(refusal, { requestId: id, transport: 'http' });
      socket.write(answer(refusal, id, fields.join('')));
    }
    socket.destroySoon();
  };
}

/** Undefined if nobody is there to read an answer, or the error is one of TLS. */
function refusalOf(code: unknown): AppError | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new AppError(requestErrors['too-slow'], 'The request did not arrive in time.');
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    const detail = `URL and header fields have at most ${MAX_HEADER_BYTES} bytes together.`;
    return new AppError(requestErrors['headers-too-large'], detail);
  }
  return typeof code === 'string' && code.startsWith('HPE_')
    ? new AppError(requestErrors.malformed, 'This is no HTTP request.')
    : undefined;
}

/**
 * Whether an answer here is one to what was wrong: nothing is under way on the connection, or a request whose own body
 * is wrong and that has got no answer yet. To the client of an earlier, valid request it would be a false one.
 */
function isUnanswered(socket: Socket): boolean {
  // Node keeps the answer that is under way here, and looks at it for the same reason.
  const pending: unknown = Reflect.get(socket, '_httpMessage');
  if (!(pending instanceof ServerResponse)) return true;
  const request: unknown = pending.req;
  return !pending.headersSent && request instanceof IncomingMessage && !request.complete;
}

function answer(refusal: AppError, id: string, fields: string): string {
  const problem = problemOf(refusal, id, `urn:fulcrum:request:${id}`);
  const body = JSON.stringify(problem);
  return (
    `HTTP/1.1 ${problem.status} ${problemTable[refusal.kind].title}\r\n` +
    `content-type: application/problem+json; charset=utf-8\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n` +
    `x-request-id: ${id}\r\n${fields}connection: close\r\n\r\n${body}`
  );
}
