import type { AppError, FieldError } from '../../errors/app-error.js';
import { problemTable } from './problem-table.js';

/** An RFC 9457 problem document. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** `urn:` of the request, unless the request's path is known. */
  instance: string;
  /** `<feature>.<reason>`, stable; docs/errors.md lists them. */
  code: string;
  requestId: string;
  errors?: readonly FieldError[];
  retryAfterMs?: number;
  retryable?: boolean;
  [extension: string]: unknown;
}

/** The document for `error`, in answer to the request `requestId` on `instance`. */
export function problemOf(error: AppError, requestId: string, instance: string): Problem {
  const { errors, retryAfterMs, retryable, extensions } = error.details;
  const { status, type = `urn:fulcrum:problem:${error.code}` } = problemTable[error.kind];
  return {
    type,
    title: error.definition.title,
    status,
    detail: error.detail,
    instance,
    code: error.code,
    requestId,
    ...(errors ? { errors } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(error.kind === 'unavailable' ? { retryable: retryable ?? false } : {}),
    ...extensions,
  };
}
