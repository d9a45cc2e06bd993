import type { ValidateFunction } from 'ajv/dist/2020.js';
import { compiler, type OpenApi, type Schema } from '../../drift/openapi-document.js';

/** What is wrong with an answer. */
export interface Objection {
  readonly sort: 'server error' | 'off the schema' | 'leak';
  readonly reason: string;
}

/** What must not be in any answer: stacks, paths, and words of Redis, of Lua and of the libraries below. */
const LEAKS = [
  /\bat .*:\d+:\d+/,
  /node_modules|node:internal|\/(src|dist|home|tmp|root|usr)\//,
  /\b(ERR|WRONGTYPE|NOSCRIPT|READONLY|OOM|CROSSSLOT|MOVED|NOAUTH|EVALSHA|ECONN[A-Z]+|FST_[A-Z_]+)\b/,
  /\b[A-Z]\w*Error:|ioredis|user_script|redis:\/\//,
];

/** What the documents say of any answer: docs/openapi.json with its objects closed, and docs/errors.md. */
export class Contract {
  private readonly compile: ReturnType<typeof compiler>;
  private readonly compiled = new Map<string, ValidateFunction>();
  private readonly statusByCode: ReadonlyMap<string, number>;

  constructor(
    readonly document: OpenApi,
    errorsDocument: string,
  ) {
    this.compile = compiler(document, { closed: true });
    const rows = errorsDocument.matchAll(/^\| `([a-z.-]+)` +\| (\d{3}) /gm);
    this.statusByCode = new Map([...rows].map(([, code = '', status]) => [code, Number(status)]));
  }

  /** The schema under `name` is compiled once. */
  *schemaFaults(name: string, schema: Schema, value: unknown): Generator<string> {
    const validate = this.compiled.get(name) ?? this.compile(schema);
    this.compiled.set(name, validate);
    if (validate(value)) return;
    const errors = JSON.stringify(validate.errors?.slice(0, 5));
    yield `${errors} in ${String(JSON.stringify(value)).slice(0, 500)}`;
  }

  /** A problem document, whose code has the status that docs/errors.md gives it. */
  *problemFaults(problem: unknown): Generator<string> {
    yield* this.schemaFaults('problem', { $ref: '#/components/schemas/Problem' }, problem);
    const { code, status } = Object(problem) as Record<string, unknown>;
    if (this.statusByCode.get(String(code)) !== status) yield `${String(code)} with status ${String(status)}`;
  }

  /** What is wrong with what a channel brought as `message` or `gap`. */
  channelFaults(kind: string, value: unknown): Generator<string> {
    const schema = kind === 'gap' ? 'GapView' : 'MessageView';
    return this.schemaFaults(kind, { $ref: `#/components/schemas/${schema}` }, value);
  }

  *leaks(text: string): Generator<Objection> {
    for (const leak of LEAKS) {
      const [match] = leak.exec(text) ?? [];
      if (match !== undefined) yield { sort: 'leak', reason: JSON.stringify(match.slice(0, 200)) };
    }
  }
}

/** Whether a problem says that Redis did not answer in time, which is true where the machine has no time for it. */
export function isRedisTimeout(problem: unknown): boolean {
  const { code, status } = Object(problem) as Record<string, unknown>;
  return status === 503 && (code === 'redis.unavailable' || code === 'redis.outcome-unknown');
}

/** Whether a problem says that a payload is being processed, which lasts where whoever did so has not heard of Redis. */
export function isBusy(problem: unknown): boolean {
  const { code, status } = Object(problem) as Record<string, unknown>;
  return status === 503 && code === 'pipeline.busy';
}

export function offTheSchema(reason: string): Objection {
  return { sort: 'off the schema', reason };
}

/** The value of `text`; undefined, which fits no schema, if it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
