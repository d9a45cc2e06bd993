import { describe, expect, it } from 'vitest';

interface MarkedData {
  MarkReader: new () => { push(bytes: Buffer, found: (number: number) => void): void };
  markedData(number: number): string;
}

const path = new URL('../../bench/load/marked-data.mjs', import.meta.url).href;
const { MarkReader, markedData } = (await import(path)) as MarkedData;

function numbersIn(pieces: Iterable<Buffer>): number[] {
  const reader = new MarkReader();
  const numbers: number[] = [];
  for (const piece of pieces) reader.push(piece, (number) => numbers.push(number));
  return numbers;
}

const THREE = Buffer.from([7, 8, 12_345_678].map((number) => `data: ${markedData(number)}\n\n`).join(''));

describe('finding the messages in what a subscriber gets', () => {
  it('is JSON that carries a number', () => {
    expect(JSON.parse(markedData(42))).toMatchObject({ mark: '^fan-out:00000042' });
  });

  it('finds each number once, wherever what came is cut', () => {
    expect(numbersIn([THREE])).toEqual([7, 8, 12_345_678]);
    for (let cut = 0; cut <= THREE.length; cut++) {
      expect(numbersIn([THREE.subarray(0, cut), THREE.subarray(cut)])).toEqual([7, 8, 12_345_678]);
    }
  });

  it('finds them in single bytes', () => {
    expect(numbersIn([...THREE].map((byte) => Buffer.of(byte)))).toEqual([7, 8, 12_345_678]);
  });

  it('is not misled by the first byte of a mark', () => {
    expect(numbersIn([Buffer.from('^^fan-'), Buffer.from('^'), Buffer.from('fan-out:00000009')])).toEqual([
      9,
    ]);
  });
});
