import { describe, expect, it } from 'vitest';
import { SuccessLog } from './success-log.js';

describe('the log of successes', () => {
  it('has so many a second, and tells how many it left out', () => {
    const log = new SuccessLog(2, 100);
    expect([log.admit(1, 0), log.admit(1, 1), log.admit(1, 2), log.admit(1, 999)]).toEqual([
      {},
      {},
      undefined,
      undefined,
    ]);
    expect(log.admit(1, 1000)).toEqual({ unlogged: 2 });
    expect(log.admit(1, 1001)).toEqual({});
  });

  it('has every slow one', () => {
    const log = new SuccessLog(0, 100);
    expect(log.admit(99, 0)).toBeUndefined();
    expect(log.admit(100, 1)).toEqual({ unlogged: 1 });
    expect(log.admit(250, 2)).toEqual({});
  });
});
