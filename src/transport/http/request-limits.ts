import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../errors/app-error.js';
import { requestErrors } from '../../errors/core.errors.js';
import { problemOf } from '../problem/problem.js';
import { refusedOf, sendProblem } from '../problem/problem.filter.js';
import { reportProblem } from '../problem/refusals.js';

/** Longest URL, in characters; RFC 9110 asks for 8,000 octets. */
export const MAX_URL_LENGTH = 8192;
/** Most header fields of a request. Node drops what it finds beyond 2,000 without a word. */
export const MAX_HEADERS = 100;

/** Refuses, before a body is read, what no client with good intentions sends. */
export function limitRequests(adapter: FastifyAdapter): void {
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    const refusal = refusalOf(request);
    if (refusal === undefined) {
      done();
      return;
    }
    if (refusal.definition === requestErrors['unsupported-encoding']) {
      void reply.header('accept-encoding', 'identity');
    }
    refuse(request, reply, refusal);
  });
}

/** Answers what no handler is to see. */
export function refuse(request: FastifyRequest, reply: FastifyReply, error: AppError): void {
  reportProblem(error, refusedOf(request));
  sendProblem(reply, problemOf(error, request.id, request.url.split('?')[0] ?? request.url));
}

function refusalOf({ raw, url }: FastifyRequest): AppError | undefined {
  if (url.length > MAX_URL_LENGTH) {
    return new AppError(requestErrors['url-too-long'], `A URL has at most ${MAX_URL_LENGTH} characters.`);
  }
  if (raw.rawHeaders.length > 2 * MAX_HEADERS) {
    return new AppError(
      requestErrors['headers-too-large'],
      `A request has at most ${MAX_HEADERS} header fields.`,
    );
  }
  if (raw.headers.host === undefined && raw.httpVersion === '1.1') {
    return new AppError(requestErrors.malformed, 'A request has a Host.');
  }
  const coding = raw.headers['content-encoding'];
  // Nothing here inflates a body, so that none can grow by being read.
  if (coding !== undefined && coding.trim().toLowerCase() !== 'identity') {
    return new AppError(requestErrors['unsupported-encoding'], 'Send the body without a content coding.');
  }
  return undefined;
}
