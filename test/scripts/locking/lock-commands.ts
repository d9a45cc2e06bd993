import fc from 'fast-check';
import type { Want } from '../../support/lock-model.js';

/** Names of which one begins as another one does, so that what is looked up by name is not another one's. */
export const LOCKS = ['lock:a', 'lock:a-b', 'lock:ab'];
export const SEMAPHORES = ['permit:a', 'permit:s'];
export const PLACES = [...LOCKS, ...SEMAPHORES];
export const IDS = ['i0', 'i1', 'i2', 'i3', 'i4', 'i5', 'i6'];
export const PROCESSES = 2;

const id = fc.constantFrom(...IDS);
const ttlMs = fc.constantFrom(10, 400, 5000, 60_000);

const wants: fc.Arbitrary<Want[]> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .uniqueArray(fc.constantFrom(...LOCKS), { minLength: 1, maxLength: 3 })
      .map((places) => places.map((place) => ({ place, permits: 1 }))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...SEMAPHORES), fc.integer({ min: 1, max: 3 }))
      .map(([place, permits]) => [{ place, permits }]),
  },
);

/** One thing that happens to a tenant's locks on one node. */
const command = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('acquire'),
      id,
      wants,
      ttlMs,
      waitMs: fc.constantFrom(0, 900, 30_000, 30_000),
      process: fc.nat(PROCESSES - 1),
      confirmed: fc.constantFrom(true, true, false),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('release'),
      id,
      keep: fc.constantFrom<('' | 'place' | 'grant')[]>('', '', 'place', 'grant'),
      // Where another request with the same id may wait; none has it mostly.
      sharer: fc.constantFrom<(number | undefined)[]>(undefined, undefined, 0, 1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('extend'),
      id,
      ttlMs,
      token: fc.constantFrom('none', 'same', 'higher', 'higher'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('break'), place: fc.constantFrom(...PLACES) }) },
  // Those who were told that it is their turn try.
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('try') }) },
  // Another node gave a later place in the line.
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('fall back'), id, by: fc.constantFrom(1, 3, 2_000_000) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait'),
      ms: fc.constantFrom(1, 10, 399, 400, 901, 5000, 31_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die'), process: fc.nat(PROCESSES - 1) }) },
);
export type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

export const sequences = fc.array(command, { minLength: 1, maxLength: 40, size: 'max' });
