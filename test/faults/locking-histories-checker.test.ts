import { describe, expect, it } from 'vitest';
import { fallenTokens, type LockOperation, overlaps, whyNotLinearizable } from './locking-linearizable.js';

type Span = readonly [invokedAt: number, answeredAt: number];
type More = Partial<LockOperation>;

const operation = (kind: LockOperation['kind'], id: string, [invokedAt, answeredAt]: Span, more: More) => ({
  kind,
  client: 0,
  id,
  invokedAt,
  answeredAt,
  outcome: 'done' as const,
  ...more,
});
const acquire = (id: string, span: Span, until: number, token: number) =>
  operation('acquire', id, span, { until, token });
const extend = (id: string, span: Span, until: number, outcome: LockOperation['outcome'] = 'done') =>
  operation('extend', id, span, { until, outcome });
const release = (id: string, span: Span, outcome: LockOperation['outcome'] = 'done') =>
  operation('release', id, span, { outcome });

const good: Record<string, readonly LockOperation[]> = {
  'nothing at all': [],
  'one after the other': [
    acquire('a', [0, 10], 100, 1),
    release('a', [20, 30]),
    acquire('b', [40, 50], 140, 2),
  ],
  'a grant that overlaps the release': [
    acquire('a', [0, 10], 100, 1),
    release('a', [20, 60]),
    acquire('b', [15, 25], 115, 2),
  ],
  'a grant after the validity, without a release': [
    acquire('a', [0, 10], 100, 1),
    acquire('b', [90, 101], 200, 2),
  ],
  'a grant after an extension is over': [
    acquire('a', [0, 10], 100, 1),
    extend('a', [50, 60], 150),
    acquire('b', [140, 151], 250, 2),
  ],
  'an extension past the validity, before anybody else came': [
    acquire('a', [0, 10], 100, 1),
    extend('a', [120, 130], 220),
    acquire('b', [200, 221], 320, 2),
  ],
  'an extension that makes it shorter': [
    acquire('a', [0, 10], 1000, 1),
    extend('a', [20, 30], 100),
    acquire('b', [90, 110], 200, 2),
  ],
  'a release that is lost after the validity': [
    acquire('a', [0, 10], 100, 1),
    release('a', [90, 105], 'lost'),
  ],
  'a second release': [acquire('a', [0, 10], 100, 1), release('a', [20, 30]), release('a', [40, 50], 'lost')],
  'an unknown release that took effect': [
    acquire('a', [0, 10], 1000, 1),
    release('a', [20, 30], 'unknown'),
    acquire('b', [40, 50], 140, 2),
    release('a', [60, 70], 'lost'),
  ],
  'an unknown release that took no effect': [
    acquire('a', [0, 10], 100, 1),
    release('a', [20, 30], 'unknown'),
    extend('a', [40, 50], 140),
    acquire('b', [130, 141], 240, 2),
  ],
  'an unknown release that took effect after its answer': [
    acquire('a', [0, 10], 1000, 1),
    release('a', [20, 30], 'unknown'),
    extend('a', [40, 50], 1040),
    acquire('b', [60, 70], 160, 2),
  ],
  'an unknown extension that made it shorter': [
    acquire('a', [0, 10], 1000, 1),
    extend('a', [20, 30], 100, 'unknown'),
    acquire('b', [90, 101], 190, 2),
  ],
  'those who were refused': [
    operation('acquire', '', [0, 5], { outcome: 'held' }),
    operation('acquire', '', [0, 5], { outcome: 'unknown' }),
    acquire('a', [10, 20], 100, 1),
  ],
};

