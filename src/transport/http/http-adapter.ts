import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf, REQUEST_ID } from '../../access/call-source.js';
import { AppError } from '../../errors/app-error.js';
import { requestErrors } from '../../errors/core.errors.js';
import { log } from '../../telemetry/log.js';
import { MAX_BODY_BYTES } from '../body-limit.js';
import { asAppError } from '../problem/as-app-error.js';
import { problemOf } from '../problem/problem.js';
import { sendProblem } from '../problem/problem.filter.js';
import { reportProblem } from '../problem/refusals.js';
import { malformedJson, parseJson } from '../validation/parse-json.js';
import { isUtf8Type } from './charset.js';
import { answerClientErrors } from './client-errors.js';
import { type ClientLimits, createServer } from './http-server.js';
import { securityHeaders } from './security-headers.js';
import { reloadOnChange, type TlsFiles } from './tls.js';

/** Room for the longest identity with every byte percent-encoded; longer ones are refused by validation. */
const MAX_PATH_PARAMETER_LENGTH = 16_384;

const UNCAPPED: ClientLimits = {
  clientTimeoutMs: 15_000,
  maxConnections: Infinity,
  maxConnectionsPerAddress: Infinity,
};

export interface HttpAdapterOptions {
  /** How many addresses at the end of X-Forwarded-For are believed. */
  readonly trustedProxies?: number;
  /** What clients may take; without it, any number of connections and 15 s for a request. */
  readonly limits?: ClientLimits;
  /** Serve HTTPS with this certificate, and with what takes its place in the same files. */
  readonly tls?: TlsFiles | undefined;
}

/**
 * Fastify as the service needs it: bounded clients, request ids, strict JSON, headers for browsers and for replays, and
 * a problem for what it refuses.
 */
export function createHttpAdapter({
  trustedProxies = 0,
  limits = UNCAPPED,
  tls,
}: HttpAdapterOptions = {}): FastifyAdapter {
  const headersFor = securityHeaders({ tls: tls !== undefined });
  const adapter = new FastifyAdapter({
    serverFactory: (listener: RequestListener) => createServer({ tls, limits }, listener),
    clientErrorHandler: answerClientErrors(headersFor('/')),
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: 'idle',
    // What still comes on an open connection while the service stops is answered too, as its last: Fastify's own
    // refusal is no problem document.
    return503OnClosing: false,
    requestIdHeader: false,
    // Without a proxy in front Fastify need not look for one in each request.
    trustProxy: trustedProxies > 0 && ((_address: string, hop: number) => hop < trustedProxies),
    genReqId: (request: IncomingMessage) => {
      const sent = request.headers['x-request-id'];
      return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID();
    },
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      const id = String(request.id);
      void reply.header('x-request-id', id).headers(headersFor('/'));
      const refusal = asAppError(error, 'routing', id);
      reportProblem(refusal, { requestId: id, transport: 'http', method: request.method });
      sendProblem(reply, problemOf(refusal, id, `urn:fulcrum:request:${id}`));
    },
  });
  const fastify = adapter.getInstance();
  if (tls && fastify.server instanceof HttpsServer) {
    const endReloads = reloadOnChange(fastify.server, tls);
    fastify.addHook('onClose', (_instance, done) => {
      endReloads();
      done();
    });
  }
  fastify.removeAllContentTypeParsers();
  const json = ['application/json', 'application/merge-patch+json'];
  fastify.addContentTypeParser<Buffer>(json, { parseAs: 'buffer' }, (request, body, done) => {
    try {
      refuseOtherCharsets(request.headers['content-type']);
      done(null, body.length === 0 ? undefined : parseJson(textOf(body)));
    } catch (error) {
      done(error instanceof Error ? error : new Error('unreadable body'));
    }
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id).headers(headersFor(request.url));
    done();
  });
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    if (callerOf(request)?.replayed) void reply.header('idempotency-replayed', 'true');
    // Whoever is still sending would lose the answer with the connection. The rest is read and dropped, for as long as a
    // request may take to arrive.
    if (reply.statusCode === 413) void reply.removeHeader('connection');
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    if (log.isLevelEnabled('debug')) {
      log.debug({
        event: 'request.completed',
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
      });
    }
    done();
  });
  return adapter;
}

/** @throws AppError `request.unsupported-media-type`: in another charset the same bytes are other names. */
function refuseOtherCharsets(contentType: string | undefined): void {
  if (!isUtf8Type(contentType))
    throw new AppError(requestErrors['unsupported-media-type'], 'Send application/json in UTF-8.');
}

/** @throws AppError `request.malformed-json`: what is no UTF-8 would be read as something else, two names as one. */
function textOf(body: Buffer): string {
  if (!isUtf8(body)) throw malformedJson();
  return body.toString();
}
