import { describe, expect, it } from 'vitest';
import { textFrame } from './web-socket-frame.js';

describe('a frame', () => {
  it.each([
    [0, [0x81, 0]],
    [1, [0x81, 1]],
    [125, [0x81, 125]],
    [126, [0x81, 126, 0, 126]],
    [65_535, [0x81, 126, 255, 255]],
    [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
    [1_048_577, [0x81, 127, 0, 0, 0, 0, 0, 16, 0, 1]],
  ])('of %i bytes has the header of RFC 6455 and then the text', (length, header) => {
    const frame = textFrame('x'.repeat(length));
    expect([...frame.subarray(0, header.length)]).toEqual(header);
    expect(frame.subarray(header.length).toString()).toBe('x'.repeat(length));
  });

  it('counts bytes, not characters', () => {
    expect([...textFrame('ü')]).toEqual([0x81, 2, 0xc3, 0xbc]);
  });
});
