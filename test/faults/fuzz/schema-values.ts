import fc, { type Arbitrary } from 'fast-check';
import { type OpenApi, resolve, type Schema } from '../../drift/openapi-document.js';
import { isOfEntries, type Words, wordsFor } from './words.js';

const MOST_ITEMS = 5;
/** Of several resources one is mostly held already. */
const MOST_RESOURCES = 2;
/** JSON Schema counts characters where identities are bounded in bytes; so many take at most 256 bytes. */
const MOST_CHARACTERS = 64;
/**
 * A request that waits longer keeps a client of the attack from others. A lock that is shorter may be over before it is
 * answered, and one that is longer may never be free again.
 */
const DURATIONS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  waitMs: [0, 50],
  ttlMs: [8000, 20_000],
};

/** Values that a schema of the document accepts, with the field names' own words where there are some. */
export class SchemaValues {
  constructor(
    private readonly document: OpenApi,
    private readonly words: Words,
  ) {}

  /** @throws Error if `schema` is of a form that no request's schema had so far */
  of(schema: Schema, field = ''): Arbitrary<unknown> {
    const { enum: choices, anyOf, oneOf, type, ...rest } = resolve(this.document, schema);
    if (Array.isArray(choices)) return fc.constantFrom(...(choices as unknown[]));
    if (Array.isArray(anyOf)) return fc.oneof(...(anyOf as Schema[]).map((each) => this.of(each, field)));
    // The data of an entry is of any type, and a device a text or an object.
    if (Array.isArray(oneOf)) return field === 'device' ? anyDevice : anyJson;
    if (Array.isArray(type)) return fc.oneof(...type.map((each) => this.of({ ...rest, type: each }, field)));
    switch (type) {
      case 'object':
        return this.object(rest);
      case 'array':
        return this.array(rest, field);
      case 'string':
        return this.words.forField(field, text(rest), rest.pattern);
      case 'integer':
        return integer(rest, field);
      case 'number':
        return number(rest);
      case 'boolean':
        // A processor that is deactivated would answer nothing but that.
        return field === 'active' ? fc.constant(true) : fc.boolean();
      case 'null':
        return fc.constant(null);
      default:
        throw new Error(`no values for ${JSON.stringify(schema)}`);
    }
  }

  private object({ properties, required, additionalProperties }: Schema): Arbitrary<unknown> {
    if (properties === undefined) return freeObject;
    const known = properties as Record<string, Schema>;
    if ('cron' in known && 'payload' in known) return this.job(known);
    const fields = Object.entries(known);
    const declared = fc.record(
      Object.fromEntries(fields.map(([name, schema]) => [name, this.of(schema, name)])),
      {
        requiredKeys: (required ?? []) as string[],
        noNullPrototype: true,
      },
    );
    if (additionalProperties !== true) return declared;
    return fc.tuple(freeObject, declared).map(([more, values]) => ({ ...(more as object), ...values }));
  }

  private array({ items, minItems, maxItems, uniqueItems }: Schema, field: string): Arbitrary<unknown> {
    const item = field === 'effects' ? this.effect() : this.of(items as Schema, field);
    const minLength = Number(minItems ?? 0);
    const most = field === 'resources' ? MOST_RESOURCES : MOST_ITEMS;
    const maxLength = Math.min(Number(maxItems ?? most), most);
    const few = uniqueItems
      ? fc.uniqueArray(item, { minLength, maxLength })
      : fc.array(item, { minLength, maxLength });
    if (maxItems !== 1000) return few;
    // As many as are allowed, which costs the service most; one item over and over, numbered where it has a name.
    const { pattern } = resolve(this.document, items as Schema);
    const numbers = isOfEntries(pattern) ? numberedIds : numbered;
    const fullest = item.chain((one) => fc.nat(500).map((start) => numbers(one, start)));
    return fc.oneof({ arbitrary: few, weight: 9 }, { arbitrary: fullest, weight: 1 });
  }

