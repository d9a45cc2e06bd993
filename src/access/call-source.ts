import { randomUUID } from 'node:crypto';
import type { ExecutionContext } from '@nestjs/common';
import { createParamDecorator } from '@nestjs/common';
import { AppError } from '../errors/app-error.js';
import { requestErrors } from '../errors/core.errors.js';
import type { Caller } from './caller.js';
import { type EndpointDefinition, endpointOf } from './endpoint.js';

/** What the guard needs to know of a call, whichever transport it came by. */
export interface CallSource {
  readonly authorization: string | undefined;
  readonly requestId: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** As it was sent; a header that is repeated comes as a list. */
  readonly fence: string | undefined;
  /** Where the resource's name is looked up. */
  readonly names: Readonly<Record<string, unknown>>;
}

/** 1 to 128 visible ASCII characters; another id that a client sends is replaced. */
export const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

const CALLER = Symbol('caller');
const madeRequestIds = new WeakMap<object, string>();
const ENVELOPE_FIELDS = new Set(['auth', 'idempotencyKey', 'requestId', 'fence', 'data']);

/**
 * @throws AppError `request.invalid` if a message is not `{auth, idempotencyKey?, requestId?, fence?, data}`, or a request has
 * two credentials
 */
export function sourceOf(context: ExecutionContext): CallSource {
  const carrier = carrierOf(context);
  if (context.getType() === 'http') {
    const headers = recordAt(carrier, 'headers');
    return {
      authorization: authorizationOf(carrier, endpointOf(context.getHandler())),
      requestId: textAt(carrier, 'id'),
      idempotencyKey: textAt(headers, 'idempotency-key'),
      fence: textAt(headers, 'fence'),
      names: recordAt(carrier, 'params'),
    };
  }
  checkEnvelope(carrier);
  const auth = textAt(carrier, 'auth');
  return {
    authorization: !auth || /^Bearer /i.test(auth) ? auth : `Bearer ${auth}`,
    requestId: messageRequestId(carrier),
    idempotencyKey: textAt(carrier, 'idempotencyKey'),
    fence: textAt(carrier, 'fence'),
    names: recordAt(carrier, 'data'),
  };
}

/**
 * What an HTTP request for `endpoint` proves its credential with: the header or, where the endpoint says so and for clients
 * that cannot send it, `access_token` (RFC 6750) in the query.
 * @throws AppError `request.invalid` if both are there
 */
export function authorizationOf(
  request: object,
  endpoint: EndpointDefinition | 'public' | undefined,
): string | undefined {
  const header = textAt(recordAt(request, 'headers'), 'authorization');
  if (typeof endpoint !== 'object' || !endpoint.credentialInQuery) return header;
  const token = textAt(recordAt(request, 'query'), 'access_token');
  if (token === undefined || token === '') return header;
  if (header !== undefined) {
    throw new AppError(requestErrors.invalid, 'The request carries two credentials.', {
      errors: [{ pointer: '/access_token', detail: 'must be left out where Authorization is sent' }],
    });
  }
  return `Bearer ${token}`;
}

/** The request id that a message carries, or one that is made and stays the message's. */
export function messageRequestId(envelope: unknown): string {
  if (!isRecord(envelope)) return randomUUID();
  const sent = textAt(envelope, 'requestId');
  if (sent !== undefined && REQUEST_ID.test(sent)) return sent;
  const id = madeRequestIds.get(envelope) ?? randomUUID();
  madeRequestIds.set(envelope, id);
  return id;
}

/** A request or an envelope. Its caller is kept on it: entries of a weak map are work for the collector. */
interface Carrier {
  [CALLER]?: Caller;
}

export function rememberCaller(context: ExecutionContext, caller: Caller): void {
  carrierOf(context)[CALLER] = caller;
}

/** The caller that the guard let through with this request or message; undefined on public routes. */
export function callerOf(carrier: object): Caller | undefined {
  const { [CALLER]: caller }: Carrier = carrier;
  return caller;
}

/** Injects the `Caller` into a handler that is not public. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const caller = callerOf(carrierOf(context));
  if (caller === undefined) throw new Error('a public handler has no caller');
  return caller;
});

function carrierOf(context: ExecutionContext): Carrier {
  const carrier: unknown = context.getArgByIndex(0);
  if (typeof carrier !== 'object' || carrier === null || Array.isArray(carrier)) {
    throw new AppError(
      requestErrors.invalid,
      'A message is an object {auth, idempotencyKey?, requestId?, fence?, data}.',
    );
  }
  return carrier;
}

function checkEnvelope(envelope: object): void {
  for (const [field, value] of Object.entries(envelope)) {
    const known = ENVELOPE_FIELDS.has(field);
    if (known && (field === 'data' ? isRecord(value) : typeof value === 'string')) continue;
    const detail = known ? `must be ${field === 'data' ? 'an object' : 'a string'}` : 'is not a known field';
    throw new AppError(requestErrors.invalid, 'The message envelope is invalid.', {
      errors: [{ pointer: `/${field}`, detail }],
    });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function recordAt(carrier: object, field: string): Readonly<Record<string, unknown>> {
  const value: unknown = Reflect.get(carrier, field);
  return isRecord(value) ? value : {};
}

function textAt(carrier: object, field: string): string | undefined {
  const value: unknown = Reflect.get(carrier, field);
  return typeof value === 'string' ? value : undefined;
}
