import type { FastifyReply } from 'fastify';
import { type BucketLimit, type BucketState, fillMs } from './token-bucket.js';

/** A limit and how its bucket stands after a request. */
export interface AppliedLimit {
  readonly name: string;
  /** The limit as an item of the field `RateLimit-Policy`. */
  readonly policy: string;
  readonly state: BucketState;
}

/** The quota `q` of a limit in a window of `w` seconds, as an item of the field `RateLimit-Policy`. */
export function policyItem(name: string, limit: BucketLimit): string {
  return `"${name}";q=${limit.capacity};w=${Math.max(1, Math.ceil(fillMs(limit) / 1000))}`;
}

/**
 * Adds `limits` to the fields `RateLimit-Policy` (quota and window) and `RateLimit` (`r` left, full again in `t`
 * seconds) of the IETF httpapi draft; both are lists of structured fields (RFC 9651).
 */
export function addRateLimitHeaders(reply: FastifyReply, limits: readonly AppliedLimit[]): void {
  let policies = textOf(reply.getHeader('ratelimit-policy'));
  let states = textOf(reply.getHeader('ratelimit'));
  for (const { name, policy, state } of limits) {
    const separator = policies === '' ? '' : ', ';
    policies += separator + policy;
    states += `${separator}"${name}";r=${state.remaining};t=${Math.ceil(state.resetMs / 1000)}`;
  }
  if (policies !== '') void reply.header('ratelimit-policy', policies).header('ratelimit', states);
}

const textOf = (header: unknown): string => (typeof header === 'string' ? header : '');
