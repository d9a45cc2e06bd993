import type { components } from './schema.js';

export type Problem = components['schemas']['Problem'];

/** Statuses with which a proxy says that it did not reach the service. */
const FROM_BETWEEN = new Set([502, 503, 504]);

/** The service answered with an error: what its problem document says (docs/errors.md lists the codes). */
export class FulcrumError extends Error {
  override readonly name = 'FulcrumError';
  readonly status: number;
  /** `<feature>.<reason>`; `client.no-problem-document` if the answer is not one of the service's. */
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | undefined;
  /** How long to wait before the next try, in ms. */
  readonly retryAfterMs: number | undefined;
  /** Whether the same request may be sent again as it is. */
  readonly retryable: boolean;
  /** One for each bad field. */
  readonly errors: NonNullable<Problem['errors']>;
  /** The whole document; some codes have members of their own. */
  readonly problem: Problem | undefined;

  constructor(status: number, headers: Headers, body: string) {
    const problem = problemIn(headers, body);
    const detail = problem?.detail ?? `The answer has status ${status} and is no problem document.`;
    super(problem === undefined ? detail : `${problem.code}: ${detail}`);
    this.status = status;
    this.code = problem?.code ?? 'client.no-problem-document';
    this.detail = detail;
    this.requestId = problem?.requestId ?? headers.get('x-request-id') ?? undefined;
    this.retryAfterMs = problem?.retryAfterMs ?? secondsIn(headers);
    this.retryable = problem?.retryable ?? false;
    this.errors = problem?.errors ?? [];
    this.problem = problem;
  }

  /** Whether it is not known that the service had the request: something in between has answered. */
  get isFromBetween(): boolean {
    return this.problem === undefined && FROM_BETWEEN.has(this.status);
  }
}

/** No answer came: no connection, one that broke, or none in time. The request may have taken effect. */
export class FulcrumConnectionError extends Error {
  override readonly name = 'FulcrumConnectionError';
}

function problemIn(headers: Headers, body: string): Problem | undefined {
  if (!headers.get('content-type')?.startsWith('application/problem+json')) return undefined;
  try {
    return JSON.parse(body) as Problem;
  } catch {
    return undefined;
  }
}

function secondsIn(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  return text !== null && /^\d+$/.test(text) ? Number(text) * 1000 : undefined;
}
