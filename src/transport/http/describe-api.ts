import type { OpenAPIObject } from '@nestjs/swagger';
import type { DeclaredHandler } from '../../access/endpoint-audit.js';
import type { EndpointDefinition } from '../../access/endpoint.js';
import {
  type DocumentedProblem,
  PARAMETERS,
  problemResponse,
  problemStatus,
  QUERY_SECURITY_SCHEME,
  SECURITY_SCHEME,
  sharedComponents,
} from './api-components.js';
import {
  ASK_TO_HOLD,
  EXTENTS,
  MAY_CONFLICT,
  NEED_NOTHING_THERE,
  TAGGED,
  WEB_SOCKETS,
} from './described-operations.js';
import { takesDurability } from './durable-writes.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type AnySchema = Schemas[string];
type Schema = Exclude<AnySchema, { $ref: string }>;
type Content = NonNullable<Exclude<Operation['responses'][string], { $ref: string } | undefined>['content']>;

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;
type Method = (typeof METHODS)[number];

const checks = { type: 'object', additionalProperties: { type: 'string', const: 'ok' } } as const;
const status = { type: 'string', const: 'ok' } as const;

/** Answers that no DTO describes, by operation. */
const OTHER_ANSWERS: Readonly<Record<string, Content>> = {
  'health.live': {
    'application/json': { schema: { type: 'object', required: ['status'], properties: { status } } },
  },
  'health.ready': {
    'application/json': {
      schema: { type: 'object', required: ['status', 'checks'], properties: { status, checks } },
    },
  },
  metrics: { 'text/plain': { schema: { type: 'string' } } },
  'leaderboards.live.watch': {
    'text/event-stream': {
      schema: {
        type: 'string',
        description:
          'Events `snapshot` and `change`, whose data is an EntryWindow in JSON, and `end` with `{reason}`; a comment ' +
          'every 15 s keeps the connection open.',
      },
    },
  },
  'streams.entries.tail': {
    'text/event-stream': {
      schema: {
        type: 'string',
        description:
          'Events of the default type, whose id is the entry’s and whose data is a StreamEntry in JSON, and `end` with ' +
          '`{reason}`; a comment every 15 s keeps the connection open.',
      },
    },
  },
  'messaging.events.open': {
    'text/event-stream': {
      schema: {
        type: 'string',
        description:
          'Events `message` and `gap`, whose data is a MessageView and a GapView in JSON and whose id is a place in all ' +
          'channels, and `end` with `{reason}`; a comment every 15 s keeps the connection open.',
      },
    },
  },
};

/** One operation of the document with the handler that it belongs to. */
interface Described {
  readonly method: Method;
  readonly path: string;
  readonly operation: Operation;
  readonly endpoint: EndpointDefinition | 'public';
}

/**
 * Completes what the decorators and the compiler plugin cannot see: permissions, security, problems, shared
 * headers, and bodies that are closed to unknown fields.
 * @throws Error if an operation belongs to no declared handler
 */
