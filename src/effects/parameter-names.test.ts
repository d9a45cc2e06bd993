import { describe, expect, it } from 'vitest';
import { parameterNames } from './parameter-names.js';

/** A method as it stands in code; the compiler of the tests would rewrite some of it. */
function method(text: string): (...args: never[]) => unknown {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- of texts that stand in this file
  const made = new Function(`const name = 'made', f = () => 1; return ${text}`) as () => unknown;
  return made() as (...args: never[]) => unknown;
}

const ofMethod = (text: string) => method(`Object.values({ ${text} })[0]`);

describe('names of parameters', () => {
  it.each([
    ['m() {}', []],
    ['m(a) {}', ['a']],
    ['m(a, b) { return (a, b) }', ['a', 'b']],
    ['m(a, b,) {}', ['a', 'b']],
    ['async m(a, b) {}', ['a', 'b']],
    ['*m(a) {}', ['a']],
    ['async *m(a) {}', ['a']],
    ['m($a, _b, ä, c1) {}', ['$a', '_b', 'ä', 'c1']],
    ['"a(b"(c) {}', ['c']],
    ['[f("(", [1])](a, b) {}', ['a', 'b']],
    ['[name](a) {}', ['a']],
    ['m: function (a, b) {}', ['a', 'b']],
    ['m: async function named(a) {}', ['a']],
    ['m: (a, b) => (a, b)', ['a', 'b']],
    ['m: async (a) => f(a)', ['a']],
    ['m: a => f(a, 1)', ['a']],
    ['m: async a => f(a, 1)', ['a']],
    ['m(a = 1, b) {}', ['a', 'b']],
    ['m(a = [1, 2], b = f(1, 2), c = {x: 1, y: (2)}, d) {}', ['a', 'b', 'c', 'd']],
    ['m(a = "x,)(", b = \'"),\', c = `),`, d) {}', ['a', 'b', 'c', 'd']],
    ['m(a = "\\")", b) {}', ['a', 'b']],
    ['m(a = /[)/,]\\/,/, b = 4 / 2 / 1, c) {}', ['a', 'b', 'c']],
    ['m(a = (x, y) => x, b) {}', ['a', 'b']],
    ['m(a = (() => { return ")," })(), b) {}', ['a', 'b']],
    ['m({ x, y }, b) {}', ['', 'b']],
    ['m({ x, y: { z } } = { x: 1 }, b) {}', ['', 'b']],
    ['m([x, y], b) {}', ['', 'b']],
    ['m(a, ...b) {}', ['a', '']],
    ['m(a, ...[b, c]) {}', ['a', '']],
    ['m(a /* , x) */, b // , y)\n, c) {}', ['a', 'b', 'c']],
    ['m /* (x) */ (a) {}', ['a']],
    ['m(/* first */ a,\n  // second\n  b) {}', ['a', 'b']],
  ] as const)('of %s', (text, names) => {
    expect(parameterNames(ofMethod(text))).toEqual(names);
  });

  it('are not guessed where the text does not have them', () => {
    expect(() => parameterNames(ofMethod('m(a, b) {}').bind(undefined))).toThrow('cannot be told apart');
    expect(() => parameterNames(Math.max)).toThrow('cannot be told apart');
    expect(() => parameterNames(ofMethod('m(a = `${`,`}`, b = "`", c) {}'))).not.toThrow();
  });
});
