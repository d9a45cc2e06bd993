import { Injectable } from '@nestjs/common';
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { default as addFormats } from 'ajv-formats';
import { LRUCache } from 'lru-cache';
import { RE2JS } from 're2js';
import type { FieldError } from '../../errors/app-error.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { MAX_FIELD_ERRORS, pointerTo } from '../../transport/validation/validate.js';
import { invalidSchema } from './streams.errors.js';
import { StreamsKeys } from './streams.keys.js';

/** Streams whose schema a node remembers. */
const KNOWN_STREAMS = 10_000;
const DRAFT_7 = /^http:\/\/json-schema\.org\/draft-07\/schema#?$/;

/** A schema that was read from its stream; without one `version` is ''. */
export interface EntrySchema {
  readonly version: string;
  /** Bad fields of `data`, whose pointers begin at `pointer`. */
  violations(data: unknown, pointer: string): FieldError[];
}

const NO_SCHEMA: EntrySchema = { version: '', violations: () => [] };

/** Patterns take time that is linear in the text (RE2), whoever wrote them. */
const linearRegExp = Object.assign((pattern: string) => RE2JS.compile(pattern), { code: 'linearRegExp' });

const OPTIONS: Options = {
  allErrors: true,
  strict: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  logger: false,
  // What data inherits from JavaScript's objects is none of it.
  ownProperties: true,
  // 19.99 is a multiple of 0.01, whatever doubles say.
  multipleOfPrecision: 6,
  code: { regExp: linearRegExp },
};

/** What streams require of their data. */
@Injectable()
export class EntrySchemas {
  private readonly known = new LRUCache<string, EntrySchema>({ max: KNOWN_STREAMS });

  constructor(
    private readonly gateway: RedisGateway,
    private readonly keys: StreamsKeys,
  ) {}

  /** @throws AppError `streams.invalid-schema` */
  check(schema: Readonly<Record<string, unknown>>): void {
    compile(schema);
  }

  /** What this node knows of the stream's schema; the appending script says if there is a newer one. */
  remembered(tenant: string, stream: string): EntrySchema {
    return this.known.get(`${tenant} ${stream}`) ?? NO_SCHEMA;
  }

  async load(tenant: string, stream: string): Promise<EntrySchema> {
    const { info } = this.keys.stream(tenant, stream);
    const [version, text] = await this.gateway.execute(
      (client) => client.hmget(info, 'schemaVersion', 'schema'),
      { repeatable: true },
    );
    const schema = version && text ? entrySchema(version, text) : NO_SCHEMA;
    this.known.set(`${tenant} ${stream}`, schema);
    return schema;
  }
}

function entrySchema(version: string, text: string): EntrySchema {
  const validate = compile(JSON.parse(text));
  return {
    version,
    violations: (data, pointer) => {
      try {
        if (validate(data)) return [];
      } catch (error) {
        // By its stack: references that lead back to themselves without a step into the data.
        if (!(error instanceof RangeError)) throw error;
        return [{ pointer, detail: 'cannot be checked: the schema refers to itself without end' }];
      }
      return (validate.errors ?? []).slice(0, MAX_FIELD_ERRORS).map((error) => fieldError(error, pointer));
    },
  };
}

function compile(schema: unknown): ValidateFunction {
  if (typeof schema !== 'object' || schema === null) throw invalidSchema('must be an object');
  const draft: unknown = Reflect.get(schema, '$schema');
  const isDraft7 = typeof draft === 'string' && DRAFT_7.test(draft);
  const ajv = isDraft7 ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
  addFormats.default(ajv);
  // Of OpenAPI, not of JSON Schema; and one that Ajv follows without knowing that it may stand there.
  ajv.removeKeyword('nullable');
  if (!isDraft7) ajv.addKeyword('$anchor');
  try {
    const validate = ajv.compile(schema);
    if ('$async' in validate) throw new Error('must not be asynchronous');
    return validate;
  } catch (error) {
    throw invalidSchema(error instanceof Error ? error.message : 'it is no JSON Schema');
  }
}

/** As validation says it elsewhere: the pointer names the field, also one that is missing or not known. */
function fieldError({ instancePath, keyword, params, message }: ErrorObject, pointer: string): FieldError {
  const at = `${pointer}${instancePath}`;
  const missing: unknown = params.missingProperty;
  if (keyword === 'required' && typeof missing === 'string') {
    return { pointer: pointerTo(at, missing), detail: 'is required' };
  }
  const unknown: unknown = params.additionalProperty;
  if (keyword === 'additionalProperties' && typeof unknown === 'string') {
    return { pointer: pointerTo(at, unknown), detail: 'is not a known field' };
  }
  return { pointer: at, detail: message ?? 'does not match the schema' };
}
