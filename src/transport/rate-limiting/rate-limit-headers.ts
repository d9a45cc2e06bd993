import type { FastifyReply } from 'fastify';
import { type BucketLimit, type BucketState, fillMs } from './token-bucket.js';

/** A limit and how its bucket stands after a request. */
export interface AppliedLimit {
  readonly name: string;
  readonly limit: BucketLimit;
  readonly state: BucketState;
}

/**
 * Adds `limits` to the fields `RateLimit-Policy` (quota `q` in a window of `w` seconds) and `RateLimit` (`r` left,
 * full again in `t` seconds) of the IETF httpapi draft; both are lists of structured fields (RFC 9651).
 */
export function addRateLimitHeaders(reply: FastifyReply, limits: readonly AppliedLimit[]): void {
  for (const { name, limit, state } of limits) {
    append(
      reply,
      'ratelimit-policy',
      `"${name}";q=${limit.capacity};w=${Math.max(1, Math.ceil(fillMs(limit) / 1000))}`,
    );
    append(reply, 'ratelimit', `"${name}";r=${state.remaining};t=${Math.ceil(state.resetMs / 1000)}`);
  }
}

function append(reply: FastifyReply, field: string, item: string): void {
  const before = reply.getHeader(field);
  void reply.header(field, before === undefined ? item : `${String(before)}, ${item}`);
}
