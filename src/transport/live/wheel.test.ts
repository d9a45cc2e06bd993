import { describe, expect, it } from 'vitest';
import { Wheel } from './wheel.js';

describe('a wheel', () => {
  it('has each of its things once in so many turns, and about as many in each', () => {
    const wheel = new Wheel<number>(10);
    for (let item = 0; item < 95; item++) wheel.add(item);
    const turns = Array.from({ length: 20 }, () => [...wheel.turn()]);
    expect(
      turns
        .slice(0, 10)
        .flat()
        .sort((a, b) => a - b),
    ).toEqual([...Array(95).keys()]);
    expect(turns.slice(10)).toEqual(turns.slice(0, 10));
    for (const turn of turns) expect([9, 10]).toContain(turn.length);
  });

  it('has no longer what is deleted from its place, also in the middle of a turn', () => {
    const wheel = new Wheel<string>(1);
    const places = ['a', 'b', 'c'].map((item) => wheel.add(item));
    const seen: string[] = [];
    for (const item of wheel.turn()) {
      seen.push(item);
      places[1]?.delete('b');
    }
    expect(seen).toEqual(['a', 'c']);
    expect([...wheel]).toEqual(['a', 'c']);
  });
});
