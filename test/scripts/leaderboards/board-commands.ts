import fc from 'fast-check';

export const RANKINGS = ['ordinal', 'competition', 'dense'] as const;
export const MEMBERS = ['a', 'B', 'aa', 'é', '日本', '😀', '\uffee', '@nestjs/core', '-1', 'nan'];

const member = fc.constantFrom(...MEMBERS);
const score = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      -0,
      0.1,
      0.2,
      1 / 3,
      5e-324,
      -5e-324,
      1e-300,
      2 ** 53,
      2 ** 53 - 1,
      -(2 ** 53),
      2 ** 52 + 0.5,
    ),
  },
  { weight: 1, arbitrary: fc.double({ min: -(2 ** 53), max: 2 ** 53, noNaN: true }) },
);
const operator = fc.constantFrom('set', 'best', 'increment');
const submission = fc.record(
  { member, score, operator, metadata: fc.record({ n: fc.nat(3) }) },
  { requiredKeys: ['member', 'score'] },
);
const ranking = fc.constantFrom(...RANKINGS);
const limit = fc.integer({ min: 1, max: 6 });
const season = fc.nat(3);

/** One thing that a client does to a board. */
const command = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('submit'), submission }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('batch'),
      rows: fc.array(submission, { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove'), member, all: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('capacity'), capacity: fc.constantFrom(null, 1, 2, 3, 5) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dense'), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('page'), limit, ranking, season }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('entry'), member, ranking, season }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('around'), member, limit, ranking }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('lookup'),
      members: fc.uniqueArray(member, { minLength: 1 }),
      ranking,
    }),
  },
);
export const settings = fc.record({
  order: fc.constantFrom('ascending', 'descending'),
  operator,
  ties: fc.constantFrom('arrival', 'member'),
});
export type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

export const sequences = fc.array(command, { minLength: 1, maxLength: 40, size: 'max' });
