import type { OpenAPIObject } from '@nestjs/swagger';
import type { ErrorKind } from '../../errors/error-kind.js';
import { problemTable } from '../problem/problem-table.js';

type Components = NonNullable<OpenAPIObject['components']>;

/** What `describeOperations` refers to from every operation. */
export const SECURITY_SCHEME = 'credential';
export const QUERY_SECURITY_SCHEME = 'credentialInQuery';

export const PARAMETERS = {
  requestId: 'RequestId',
  idempotencyKey: 'IdempotencyKey',
  fence: 'Fence',
  durability: 'Durability',
} as const;

const problemSchema: NonNullable<Components['schemas']>[string] = {
  type: 'object',
  description: 'An RFC 9457 problem document. Some codes have members of their own besides these.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId'],
  properties: {
    type: {
      type: 'string',
      format: 'uri',
      description:
        '`urn:fulcrum:problem:` and the code; with status 429 the registered type `quota-exceeded`.',
    },
    title: { type: 'string', description: 'What the code means, the same for every occurrence.' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What is wrong with this request.' },
    instance: { type: 'string', description: 'Path of the request.' },
    code: {
      type: 'string',
      pattern: '^[a-z-]+\\.[a-z-]+$',
      description: '`<feature>.<reason>`, stable; docs/errors.md lists them.',
    },
    requestId: { type: 'string', description: 'The request’s id, as in the log.' },
    errors: {
      type: 'array',
      description: 'One for each bad field, of the first hundred.',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'JSON pointer (RFC 6901) into path, query or body.' },
          detail: { type: 'string' },
        },
      },
    },
    retryAfterMs: {
      type: 'integer',
      minimum: 0,
      description: 'How long to wait before the next try, in ms.',
    },
    retryable: {
      type: 'boolean',
      description: 'With status 503: whether the same request may be sent again as it is.',
    },
    permission: { type: 'string', description: 'With status 403: the permission that is missing.' },
    resource: {
      type: 'string',
      description: 'With status 412: the resource of which a newer fencing token was seen.',
    },
    version: {
      type: 'integer',
      description: 'With status 412: the version that the session has now.',
    },
    holders: {
      type: 'array',
      description:
        'With status 423: who holds what was asked for; none if it is free, and others waited for it before.',
      items: {
        type: 'object',
        required: ['resource', 'owner', 'expiresAt'],
        properties: {
          resource: { type: 'string' },
          owner: {
            anyOf: [{ type: 'string' }, { type: 'null' }],
            description: 'As they said themselves.',
          },
          expiresAt: { type: 'string', format: 'date-time' },
        },
      },
    },
    'violated-policies': {
      type: 'array',
      description: 'With status 429: the limits that are used up.',
      items: { type: 'string', enum: ['address', 'credential', 'tenant'] },
    },
  },
};

/** Kinds of problems that operations document, each with what it means to the client. */
const PROBLEMS = {
  malformed:
    'The body is not JSON, or the path is not percent-encoded UTF-8, or the handshake of a WebSocket is none.',
  unauthenticated:
    'The credential is missing, unknown, expired or revoked; or the session token is (`code` begins with `sessions.`).',
  forbidden:
    'The credential lacks the permission, which `permission` names; or the page that asks for a WebSocket is of another origin.',
  'not-found': 'What the request names does not exist.',
  conflict: 'The request contradicts the present state, which did not change.',
  stale:
    'What the request writes to has seen a newer fencing token of the resource that `Fence` names: the lock has been granted to ' +
    'somebody else since; or the session has another version than `If-Match` names.',
  'too-large': 'The body is larger than 1 MiB.',
  'unsupported-media-type':
    'The body is not `application/json` (or `application/merge-patch+json`) in UTF-8, or has a Content-Encoding.',
  invalid:
    'A field is invalid or unknown, which `errors` names; or the Idempotency-Key, the Fence or the Durability is invalid, or ' +
    'a write that takes no Fence has one.',
  locked:
    'Somebody else holds what was asked for, and `holders` names who; or others waited for it before. `retryAfterMs` says when ' +
    'it can come free.',
  'upgrade-required': 'The request does not ask for a WebSocket of version 13.',
  'rate-limited':
    'One of the service’s own rate limits is used up, which `violated-policies` names; or too many live connections or ' +
    'subscriptions are open.',
  unavailable:
    'Redis cannot be reached or did not confirm in time, or more is being received than there is room for; `retryable` ' +
    'says whether to send the same again.',
} as const satisfies Partial<Record<ErrorKind, string>>;

export type DocumentedProblem = keyof typeof PROBLEMS;

