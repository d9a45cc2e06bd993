import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkOf, unchunked } from './chunks.js';

describe('chunks', () => {
  it('have their length in bytes before them', () => {
    expect(chunkOf('ü\n').toString()).toBe('3\r\nü\n\r\n');
    expect(chunkOf('')).toHaveLength(0);
  });

  it('give back what was put into them, however many there are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 10 }), (texts) => {
        const chunks = Buffer.concat(texts.map(chunkOf));
        expect(unchunked(chunks).toString()).toBe(Buffer.from(texts.join('')).toString());
      }),
    );
    const long = 'line\r\n'.repeat(100_000);
    expect(unchunked(Buffer.concat([chunkOf(long), chunkOf('5\r\nshort')])).toString()).toBe(
      `${long}5\r\nshort`,
    );
  });

  it('that are not whole are an error, not wrong text', () => {
    for (const broken of [
      '3',
      '3\r\n',
      '3\r\nab',
      '3\r\nabc',
      '3\r\nabc\r',
      'x\r\nabc\r\n',
      '\r\n\r\n',
      '-1\r\n',
    ]) {
      expect(() => unchunked(Buffer.from(broken)), JSON.stringify(broken)).toThrow('no whole chunks');
    }
  });
});
