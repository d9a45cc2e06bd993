import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export interface Reference {
  $ref: string;
}
export type Schema = Record<string, unknown>;
export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: Schema;
}
export interface Response {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, { schema: Schema }>;
}
export interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters: (Parameter | Reference)[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, Response | Reference>;
}
/** As much of an OpenAPI document as the tests look at. */
export interface OpenApi {
  openapi: string;
  info: { title?: string; version?: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    securitySchemes: Record<string, { type: string }>;
    responses: Record<string, Response>;
    parameters: Record<string, Parameter>;
  };
}

export interface Located {
  /** As a controller declares it: `GET /v1/leaderboards/:board`. */
  readonly address: string;
  readonly path: string;
  readonly operation: Operation;
}

export function operationsOf({ paths }: OpenApi): Located[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      address: `${method.toUpperCase()} ${path.replaceAll(/\{([^}]+)\}/g, ':$1')}`,
      path,
      operation,
    })),
  );
}

/** What `value` refers to, if it is a reference. @throws Error if that is nothing */
export function resolve<T extends object>(document: OpenApi, value: T | Reference): T {
  if (!('$ref' in value)) return value;
  const found = value.$ref
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (at, name) => (typeof at === 'object' && at ? Reflect.get(at, name) : undefined),
      document,
    );
  if (typeof found !== 'object' || found === null) throw new Error(`${value.$ref} refers to nothing`);
  return found as T;
}

/** Compiles the schemas of `document`; with `closed`, objects have only the members that are documented. */
export function compiler(document: OpenApi, { closed }: { closed: boolean }) {
  // The dialect of OpenAPI 3.1 is JSON Schema 2020-12.
  const ajv = addFormats.default(
    new Ajv2020.default({ strict: true, allowUnionTypes: true, allErrors: true }),
  );
  const prepared = <T>(schema: T): T =>
    JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
      if (typeof value !== 'object' || value === null) return value;
      const { $ref, type, properties } = value as Schema;
      if (typeof $ref === 'string')
        return { ...value, $ref: $ref.replace('#/components/schemas/', 'component:') };
      const open = closed && type === 'object' && properties && !('additionalProperties' in value);
      return open ? { ...value, additionalProperties: false } : value;
    }) as T;
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    const own = name === 'Problem' ? (JSON.parse(JSON.stringify(schema)) as Schema) : prepared(schema);
    ajv.addSchema({ ...own, $id: `component:${name}` });
  }
  return (schema: Schema): ValidateFunction => ajv.compile(prepared(schema));
}

/** Operations whose bodies hold whatever their sender likes besides what is documented. */
export const OPEN_BODIES: readonly string[] = [
  'POST /v1/pipeline/payloads',
  'POST /v1/pipeline/queue',
  'PATCH /v1/sessions/current',
];

/** All that makes `document` no OpenAPI 3.1 document, or a poor one. */
export function faultsOf(document: OpenApi): string[] {
  const faults: string[] = [];
  const check = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault);
  };
  check(/^3\.1\.\d+$/.test(document.openapi), 'openapi is not 3.1');
  check(!!document.info.title && !!document.info.version, 'info has no title or no version');
  for (const [, reference = ''] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
    try {
      resolve(document, { $ref: reference });
    } catch (error) {
      faults.push(String(error));
    }
  }
  if (faults.length > 0) return faults;
  const located = operationsOf(document);
  const ids = located.map(({ operation }) => operation.operationId);
  check(new Set(ids).size === ids.length && !ids.includes(''), 'operation ids are not unique');
  let compile: ReturnType<typeof compiler>;
  try {
    compile = compiler(document, { closed: false });
  } catch (error) {
    return [String(error)];
  }
  const checkSchema = (where: string, schema: Schema | undefined) => {
    try {
      compile(schema ?? { $ref: 'nothing' });
    } catch (error) {
      faults.push(`${where}: ${String(error)}`);
    }
  };
  for (const [name, schema] of Object.entries(document.components.schemas)) checkSchema(name, schema);
  for (const { address, path, operation } of located) {
    faults.push(...operationFaults(document, address, path, operation, checkSchema));
  }
  return faults;
}

function operationFaults(
  document: OpenApi,
  address: string,
  path: string,
  operation: Operation,
  checkSchema: (where: string, schema: Schema | undefined) => void,
): string[] {
  const faults: string[] = [];
  const check = (holds: boolean, fault: string) => {
    if (!holds) faults.push(`${address}: ${fault}`);
  };
  check(/^[a-z.-]+$/.test(operation.operationId), 'no operation id');
  check(operation.summary !== '' && operation.summary.length <= 120, 'no summary, or a long one');
  check(/^Permission: /m.test(operation.description), 'the description names no permission');
  const tags = new Set(document.tags.map(({ name }) => name));
  check(operation.tags.length > 0 && operation.tags.every((tag) => tags.has(tag)), 'an undeclared tag');
  const schemes = operation.security.flatMap((requirement) => Object.keys(requirement));
  check(
    schemes.every((scheme) => scheme in document.components.securitySchemes),
    'an undeclared security scheme',
  );
  const parameters = operation.parameters.map((each) => resolve(document, each));
  for (const { name, schema } of parameters) checkSchema(`${address} ${name}`, schema);
  const templated = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name).sort();
  const declared = parameters.filter((each) => each.in === 'path' && each.required).map(({ name }) => name);
  check(templated.join() === declared.sort().join(), 'path parameters differ from the path');
  for (const { schema } of Object.values(operation.requestBody?.content ?? {})) {
    checkSchema(`${address} body`, schema);
    const { additionalProperties } = resolve(document, schema as Schema | Reference);
    check(
      additionalProperties === OPEN_BODIES.includes(address),
      'a body that is open or not against the rule',
    );
  }
  check(
    // A WebSocket is open with 101.
    Object.keys(operation.responses).some((status) => /^(101|2\d\d)$/.test(status)),
    'no successful response',
  );
  for (const [status, reference] of Object.entries(operation.responses)) {
    const response = resolve(document, reference);
    check(/^[1-5]\d\d$/.test(status) && response.description !== '', `response ${status} says nothing`);
    const types = Object.keys(response.content ?? {});
    const isEmpty = status === '204' || status === '101';
    check(types.length === (isEmpty ? 0 : 1), `response ${status} has no content, or some against the rule`);
    if (status >= '400') check(types[0] === 'application/problem+json', `response ${status} is no problem`);
    for (const { schema } of Object.values(response.content ?? {}))
      checkSchema(`${address} ${status}`, schema);
  }
  return faults;
}
