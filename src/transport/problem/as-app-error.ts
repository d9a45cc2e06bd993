import { HttpException } from '@nestjs/common';
import { AppError, type ErrorDefinition } from '../../errors/app-error.js';
import { requestErrors } from '../../errors/core.errors.js';
import { ProductionServiceError } from '../../errors/production-service-error.js';
import { log } from '../../telemetry/log.js';
import { rememberLogged } from '../../telemetry/operation.js';
import { readFailure, unavailable } from '../../redis/redis-failure.js';

/** What Fastify itself refuses, by its error code or status. */
const FASTIFY_ERRORS: Readonly<Record<string, readonly [ErrorDefinition, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [requestErrors['body-too-large'], 'A body has at most 1 MiB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [requestErrors['unsupported-media-type'], 'Send application/json.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [requestErrors['malformed-json'], 'The body is empty.'],
  FST_ERR_BAD_URL: [requestErrors.malformed, 'The path is not valid percent-encoded UTF-8.'],
};
const STATUS_ERRORS: Readonly<Record<number, readonly [ErrorDefinition, string]>> = {
  400: [requestErrors.malformed, 'The request cannot be read.'],
  404: [requestErrors['route-not-found'], 'There is no such route.'],
  405: [requestErrors['method-not-allowed'], 'The route does not take this method.'],
  413: [requestErrors['body-too-large'], 'A body has at most 1 MiB.'],
  415: [requestErrors['unsupported-media-type'], 'Send application/json.'],
};

/**
 * Any thrown value as an `AppError`. What no one expected becomes `ProductionServiceError`, and is logged here,
 * where it is turned into one: who gets that error later knows that it was logged.
 */
export function asAppError(thrown: unknown, operation: string, requestId: string): AppError {
  if (thrown instanceof AppError) return thrown;
  // Before Redis: a client that leaves in the middle of its body is an ECONNRESET too, with a status.
  const known = FASTIFY_ERRORS[textAt(thrown, 'code')] ?? STATUS_ERRORS[statusOf(thrown)];
  if (known) return new AppError(known[0], known[1], { cause: thrown });
  const failure = readFailure(thrown);
  if (failure) return unavailable(failure, false, thrown);
  const unexpected = new ProductionServiceError(operation, thrown);
  log.error({ event: 'request.failure', operation, requestId, code: unexpected.code, err: unexpected });
  rememberLogged(unexpected);
  return unexpected;
}

function statusOf(thrown: unknown): number {
  if (thrown instanceof HttpException) return thrown.getStatus();
  return thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number'
    ? thrown.statusCode
    : 500;
}

function textAt(thrown: unknown, field: string): string {
  const value: unknown =
    typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, field) : undefined;
  return typeof value === 'string' ? value : '';
}
