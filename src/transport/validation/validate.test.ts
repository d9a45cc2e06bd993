import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsOptional,
  ValidateBy,
  ValidateNested,
  validateSync,
} from 'class-validator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError, type FieldError } from '../../errors/app-error.js';
import {
  IsCount,
  IsDistinct,
  IsIdentity,
  isIdentity,
  IsJsonObject,
  IsName,
  isName,
  MAX_DOCUMENT_BYTES,
} from './rules.js';
import { rulesOf } from './compiled-rules.js';
import { validated } from './validate.js';
import { StrictValidationPipe } from './validation.pipe.js';

class Thing {
  declare name: string;
  declare count?: number;
}
// Vitest compiles no decorators in tests, so here they are called.
const rules: readonly (readonly [string, ...PropertyDecorator[]])[] = [
  ['name', IsName()],
  ['count', IsOptional(), IsCount(1, 10)],
  ['flag', IsOptional(), IsBoolean({ message: 'must be true or false' })],
  ['members', IsOptional(), IsIdentity({ each: true })],
  ['document', IsOptional(), IsJsonObject()],
  ['roles', IsOptional(), IsDistinct()],
];
for (const [field, ...decorators] of rules) {
  for (const decorate of decorators) decorate(Thing.prototype, field);
}

class Listed {
  declare list: string[];
}
for (const decorate of [IsDistinct(), IsName({ each: true }), ArrayMaxSize(2), IsArray()]) {
  decorate(Listed.prototype, 'list');
}

class Nothing {}

function errorsOf(type: new () => object, value: unknown, from?: 'query'): readonly FieldError[] {
  try {
    validated(type, value, from);
  } catch (error) {
    if (error instanceof AppError && error.code === 'request.invalid') return error.details.errors ?? [];
    throw error;
  }
  return [];
}

