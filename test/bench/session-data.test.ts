import { describe, expect, it } from 'vitest';

interface Data {
  user: { id: string };
  visits: number;
  cart: unknown[];
}

interface SessionDataModule {
  sessionData(number: number, visits?: number): Data;
  requireData(data: unknown, number: number, visits: number): void;
}

const path = new URL('../../bench/load/session-data.mjs', import.meta.url).href;
const { sessionData, requireData } = (await import(path)) as SessionDataModule;

describe('the data of a session of the benchmark', () => {
  it('is about 600 bytes of JSON, whatever its number', () => {
    for (const number of [0, 99_999_999]) {
      const bytes = JSON.stringify(sessionData(number)).length;
      expect(bytes).toBeGreaterThan(550);
      expect(bytes).toBeLessThan(650);
    }
  });

  it('is known again after JSON, with its last change', () => {
    const kept: unknown = JSON.parse(JSON.stringify(sessionData(42, 7)));
    expect(() => requireData(kept, 42, 7)).not.toThrow();
  });

  it('is not taken for that of another session, of a change before, or a part of it', () => {
    const data = sessionData(42, 7);
    expect(() => requireData(sessionData(43, 7), 42, 7)).toThrow('another session');
    expect(() => requireData({ ...data, user: { id: 'user-00000043' } }, 42, 7)).toThrow('another session');
    expect(() => requireData(undefined, 42, 7)).toThrow('another session');
    expect(() => requireData(sessionData(42, 6), 42, 7)).toThrow('not the last change');
    expect(() => requireData({ ...data, cart: data.cart.slice(1) }, 42, 7)).toThrow('a part');
  });
});
