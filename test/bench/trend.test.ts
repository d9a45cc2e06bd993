import { describe, expect, it } from 'vitest';
import { Random } from '../support/random.js';

interface Sample {
  readonly seconds: number;
  readonly value: number;
}
const { trend } = (await import(new URL('../../bench/support/trend.mjs', import.meta.url).href)) as {
  trend: (samples: readonly Sample[]) => { median: number; change: number; verdict: string };
};

const SAMPLES = 240;

/** Noise of ±10 around 100, and what is added to it from the beginning to the end. */
function series(grows: number): Sample[] {
  const random = new Random(42);
  return Array.from({ length: SAMPLES }, (_sample, at) => ({
    seconds: at * 5,
    value: 90 + 20 * random.next() + (grows * at) / SAMPLES,
  }));
}

describe('the trend of a series', () => {
  it('is flat where nothing but noise is', () => {
    expect(trend(series(0)).verdict).toBe('flat');
  });

  it('says what grows and what shrinks, by how much', () => {
    const grown = trend(series(20));
    expect(grown.verdict).toBe('rises');
    expect(grown.change).toBeGreaterThan(15);
    expect(grown.change).toBeLessThan(25);
    expect(trend(series(-20)).verdict).toBe('falls');
  });

  it('is flat where a change is certain and does not matter', () => {
    const samples = Array.from({ length: SAMPLES }, (_sample, at) => ({
      seconds: at,
      value: 1000 + at / 100,
    }));
    expect(trend(samples).verdict).toBe('flat');
  });

  it('leaves out what is missing, and is unknown for too little', () => {
    expect(trend([...series(20), { seconds: 1200, value: NaN }]).verdict).toBe('rises');
    expect(trend(series(20).slice(0, 20)).verdict).toBe('unknown');
  });
});