describe('validated', () => {
  it('gives an instance with the fields that were sent, and none that were not', () => {
    const thing = validated(Thing, { name: 'a', count: 3 });
    expect(thing).toBeInstanceOf(Thing);
    expect(Object.keys(thing)).toEqual(['name', 'count']);
  });

  it('tells of every bad field, by its pointer', () => {
    const errors = errorsOf(Thing, { name: '', count: 11, flag: 'yes', 'a/b~c': 1 });
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(['/a~1b~0c', '/count', '/flag', '/name']);
    expect(errors.find(({ pointer }) => pointer === '/count')?.detail).toBe(
      'must be a whole number from 1 to 10',
    );
  });

  it('tells of the bad values of a list by their places', () => {
    const detail = 'must be 1 to 256 bytes of UTF-8 without control characters';
    expect(errorsOf(Thing, { name: 'a', members: ['a', '', 'b', 7] })).toEqual([
      { pointer: '/members/1', detail },
      { pointer: '/members/3', detail },
    ]);
    expect(errorsOf(Thing, { name: 'a', members: 'a\n' })).toEqual([{ pointer: '/members', detail }]);
  });

  it.each([undefined, 'text', 7, { 0: 'a' }])('says of %j in the place of a list that it is none', (list) => {
    expect(errorsOf(Listed, { list })).toEqual([{ pointer: '/list', detail: 'must be an array' }]);
  });

  it('says of a list that is too long that it is, and nothing of what is in it', () => {
    const errors = errorsOf(Listed, { list: ['', '', ''] });
    expect(errors).toEqual([{ pointer: '/list', detail: 'must contain no more than 2 elements' }]);
  });

  it.each([null, undefined, 'text', 7, true, [], [{ name: 'a' }]].map((value) => [value]))(
    'refuses what is no object: %j',
    (value) => expect(errorsOf(Thing, value)).toEqual([{ pointer: '', detail: 'must be an object' }]),
  );

  it.each(['other', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__'])(
    'refuses the unknown field %s, for a class without rules too',
    (field) => {
      const unknown = [{ pointer: `/${field}`, detail: 'is not a known field' }];
      expect(errorsOf(Thing, { name: 'a', [field]: 1 })).toEqual(unknown);
      expect(errorsOf(Nothing, { [field]: 1 })).toEqual(unknown);
    },
  );

  it('finds a value that a long list has twice, and does not compare each with each', () => {
    const roles = Array.from({ length: 150_000 }, (_, at) => `role-${at}`);
    expect(errorsOf(Thing, { name: 'a', roles })).toEqual([]);
    const pointer = '/roles';
    for (const wrong of [[...roles, 'role-0'], 'role-0']) {
      const errors = errorsOf(Thing, { name: 'a', roles: wrong });
      expect(errors).toEqual([{ pointer, detail: 'must not have a value twice' }]);
    }
  });

  it('looks at no more of a list than tells that it is too long', () => {
    class Listing {
      declare ids: unknown;
    }
    let looks = 0;
    const validate = () => ++looks > 0;
    ArrayMaxSize(3, { message: 'must have at most 3' })(Listing.prototype, 'ids');
    ValidateBy({ name: 'counted', validator: { validate } }, { each: true })(Listing.prototype, 'ids');
    const ids = Array.from({ length: 150_000 }, (_, at) => at);
    expect(errorsOf(Listing, { ids })).toEqual([{ pointer: '/ids', detail: 'must have at most 3' }]);
    expect(looks).toBeLessThan(20);
    expect(validated(Listing, { ids: [1, 2, 3] }).ids).toEqual([1, 2, 3]);
  });

  it('gives an instance what its class begins with, where it begins with something', () => {
    class Beginning extends Thing {
      flag = true;
    }
    const made = validated(Beginning, { name: 'a' });
    expect(made).toBeInstanceOf(Beginning);
    expect(made).toEqual({ name: 'a', flag: true });
    expect(errorsOf(Beginning, { name: 'a', flag: 'yes' })).toHaveLength(1);
  });

  it('takes an empty object for a class without rules', () => {
    expect(validated(Nothing, {})).toBeInstanceOf(Nothing);
  });

  it('converts nothing, save whole numbers of a query', () => {
    expect(errorsOf(Thing, { name: 'a', count: '3' })).toHaveLength(1);
    expect(validated(Thing, { name: '5', count: '3' }, 'query')).toEqual({ name: '5', count: 3 });
    for (const count of ['', ' 3', '3.0', '+3', '0x3', '3e0', '-3', ['3', '4']]) {
      expect(errorsOf(Thing, { name: 'a', count }, 'query'), String(count)).toHaveLength(1);
    }
    expect(errorsOf(Thing, { name: 'a', flag: 'true' }, 'query')).toHaveLength(1);
  });

  it.each([NaN, Infinity, 1.5, 0, 11, null, '3', {}])('takes no count of %j', (count) => {
    expect(errorsOf(Thing, { name: 'a', count })).toHaveLength(count === null ? 0 : 1);
  });
});

describe('names and identities', () => {
  it.each(['a', '0', 'A.b_c:d-e', 'a'.repeat(128)])('a name may be %j', (text) =>
    expect(isName(text)).toBe(true),
  );

  it.each(['', '.a', '-a', '_', ':a', 'a b', 'a/b', 'a{b}', 'é', 'a\n', 'a'.repeat(129), 7, null, ['a']])(
    'a name may not be %j',
    (text) => expect(isName(text)).toBe(false),
  );

  it.each(['a', '@nestjs/core', '日本', 'a b', '{}', 'é'.repeat(128), '🏆'.repeat(64)])(
    'an identity may be %j',
    (text) => expect(isIdentity(text)).toBe(true),
  );

  it.each([
    '',
    'a\u0000',
    'a\n',
    '\u007f',
    '\u0085',
    '\ud800',
    'é'.repeat(129),
    '🏆'.repeat(65),
    7,
    null,
    {},
  ])('an identity may not be %j', (text) => expect(isIdentity(text)).toBe(false));
});

describe('a JSON object', () => {
  it('has at most so many bytes, and nothing that UTF-8 cannot hold', () => {
    const sized = (bytes: number) => ({ name: 'a', document: { t: 'x'.repeat(bytes - '{"t":""}'.length) } });
    expect(errorsOf(Thing, sized(MAX_DOCUMENT_BYTES))).toEqual([]);
    expect(errorsOf(Thing, sized(MAX_DOCUMENT_BYTES + 1))).toHaveLength(1);
    for (const document of [[], 'text', 7, { a: '\ud800' }, { '\udc00': 1 }]) {
      expect(errorsOf(Thing, { name: 'a', document }), JSON.stringify(document)).toHaveLength(1);
    }
  });
});

describe('the pipe', () => {
  const pipe = new StrictValidationPipe();

  it('checks what has a class, and leaves the rest as it is', () => {
    expect(pipe.transform({ name: 'a' }, { type: 'body', metatype: Thing })).toBeInstanceOf(Thing);
    expect(() => pipe.transform({ name: '' }, { type: 'body', metatype: Thing })).toThrow(AppError);
    expect(pipe.transform('text', { type: 'param', metatype: String })).toBe('text');
    expect(pipe.transform('text', { type: 'custom', metatype: Thing })).toBe('text');
    expect(pipe.transform(undefined, { type: 'body', metatype: Nothing })).toBeInstanceOf(Nothing);
    expect(() => pipe.transform(null, { type: 'body', metatype: Nothing })).toThrow(AppError);
    expect(pipe.transform({ name: 'a', count: '3' }, { type: 'query', metatype: Thing })).toEqual({
      name: 'a',
      count: 3,
    });
  });
});

describe('the compiled rules', () => {
  /** What class-validator says of the same fields, as `validated` would ask it on its own. */
  const isValid = (value: object) =>
    validateSync(Object.assign(new Thing(), value), { forbidUnknownValues: false, stopAtFirstError: true })
      .length === 0;
  const anything = fc.oneof(
    fc.constantFrom(undefined, null, '', 'a', 'a b', '\u0000', 0, 1, 10, 11, 1.5, NaN, true, 'true'),
    fc.array(fc.oneof(fc.string(), fc.constant(null), fc.integer()), { maxLength: 3 }),
    fc.object({ maxDepth: 1 }),
  );
  const things = fc.record(
    {
      name: fc.oneof(fc.constant('a'), anything),
      count: fc.oneof(fc.integer({ min: 0, max: 11 }), anything),
      flag: fc.oneof(fc.boolean(), anything),
      members: fc.oneof(fc.array(fc.string({ maxLength: 2 })), anything),
      document: fc.oneof(fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }), anything),
    },
    { requiredKeys: [] },
  );

  it('accept what class-validator finds no error in, and nothing else', () => {
    let accepted = 0;
    fc.assert(
      fc.property(things, (value) => {
        const instance = Object.assign(new Thing(), value);
        const { accepts } = rulesOf(Thing);
        if (accepts(instance)) accepted++;
        expect(accepts(instance)).toBe(isValid(value));
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  it('leave a kind of rule that they do not know to class-validator', () => {
    class Inner {}
    class Outer {}
    ValidateNested()(Outer.prototype, 'inner');
    IsName()(Inner.prototype, 'name');
    const inner = (name: string) => Object.assign(new Inner(), { name });
    expect(rulesOf(Outer).accepts(Object.assign(new Outer(), { inner: inner('a') }))).toBe(false);
    expect(validated(Outer, { inner: inner('a') })).toBeInstanceOf(Outer);
    expect(errorsOf(Outer, { inner: inner('') })).toHaveLength(1);
  });
});