const bad: Record<string, readonly LockOperation[]> = {
  'two grants at once': [acquire('a', [0, 10], 100, 1), acquire('b', [50, 60], 160, 2)],
  'a grant just before the validity is over': [acquire('a', [0, 10], 100, 1), acquire('b', [90, 99], 199, 2)],
  'a grant before an extension is over': [
    acquire('a', [0, 10], 100, 1),
    extend('a', [50, 60], 150),
    acquire('b', [120, 140], 240, 2),
  ],
  'a grant after an unknown extension that would not have ended by then': [
    acquire('a', [0, 10], 100, 1),
    extend('a', [20, 30], 500, 'unknown'),
    acquire('b', [40, 50], 140, 2),
  ],
  'a release by one who was followed': [
    acquire('a', [0, 10], 100, 1),
    acquire('b', [110, 120], 220, 2),
    release('a', [130, 140]),
  ],
  'an extension by one who was followed': [
    acquire('a', [0, 10], 100, 1),
    acquire('b', [110, 120], 220, 2),
    extend('a', [130, 140], 330),
  ],
  'an extension after the release': [
    acquire('a', [0, 10], 100, 1),
    release('a', [20, 30]),
    extend('a', [40, 50], 140),
  ],
  'an extension after one was told that it is lost': [
    acquire('a', [0, 10], 100, 1),
    extend('a', [110, 120], 0, 'lost'),
    extend('a', [130, 140], 230),
  ],
  'two releases of one lock': [acquire('a', [0, 10], 100, 1), release('a', [20, 30]), release('a', [40, 50])],
  'a release that is lost before the validity is over': [
    acquire('a', [0, 10], 100, 1),
    release('a', [20, 30], 'lost'),
  ],
  'an extension that is lost while it is held': [
    acquire('a', [0, 10], 100, 1),
    extend('a', [20, 30], 0, 'lost'),
  ],
  'a release of what nobody was granted': [release('a', [0, 10])],
  'tokens that fall': [acquire('a', [0, 10], 20, 2), acquire('b', [30, 40], 130, 1)],
  'tokens that stand still': [acquire('a', [0, 10], 20, 2), acquire('b', [30, 40], 130, 2)],
};

describe('the check of histories of locks', () => {
  it.each(Object.entries(good))('accepts %s', (_name, operations) => {
    expect(whyNotLinearizable(operations)).toBeUndefined();
    expect(whyNotLinearizable(operations.toReversed())).toBeUndefined();
    expect(overlaps(operations)).toEqual([]);
    expect(fallenTokens(operations)).toEqual([]);
  });

  it.each(Object.entries(bad))('refuses %s', (_name, operations) => {
    expect(whyNotLinearizable(operations)).toMatch(/no order of/);
    expect(whyNotLinearizable(operations.toReversed())).toMatch(/no order of/);
  });

  it('sees where two certainly have it', () => {
    expect(overlaps([acquire('a', [0, 10], 100, 1), acquire('b', [50, 60], 160, 2)])).toEqual([
      'a and b at 60.0',
    ]);
    expect(
      overlaps([acquire('a', [0, 10], 100, 1), extend('a', [20, 30], 200), acquire('b', [90, 120], 220, 2)]),
    ).toEqual(['a and b at 120.0']);
  });

  it('sees tokens that fall', () => {
    expect(fallenTokens(bad['tokens that fall'] ?? [])).toEqual(['b got 1 after a had 2']);
  });

  it('goes through histories of many clients in time', () => {
    const operations = Array.from({ length: 60 }, (_each, at) => [
      acquire(`l${at}`, [at * 10, at * 10 + 9], at * 10 + 1000, at + 1),
      release(`l${at}`, [at * 10 + 9, at * 10 + 10], at % 6 === 0 ? 'unknown' : 'done'),
      // They were there all the time.
      operation('release', `x${at}`, [0, 2000], { outcome: at % 20 === 0 ? 'lost' : 'unknown' }),
    ]).flat();
    const began = performance.now();
    expect(whyNotLinearizable(operations)).toBeUndefined();
    expect(whyNotLinearizable([...operations, acquire('bad', [700, 701], 800, 30)])).toBeDefined();
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
