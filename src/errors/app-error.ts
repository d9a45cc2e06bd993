import type { ErrorKind } from './error-kind.js';

/** One bad field: a JSON pointer (RFC 6901) into the request's data, and what is wrong there. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** A row of a feature's error table; `code` is stable and listed in docs/errors.md. */
export interface ErrorDefinition {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly title: string;
}

type Scalar = string | number | boolean | null;
/** What a member of a problem document may be. */
type Extension = Scalar | readonly string[] | readonly Readonly<Record<string, Scalar>>[];

/** What a single occurrence adds to its definition. */
export interface ErrorDetails {
  errors?: readonly FieldError[];
  /** How long a client should wait before it sends the request again. */
  retryAfterMs?: number;
  /** With kind `unavailable`: whether the same request may be sent again as it is. */
  retryable?: boolean;
  /** Members of the problem document that this code alone has. */
  extensions?: Readonly<Record<string, Extension>>;
  cause?: unknown;
}

/** An expected failure: every place that can see one knows its code, its kind and what may be told to a client. */
export class AppError extends Error {
  override readonly name: string = 'AppError';

  constructor(
    readonly definition: ErrorDefinition,
    /** Safe to show to the client that sent the request. */
    readonly detail: string,
    readonly details: ErrorDetails = {},
  ) {
    super(`${definition.code}: ${detail}`, { cause: details.cause });
  }

  get code(): string {
    return this.definition.code;
  }

  get kind(): ErrorKind {
    return this.definition.kind;
  }
}