  /** A job, of whose payload and times the document does not say what goes together. */
  private job(properties: Record<string, Schema>): Arbitrary<unknown> {
    const field = (name: string) => this.of(properties[name] ?? {}, name);
    const backoff = fc.record({
      type: fc.constantFrom('fixed', 'exponential'),
      delayMs: fc.integer({ min: 0, max: 50 }),
    });
    const time = fc.oneof(
      fc.constant({}),
      fc.record({ delayMs: field('delayMs'), jobId: field('jobId') }, { requiredKeys: ['delayMs'] }),
      fc.record({ runAt: field('runAt'), jobId: field('jobId') }, { requiredKeys: ['runAt'] }),
      fc.record({ cron: field('cron'), timeZone: field('timeZone') }, { requiredKeys: ['cron'] }),
    );
    const how = fc.record(
      { attempts: fc.integer({ min: 1, max: 3 }), backoff, priority: field('priority') },
      { requiredKeys: [] },
    );
    const what = this.effect().map((effect) => {
      const { kind, result, ...payload } = effect as Record<string, unknown>;
      return kind === 'pipeline.complete'
        ? { kind: 'pipeline.process', payload: { ...(result as object), ...payload } }
        : { kind, payload };
    });
    return fc.tuple(what, how, time).map((parts) => Object.assign({}, ...parts) as unknown);
  }

  /** An effect of a commit, which the document leaves open: each kind has fields of its own. */
  private effect(): Arbitrary<unknown> {
    const kinds = [
      ['streams.append', 'stream', 'EntryBody'],
      ['leaderboards.submit', 'board', 'SubmissionBody'],
      ['messaging.publish', 'channel', 'MessageBody'],
    ] as const;
    const payload = fc.constantFrom(...wordsFor('payload'));
    const completed = fc
      .tuple(payload, freeObject)
      .map(([id, result]) => ({ kind: 'pipeline.complete', id, result }));
    return fc.oneof(
      completed,
      ...kinds.map(([kind, field, schema]) => {
        const name = this.words.forField(field, fc.constant('elsewhere'));
        const body = this.of({ $ref: `#/components/schemas/${schema}` });
        return fc.tuple(name, body).map(([of, rest]) => ({ ...(rest as object), kind, [field]: of }));
      }),
    );
  }
}

/** JSON of any form, but for what is refused everywhere: an integer that no double holds, and one member name. */
const free = (values: Arbitrary<unknown>): Arbitrary<unknown> =>
  values
    .map((value) => JSON.stringify(value))
    .filter((json) => !json.includes('__proto__') && !/\d{16}/.test(json))
    .map((json) => JSON.parse(json) as unknown);

const freeObject = free(
  fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
);

const anyDevice = fc.oneof(
  freeObject,
  fc.string({ minLength: 1 }).filter((text) => text.isWellFormed()),
);

const anyJson = free(fc.jsonValue({ maxDepth: 3 }));

function text({ pattern, maxLength }: Schema): Arbitrary<string> {
  if (typeof pattern !== 'string') return fc.string();

  const matching = fc.stringMatching(new RegExp(pattern, 'u'));
  const longest = Math.min(Number(maxLength ?? MOST_CHARACTERS), MOST_CHARACTERS);
  return matching.filter((value) => value.isWellFormed() && [...value].length <= longest);
}

function integer({ minimum, maximum }: Schema, field: string): Arbitrary<number> {
  const [min, max] = DURATIONS[field] ?? [bound(minimum), bound(maximum)];
  return fc.integer({ min, max });
}

function number({ minimum, maximum }: Schema): Arbitrary<number> {
  const limits = { min: bound(minimum), max: bound(maximum) };
  return fc.oneof(
    fc.integer({ min: -100, max: 100 }),
    fc.double({ ...limits, noNaN: true }).filter((value) => Math.abs(value) >= 1e-300 || value === 0),
    fc.constantFrom(...Object.values(limits)),
  );
}

function bound(limit: unknown): number {
  if (typeof limit !== 'number') throw new Error('a number without a bound');
  return limit;
}

function numbered(one: unknown, start: number): unknown[] {
  return Array.from({ length: 1000 }, (_, at) => {
    const name = `n${start + at}`;
    if (typeof one !== 'object' || one === null) return name;
    // With the tags of one a thousand would be too long.
    if ('tags' in one) return { ...one, tags: [name] };
    return 'member' in one ? { ...one, member: name } : one;
  });
}

function numberedIds(_one: unknown, start: number): unknown[] {
  return Array.from({ length: 1000 }, (_, at) => `${start + at}-1`);
}
