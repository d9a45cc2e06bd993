import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { requirePermission } from '../../access/require-permission.js';
import {
  OutgoingRefusedError,
  OutgoingRequests,
  UnusableAnswerError,
} from '../../outgoing/outgoing-requests.js';
import { invalid, validated } from '../../transport/validation/validate.js';
import { HttpRequest } from './dto/request.dto.js';
import { sendRequest } from './jobs.endpoints.js';
import { AttemptFailedError } from './jobs.failures.js';
import { SealedHeaders } from './jobs.headers.js';
import type { StoredJob } from './jobs.stored-job.js';

const HIDDEN = '[hidden]';
const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1_048_576;
/** Answers of a server that may give another one later. */
const PASSING = new Set([408, 425, 429]);

/** Sends the requests of jobs to hosts that the operator named; what their headers say is stored encrypted and never shown. */
@Injectable()
export class HttpRequests {
  constructor(
    private readonly outgoing: OutgoingRequests,
    private readonly headers: SealedHeaders,
  ) {}

  /** @throws AppError `request.invalid`, `access.forbidden` */
  check(caller: Caller, payload: object, operation: string): Pick<StoredJob, 'payload' | 'sealed'> {
    const { headers, ...request } = validated(HttpRequest, payload);
    requirePermission(caller, sendRequest, '');
    if (!this.outgoing.mayGoTo(new URL(request.url))) {
      throw invalid([{ pointer: '/url', detail: 'must be on a host that OUTGOING_HOSTS names' }]);
    }
    if (request.method === 'GET' && request.body !== undefined) {
      throw invalid([{ pointer: '/body', detail: 'must be left out with GET' }]);
    }
    if (headers === undefined) return { payload: request };
    const hidden = Object.fromEntries(Object.keys(headers).map((name) => [name, HIDDEN]));
    const sealed = this.headers.seal(caller.tenant, operation, headers);
    return { payload: { ...request, headers: hidden }, sealed };
  }

  /**
   * Sends the request, with the operation as its Idempotency-Key: HTTP can only promise that it arrives at least once.
   * @throws AttemptFailedError, and the signal's reason
   */
  async send(
    tenant: string,
    job: StoredJob,
    operationId: string,
    signal: AbortSignal,
  ): Promise<{ status: number }> {
    const { headers: _hidden, ...rest } = job.payload;
    const request = validated(HttpRequest, rest);
    const { sealed, operation } = job;
    const given = sealed === undefined ? {} : this.headers.open(tenant, operation, sealed);
    const headers = new Headers(given);
    headers.set('idempotency-key', operationId);
    const isJson = request.body !== undefined && typeof request.body !== 'string';
    if (isJson && !headers.has('content-type')) headers.set('content-type', 'application/json');
    const body = bodyOf(request.body);
    let status: number;
    try {
      const answer = await this.outgoing.fetch(request.url, {
        method: request.method ?? 'POST',
        headers,
        ...(body === undefined ? {} : { body }),
        timeoutMs: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
        signal,
      });
      status = answer.status;
    } catch (error) {
      throw failed(error);
    }
    if (status >= 200 && status < 300) return { status };
    throw new AttemptFailedError(`the host answered ${status}`, !(PASSING.has(status) || status >= 500));
  }
}

function bodyOf(body: unknown): string | undefined {
  if (body === undefined) return undefined;
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/** What a code of a network error means to whoever looks at the job. */
const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ETIMEDOUT: 'it does not answer',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up now',
};

/** The message of a network error may name addresses within the operator's network; its code says enough. */
function failed(error: unknown): AttemptFailedError {
  if (error instanceof OutgoingRefusedError) {
    return new AttemptFailedError('the request is not allowed, or its answer is too large', true, error);
  }
  if (error instanceof UnusableAnswerError) return new AttemptFailedError(error.message, true, error);
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new AttemptFailedError('the host did not answer in time', false, error);
  }
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  const reason = typeof code === 'string' ? NETWORK[code] : undefined;
  const message = 'the host could not be reached';
  return new AttemptFailedError(reason === undefined ? message : `${message}: ${reason}`, false, error);
}
