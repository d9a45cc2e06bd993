import { describe, expect, it } from 'vitest';
import { fillMs, isCountable, partsOf, stateOf } from './token-bucket.js';

const limit = (capacity: number, refillTokens: number, refillIntervalMs: number) => ({
  capacity,
  refillTokens,
  refillIntervalMs,
});

describe('a limit in parts', () => {
  it.each([
    [limit(10, 1, 1000), { partsPerToken: 1_000_000, capacity: 10_000_000, refill: 1 }],
    [limit(10, 1000, 1000), { partsPerToken: 1000, capacity: 10_000, refill: 1 }],
    [limit(10, 3, 1000), { partsPerToken: 1_000_000, capacity: 10_000_000, refill: 3 }],
    [limit(10, 1500, 1000), { partsPerToken: 2000, capacity: 20_000, refill: 3 }],
    [limit(1, 1_000_000_000, 1), { partsPerToken: 1, capacity: 1, refill: 1_000_000 }],
  ])('%o', (given, parts) => {
    expect(partsOf(given)).toEqual(parts);
    // Over a whole interval exactly the tokens of the refill come back.
    expect(parts.refill * given.refillIntervalMs * 1000).toBe(given.refillTokens * parts.partsPerToken);
  });

  it('is countable up to the largest exact integer', () => {
    const micros = 9_007_199_254;
    expect(isCountable(limit(1_000_000, 1, Math.floor(micros / 1000)))).toBe(true);
    expect(isCountable(limit(1_000_000, 1, Math.floor(micros / 1000) + 1))).toBe(false);
  });

  it('fills up in a time that is rounded up', () => {
    expect(fillMs(limit(10, 3, 1000))).toBe(3334);
    expect(fillMs(limit(20_000, 10_000, 1000))).toBe(2000);
    expect(fillMs(limit(1, 1_000_000_000, 1))).toBe(1);
  });
});

describe('a state', () => {
  const five = limit(5, 1, 1000);

  it('counts whole tokens and rounds every wait up', () => {
    expect(stateOf(five, 2_999_999, 0, 2_000_001)).toEqual({
      allowed: true,
      limit: 5,
      remaining: 2,
      retryAfterMs: 0,
      resetMs: 2001,
    });
    expect(stateOf(five, 999_999, 1, 4_000_001)).toMatchObject({
      allowed: false,
      remaining: 0,
      retryAfterMs: 1,
    });
  });

  it('knows no wait for what is never allowed', () => {
    expect(stateOf(five, 5_000_000, -1, 0)).toMatchObject({ allowed: false, retryAfterMs: null, resetMs: 0 });
  });
});