export function describeOperations(
  document: OpenAPIObject,
  handlers: readonly DeclaredHandler[],
): OpenAPIObject {
  const patterns = new Set(
    handlers.filter(({ transport }) => transport === 'message').map((each) => each.address),
  );
  const schemas = document.components?.schemas ?? {};
  const described = Object.entries(document.paths).flatMap(([path, item]) =>
    operationsOf(path, item, handlers),
  );
  for (const each of described) {
    identify(each);
    explain(each, patterns);
    describeRequest(each, schemas);
    describeAnswers(each);
  }
  const features = new Set(described.flatMap(({ operation }) => operation.tags ?? []));
  return {
    ...document,
    info: {
      ...document.info,
      description:
        'Errors are RFC 9457 problem documents. Unknown fields are refused. Instants are ISO 8601 in UTC, ranks start ' +
        'at 1, and names are those of the credential’s tenant.\n\n' +
        'Besides what an operation lists, any request may be refused: 400, 413 or 415 if it has a body that ' +
        'cannot be read, also where none is taken, 408 if it does not arrive in time, 414 if its URL is ' +
        'longer than 8,192 characters, 431 if it has more than 100 header fields or these have more than 16 KiB together ' +
        'with the URL.',
      license: { name: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...features].map((name) => ({ name })),
    components: sharedComponents(schemas),
  };
}

function operationsOf(path: string, item: PathItem, handlers: readonly DeclaredHandler[]): Described[] {
  return METHODS.flatMap((method) => {
    const operation = item[method];
    if (operation === undefined) return [];
    const address = `${method.toUpperCase()} ${path.replaceAll(/\{([^}]+)\}/g, ':$1')}`;
    const handler = handlers.find((each) => each.transport === 'http' && each.address === address);
    if (handler === undefined) throw new Error(`${address} is documented but no handler declares it`);
    return [{ method, path, operation, endpoint: handler.endpoint }];
  });
}

function identify({ operation, path, endpoint }: Described): void {
  operation.operationId = endpoint === 'public' ? path.slice(1).replaceAll('/', '.') : endpoint.name;
  operation.tags = [endpoint === 'public' ? 'operations' : (endpoint.name.split('.')[0] ?? '')];
  operation.security = endpoint === 'public' ? [] : securityOf(endpoint);
}

function securityOf({ credentialInQuery }: EndpointDefinition): NonNullable<Operation['security']> {
  const inHeader = { [SECURITY_SCHEME]: [] };
  return credentialInQuery ? [inHeader, { [QUERY_SECURITY_SCHEME]: [] }] : [inHeader];
}

/** The first sentence of the handler's comment is the summary; the rest, and what is needed, the description. */
function explain({ operation, endpoint }: Described, patterns: ReadonlySet<string>): void {
  const comment = (operation.summary ?? '').replaceAll(/\s+/g, ' ');
  const end = comment.search(/[.:] /);
  const rest = end === -1 ? '' : comment.charAt(end + 2).toUpperCase() + comment.slice(end + 3);
  operation.summary = (end === -1 ? comment : comment.slice(0, end)).replace(/\.$/, '');
  const pattern =
    endpoint !== 'public' && patterns.has(endpoint.name) ? `Message pattern: \`${endpoint.name}\`.` : '';
  operation.description = [rest, neededBy(endpoint), pattern].filter((part) => part !== '').join('\n\n');
}

function neededBy(endpoint: EndpointDefinition | 'public'): string {
  if (endpoint === 'public') return 'Permission: none, and no credential.';
  if (endpoint.permission === 'authenticated') return 'Permission: any valid credential.';
  return `Permission: \`${endpoint.permission}\`${extentOf(endpoint)}.`;
}

/** What of a permission that is limited to some names is enough. */
function extentOf({ name, resource, answersByName }: EndpointDefinition): string {
  const own = EXTENTS.get(name);
  if (own !== undefined) return own;
  if (resource !== undefined) return ` for the \`${resource}\` of the path`;
  return answersByName ? ', and the answer holds only what it extends to' : ' without a limit to some names';
}

function describeRequest(described: Described, schemas: Schemas): void {
  const { operation } = described;
  operation.parameters ??= [];
  operation.parameters.push({ $ref: `#/components/parameters/${PARAMETERS.requestId}` });
  if (isKeyed(described)) {
    operation.parameters.push({ $ref: `#/components/parameters/${PARAMETERS.idempotencyKey}` });
  }
  if (isFenced(described)) {
    operation.parameters.push({ $ref: `#/components/parameters/${PARAMETERS.fence}` });
  }
  if (isDurable(described)) {
    operation.parameters.push({ $ref: `#/components/parameters/${PARAMETERS.durability}` });
  }
  const body = operation.requestBody;
  if (body === undefined || '$ref' in body) return;
  for (const { schema } of Object.values(body.content)) {
    // A patch may be empty, but is there.
    body.required = described.method === 'patch' || (resolve(schema, schemas)?.required ?? []).length > 0;
    close(schema, schemas);
  }
}

function resolve(schema: AnySchema | undefined, schemas: Schemas): Schema | undefined {
  if (schema === undefined || !('$ref' in schema)) return schema;
  return resolve(schemas[schema.$ref.split('/').at(-1) ?? ''], schemas);
}

/** Forbids fields that a body's schema does not declare, there and in every object that it refers to. */
function close(schema: AnySchema | undefined, schemas: Schemas): void {
  const object = resolve(schema, schemas);
  if (object === undefined || object.additionalProperties === false) return;
  if (object.type === 'object' && object.additionalProperties === undefined)
    object.additionalProperties = false;
  const items: AnySchema[] = object.items === undefined ? [] : [object.items].flat();
  // Of several schemas that hold together each would forbid what the others have; with a description one alone is wrapped so.
  const wrapped = object.allOf?.length === 1 ? object.allOf : [];
  const parts = [...Object.values(object.properties ?? {}), ...(object.anyOf ?? []), ...wrapped, ...items];
  for (const part of parts) close(part, schemas);
}

function describeAnswers(described: Described): void {
  const { operation } = described;
  const other = OTHER_ANSWERS[operation.operationId ?? ''];
  if (isWebSocket(described)) operation.responses = { 101: { description: 'The WebSocket is open.' } };
  for (const [code, response] of Object.entries(operation.responses)) {
    if (response === undefined || '$ref' in response) continue;
    if (response.description === '') response.description = code === '204' ? 'Done.' : 'The answer.';
    if (other !== undefined) response.content = other;
    response.headers = {
      'X-Request-Id': { $ref: '#/components/headers/RequestId' },
      ...(described.endpoint === 'public'
        ? {}
        : {
            'RateLimit-Policy': { $ref: '#/components/headers/RateLimitPolicy' },
            RateLimit: { $ref: '#/components/headers/RateLimit' },
          }),
      ...(isKeyed(described)
        ? { 'Idempotency-Replayed': { $ref: '#/components/headers/IdempotencyReplayed' } }
        : {}),
      ...(isDurable(described) ? { Durability: { $ref: '#/components/headers/Durability' } } : {}),
      ...(TAGGED.has(operation.operationId ?? '') ? { ETag: { $ref: '#/components/headers/ETag' } } : {}),
    };
  }
  for (const kind of problemsOf(described)) {
    operation.responses[problemStatus(kind)] = { $ref: `#/components/responses/${problemResponse(kind)}` };
  }
}

/** Whether the operation changes state and is not idempotent by its method, so that it takes an Idempotency-Key. */
function isKeyed({ method, endpoint }: Described): boolean {
  return method === 'post' && endpoint !== 'public' && !endpoint.permission.endsWith(':read');
}

function isFenced({ endpoint }: Described): boolean {
  return endpoint !== 'public' && endpoint.fenced === true;
}

function isDurable({ method, endpoint }: Described): boolean {
  return method !== 'get' && takesDurability(endpoint);
}

function isWebSocket({ endpoint }: Described): boolean {
  return endpoint !== 'public' && WEB_SOCKETS.has(endpoint.name);
}

function problemsOf(described: Described): DocumentedProblem[] {
  const { method, path, operation, endpoint } = described;
  if (endpoint === 'public') return operation.operationId === 'health.ready' ? ['unavailable'] : [];
  const hasBody = operation.requestBody !== undefined;
  const hasName = path.includes('{');
  const mayLackIt = method !== 'put' && !NEED_NOTHING_THERE.has(endpoint.name);
  const namesInBody = method === 'post' && endpoint.answersByName === true;
  const opensWebSocket = isWebSocket(described);
  const kinds: (readonly [DocumentedProblem, boolean])[] = [
    ['malformed', hasBody || hasName || opensWebSocket],
    ['unauthenticated', true],
    ['forbidden', endpoint.permission !== 'authenticated' || opensWebSocket],
    ['not-found', (hasName || namesInBody) && mayLackIt],
    ['conflict', method === 'put' || isKeyed(described) || MAY_CONFLICT.has(endpoint.name)],
    ['stale', isFenced(described)],
    ['too-large', hasBody],
    ['unsupported-media-type', hasBody],
    ['invalid', true],
    ['locked', ASK_TO_HOLD.has(endpoint.name)],
    ['upgrade-required', opensWebSocket],
    ['rate-limited', true],
    ['unavailable', true],
  ];
  return kinds.flatMap(([kind, applies]) => (applies ? [kind] : []));
}
