import cors from '@fastify/cors';
import type { FastifyAdapter } from '@nestjs/platform-fastify';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const REQUEST_HEADERS = [
  'authorization',
  'content-type',
  'durability',
  'fence',
  'idempotency-key',
  'if-match',
  'last-event-id',
  'prefer',
  'session-token',
  'x-request-id',
];
const ANSWER_HEADERS = [
  'durability',
  'etag',
  'idempotency-replayed',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'x-request-id',
];
/** How long a browser may remember a preflight; none remembers it longer than two hours. */
const PREFLIGHT_SECONDS = 7200;

/**
 * Lets pages of exactly these origins call the API with a credential that they send themselves; cookies play no
 * part. Without an origin nothing is added to any request. Only headers are added here: a preflight goes on, so
 * that its address is charged for it, to the handler that answers every OPTIONS.
 */
export function allowOrigins(adapter: FastifyAdapter, origins: readonly string[]): void {
  if (origins.length === 0) return;
  void adapter.getInstance().register(cors, {
    origin: [...origins],
    methods: METHODS,
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: ANSWER_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    preflightContinue: true,
    // An OPTIONS that is no preflight is as good as one.
    strictPreflight: false,
  });
}
