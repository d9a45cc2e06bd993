import fc, { type Arbitrary } from 'fast-check';
import { type OpenApi, resolve, type Schema } from '../../drift/openapi-document.js';
import type { Words } from './words.js';

const MOST_ITEMS = 5;
/** JSON Schema counts characters where identities are bounded in bytes; so many take at most 256 bytes. */
const MOST_CHARACTERS = 64;

/** Values that a schema of the document accepts, with the field names' own words where there are some. */
export class SchemaValues {
  constructor(
    private readonly document: OpenApi,
    private readonly words: Words,
  ) {}

  /** @throws Error if `schema` is of a form that no request's schema had so far */
  of(schema: Schema, field = ''): Arbitrary<unknown> {
    const { enum: choices, anyOf, type, ...rest } = resolve(this.document, schema);
    if (Array.isArray(choices)) return fc.constantFrom(...(choices as unknown[]));
    if (Array.isArray(anyOf)) return fc.oneof(...(anyOf as Schema[]).map((each) => this.of(each, field)));
    if (Array.isArray(type)) return fc.oneof(...type.map((each) => this.of({ ...rest, type: each }, field)));
    switch (type) {
      case 'object':
        return this.object(rest);
      case 'array':
        return this.array(rest, field);
      case 'string':
        return this.words.forField(field, text(rest));
      case 'integer':
        return fc.integer({ min: bound(rest.minimum), max: bound(rest.maximum) });
      case 'number':
        return number(rest);
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      default:
        throw new Error(`no values for ${JSON.stringify(schema)}`);
    }
  }

  private object({ properties, required }: Schema): Arbitrary<unknown> {
    if (properties === undefined) return freeObject;
    const fields = Object.entries(properties as Record<string, Schema>);
    return fc.record(Object.fromEntries(fields.map(([name, schema]) => [name, this.of(schema, name)])), {
      requiredKeys: (required ?? []) as string[],
      noNullPrototype: true,
    });
  }

  private array({ items, minItems, maxItems, uniqueItems }: Schema, field: string): Arbitrary<unknown> {
    const item = this.of(items as Schema, field);
    const minLength = Number(minItems ?? 0);
    const maxLength = Math.min(Number(maxItems ?? MOST_ITEMS), MOST_ITEMS);
    const few = uniqueItems
      ? fc.uniqueArray(item, { minLength, maxLength })
      : fc.array(item, { minLength, maxLength });
    if (maxItems !== 1000) return few;
    // As many as are allowed, which costs the service most; one item over and over, numbered where it has a name.
    const most = item.chain((one) => fc.nat(500).map((start) => numbered(one, start)));
    return fc.oneof({ arbitrary: few, weight: 9 }, { arbitrary: most, weight: 1 });
  }
}

/** JSON of any form, but for what is refused everywhere: an integer that no double holds, and one member name. */
const freeObject = fc
  .dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }), {
    maxKeys: 4,
    noNullPrototype: true,
  })
  .map((value) => JSON.stringify(value))
  .filter((json) => !json.includes('__proto__') && !/\d{16}/.test(json))
  .map((json) => JSON.parse(json) as unknown);

function text({ pattern, maxLength }: Schema): Arbitrary<string> {
  if (typeof pattern !== 'string') return fc.string();

  const matching = fc.stringMatching(new RegExp(pattern, 'u'));
  const longest = Math.min(Number(maxLength ?? MOST_CHARACTERS), MOST_CHARACTERS);
  return matching.filter((value) => value.isWellFormed() && [...value].length <= longest);
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
    return typeof one === 'object' && one !== null ? { ...one, member: name } : name;
  });
}