const requestIdHeader = {
  description: 'The id that the request came with, or the one that was made for it.',
  schema: { type: 'string' },
} as const;

const extraHeaders: Partial<Record<DocumentedProblem, Components['headers']>> = {
  unauthenticated: { 'WWW-Authenticate': { schema: { type: 'string' } } },
  'unsupported-media-type': {
    'Accept-Encoding': {
      description: '`identity` if a Content-Encoding is what was refused.',
      schema: { type: 'string', enum: ['identity'] },
    },
  },
  'upgrade-required': {
    Upgrade: { schema: { type: 'string', enum: ['websocket'] } },
    'Sec-WebSocket-Version': { schema: { type: 'string', enum: ['13'] } },
  },
  'rate-limited': {
    'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 1 } },
  },
  unavailable: {
    'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } },
  },
};

export const problemStatus = (kind: DocumentedProblem) => String(problemTable[kind].status);

/** Name of the shared response for a kind of problem: `NotFound`. */
export const problemResponse = (kind: DocumentedProblem) => problemTable[kind].title.replaceAll(' ', '');

function problemResponses(): Components['responses'] {
  return Object.fromEntries(
    Object.entries(PROBLEMS).map(([kind, description]) => [
      problemResponse(kind as DocumentedProblem),
      {
        description,
        headers: {
          'X-Request-Id': { $ref: '#/components/headers/RequestId' },
          ...extraHeaders[kind as DocumentedProblem],
        },
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

/** Everything that operations share, besides the DTOs' own `schemas`. */
export function sharedComponents(schemas: Components['schemas'] = {}): Components {
  return {
    schemas: { ...schemas, Problem: problemSchema },
    responses: problemResponses(),
    parameters: {
      [PARAMETERS.requestId]: {
        name: 'X-Request-Id',
        in: 'header',
        description:
          'Id under which the request is logged; one is made if it is left out or not of this form.',
        schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' },
      },
      [PARAMETERS.idempotencyKey]: {
        name: 'Idempotency-Key',
        in: 'header',
        description:
          'Makes the request take effect once: sent again with the same key, it gets the first answer again. ' +
          'The same key with another request is refused.',
        schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
      },
      [PARAMETERS.fence]: {
        name: 'Fence',
        in: 'header',
        description:
          '`<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. ' +
          'Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with ' +
          '412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of ' +
          'other resources, and writes without the header, are not affected. A token counts for one target, and is ' +
          'remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are ' +
          'refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its ' +
          'token is stale by then. Operations that change something and do not list this header refuse it with 422 ' +
          '`fence.not-supported`; those that only read ignore it.',
        schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}=(0|[1-9][0-9]{0,15})$' },
        example: 'payment_processing:order_123=42',
      },
      [PARAMETERS.durability]: {
        name: 'Durability',
        in: 'header',
        description:
          '`replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of ' +
          'REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being ' +
          'an error: the request took effect all the same. On a cluster each master is waited for, and the least ' +
          'replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.',
        schema: { type: 'string', pattern: '^replica=[1-5]$' },
        example: 'replica=1',
      },
    },
    headers: {
      RequestId: requestIdHeader,
      RateLimitPolicy: {
        description:
          'The service’s limits that were applied: quota `q` in a window of `w` seconds (IETF httpapi draft).',
        schema: { type: 'string' },
      },
      RateLimit: {
        description: 'How those limits stand: `r` left, full again in `t` seconds.',
        schema: { type: 'string' },
      },
      Durability: {
        description:
          'Of a request that asked for it: `replica=<n>`, how many replicas have what it wrote; 0 if it cannot be known.',
        schema: { type: 'string', pattern: '^replica=\\d+$' },
      },
      ETag: { description: 'The version, for If-Match.', schema: { type: 'string' } },
      IdempotencyReplayed: {
        description:
          '`true` if this is the answer that an earlier request with the same Idempotency-Key got.',
        schema: { type: 'string', enum: ['true'] },
      },
    },
    securitySchemes: {
      [SECURITY_SCHEME]: {
        type: 'http',
        scheme: 'bearer',
        description: 'An API key (`fk_<id>_<secret>`) or a JSON Web Token.',
      },
      [QUERY_SECURITY_SCHEME]: {
        type: 'apiKey',
        in: 'query',
        name: 'access_token',
        description:
          'The same, for the EventSource and the WebSocket of browsers, which send no header. URLs reach the logs of ' +
          'proxies, so let it be a JSON Web Token of a few minutes. Not beside `Authorization`.',
      },
    },
  };
}
