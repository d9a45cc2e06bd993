import { AppError } from '../errors/app-error.js';
import { redisErrors } from '../errors/core.errors.js';

/**
 * What a failed attempt says about its effect: `none` (Redis refused or never got it), `unknown` (the
 * connection broke or time ran out after it may have been sent). `passing` failures are worth another try.
 */
export interface RedisFailure {
  readonly effect: 'none' | 'unknown';
  readonly passing: boolean;
  /** The user that the service is on this Redis lacks a permission, which no repetition gives it. */
  readonly denied?: boolean;
}

/** Thrown when no connection became ready within the operation's time. */
export class NotConnectedError extends Error {
  override readonly name = 'NotConnectedError';
}

/** Thrown when an operation's time ran out after its command was handed over. */
export class NoReplyError extends Error {
  override readonly name = 'NoReplyError';
}

// Words with which a server refuses a command before it does anything.
const PASSING_REFUSALS = /^(LOADING|MASTERDOWN|READONLY|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|BUSY|NOREPLICAS)\b/;
// A cluster client goes on after these alone, so that none of its tries took effect if the last one did not.
const ENDLESS_REDIRECTION =
  /^Too many Cluster redirections\. Last error: (ReplyError: )?(CLUSTERDOWN|TRYAGAIN|MOVED|ASK)\b/;
const LASTING_REFUSALS = /^(OOM|MISCONF|NOAUTH|WRONGPASS)\b/;
const DENIAL = /^NOPERM\b/;
// Redis checks each command of a script when it comes to it, so that those before it have taken effect.
const DENIAL_IN_SCRIPT = /^(ERR|NOPERM) (The user executing the script can't|ACL failure in script)\b/;
const LOST_CONNECTION =
  /^(Connection is closed\.|Cluster is ended\.|None of startup nodes is available|Too many Cluster redirections|Socket timeout)/;
const LOST_CONNECTION_NAMES = new Set([
  'MaxRetriesPerRequestError',
  'AbortError',
  'ClusterAllFailedError',
  'NoReplyError',
]);
const SOCKET_CODES = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'ECONNABORTED',
  'ENOTFOUND',
]);

/** Reads an error of ioredis; undefined if it says nothing about Redis' availability (then it is a bug). */
export function readFailure(error: unknown): RedisFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message, name } = error;
  if (name === 'NotConnectedError' || message.startsWith("Stream isn't writeable")) {
    return { effect: 'none', passing: true };
  }
  if (PASSING_REFUSALS.test(message) || ENDLESS_REDIRECTION.test(message))
    return { effect: 'none', passing: true };
  if (LASTING_REFUSALS.test(message)) return { effect: 'none', passing: false };
  if (DENIAL_IN_SCRIPT.test(message)) return { effect: 'unknown', passing: false, denied: true };
  if (DENIAL.test(message)) return { effect: 'none', passing: false, denied: true };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (LOST_CONNECTION_NAMES.has(name) || LOST_CONNECTION.test(message) || SOCKET_CODES.has(code)) {
    return { effect: 'unknown', passing: true };
  }
  return undefined;
}

/** A failure as a client may see it; `repeatable`: a second execution would change nothing more. */
export function unavailable(
  { effect, denied }: Pick<RedisFailure, 'effect' | 'denied'>,
  repeatable: boolean,
  cause: unknown,
): AppError {
  if (denied) {
    const detail = `The service lacks a permission on Redis; the request ${effect === 'none' ? 'had no effect' : 'may have taken effect in part'}.`;
    return new AppError(redisErrors.refused, detail, { retryable: false, cause });
  }
  return effect === 'none'
    ? new AppError(redisErrors.unavailable, 'Redis cannot be reached; the request had no effect.', {
        retryable: true,
        cause,
      })
    : new AppError(
        redisErrors['outcome-unknown'],
        repeatable
          ? 'Redis did not answer in time; the same request may be sent again.'
          : 'Redis did not answer in time; the request may have taken effect. Send an Idempotency-Key to be able to repeat it.',
        { retryable: repeatable, cause },
      );
}
