import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from './glob.js';

/** By definition: `*` takes nothing, or one character and stays. Exponential, so for short texts alone. */
function matchesByDefinition(pattern: string, name: string): boolean {
  if (pattern === '') return name === '';
  const rest = pattern.slice(1);
  if (pattern.startsWith('*')) {
    return matchesByDefinition(rest, name) || (name !== '' && matchesByDefinition(pattern, name.slice(1)));
  }
  return (
    name !== '' && (pattern[0] === '?' || pattern[0] === name[0]) && matchesByDefinition(rest, name.slice(1))
  );
}

describe('matchesGlob', () => {
  it.each([
    ['orders.*', 'orders.eu', true],
    ['orders.*', 'orders.', true],
    ['orders.*', 'orders', false],
    ['orders.*', 'xorders.eu', false],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['?', '', false],
    ['?', 'a', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*.eu', 'orders.eu.eu', true],
    ['*.eu', 'orders.eu.us', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['**', 'x', true],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
    ['A*', 'ab', false],
  ])('%j and %j: %j', (pattern, name, wanted) => {
    expect(matchesGlob(pattern, name)).toBe(wanted);
  });

  it('agrees with the definition', () => {
    const text = (letters: string) =>
      fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((each) => each.join(''));
    fc.assert(
      fc.property(text('ab*?'), text('ab'), (pattern, name) => {
        expect(matchesGlob(pattern, name)).toBe(matchesByDefinition(pattern, name));
      }),
      { numRuns: 5000 },
    );
  });

  it('ends for patterns that take a backtracking matcher exponential time', () => {
    // Sixty stars: one that backtracks into each of them would not end in this century.
    expect(matchesGlob('*a'.repeat(60) + '*b', 'a'.repeat(2000))).toBe(false);
    expect(matchesGlob('*a'.repeat(60) + '*', 'a'.repeat(2000))).toBe(true);
    expect(matchesGlob('*?'.repeat(60) + 'b', 'a'.repeat(2000))).toBe(false);
    expect(matchesGlob('*'.repeat(2000), 'a'.repeat(2000))).toBe(true);
  });
});
