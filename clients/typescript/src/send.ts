import { FulcrumConnectionError, FulcrumError } from './errors.js';
import { backoff, pause, watch } from './timing.js';

/** What sends requests: the global `fetch`, or something like it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface RetryOptions {
  /** How often a request is sent at most, the first time included; 5 if left out. */
  readonly attempts?: number;
  /** No attempt begins later than so many ms after the first; 30,000 if left out. */
  readonly totalMs?: number;
  /** The first pause is at most so long, each further one twice that; 100 ms if left out. */
  readonly baseMs?: number;
  /** No pause is longer, unless the service asks for it; 5,000 ms if left out. */
  readonly maxMs?: number;
}

export const DEFAULT_RETRY: Required<RetryOptions> = {
  attempts: 5,
  totalMs: 30_000,
  baseMs: 100,
  maxMs: 5000,
};

export interface Sending {
  readonly fetch: Fetch;
  readonly retry: Required<RetryOptions>;
  /** For one attempt, the answer's body included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * Sends a request, again where that is safe, and gives the answer if it is a good one.
 * @throws FulcrumError; FulcrumConnectionError; the reason of `signal`
 */
export async function send(request: Request, sending: Sending): Promise<Response> {
  const { retry, signal } = sending;
  const body = request.body === null ? undefined : await request.text();
  const isRepeatable = IDEMPOTENT.has(request.method) || request.headers.has('idempotency-key');
  const began = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOf(request, body, sending);
    } catch (error) {
      if (attempt >= retry.attempts || !mayRepeat(error, isRepeatable)) throw error;
      const asked = error instanceof FulcrumError ? (error.retryAfterMs ?? 0) : 0;
      const pauseMs = asked + backoff(attempt, retry.baseMs, retry.maxMs);
      if (performance.now() - began + pauseMs > retry.totalMs) throw error;
      await pause(pauseMs, signal);
    }
  }
}

/** Whether a second request can have no effect that the first one had already. */
export function mayRepeat(error: unknown, isRepeatable: boolean): boolean {
  if (error instanceof FulcrumConnectionError) return isRepeatable;
  if (!(error instanceof FulcrumError)) return false;
  // A request over a limit is refused before it has an effect.
  if (error.status === 429 || error.retryable) return true;
  return error.isFromBetween && isRepeatable;
}

async function attemptOf(
  request: Request,
  body: string | undefined,
  { fetch, timeoutMs, signal }: Sending,
): Promise<Response> {
  signal?.throwIfAborted();
  const limit = watch(signal, timeoutMs);
  try {
    const { method, headers } = request;
    const init = { method, headers, signal: limit.signal, ...(body === undefined ? {} : { body }) };
    const response = await fetch(request.url, init);
    // The whole of it, so that a connection that breaks in the middle is a failed attempt too.
    const bytes = await response.arrayBuffer();
    const { status } = response;
    if (!response.ok) throw new FulcrumError(status, response.headers, new TextDecoder().decode(bytes));
    return new Response(WITHOUT_BODY.has(status) ? null : bytes, { status, headers: response.headers });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof FulcrumError) throw error;
    throw unanswered(request.method, request.url, limit.signal.aborted ? limit.signal.reason : error);
  } finally {
    limit.end();
  }
}

/** `cause` is what `fetch` threw, or why it was aborted. */
export function unanswered(method: string, url: string, cause: unknown): FulcrumConnectionError {
  return new FulcrumConnectionError(`${method} ${url} was not answered: ${messageOf(cause)}`, { cause });
}

/** Node's fetch hides what happened behind "fetch failed". */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? messageOf(error.cause) : error.message;
}
