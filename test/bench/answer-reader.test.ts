import { describe, expect, it } from 'vitest';

interface AnswerReaders {
  AnswerReader: new (answered: (status: number) => void) => { push(chunk: Buffer): void };
}

const { AnswerReader } = (await import(
  new URL('../../bench/load/answer-reader.mjs', import.meta.url).href
)) as AnswerReaders;

const ANSWERS = Buffer.from(
  [
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    'HTTP/1.1 429 Too Many Requests\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\na\r\n0123456789\r\n0\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n',
  ].join(''),
);

describe('the load generator', () => {
  it('counts each answer once, wherever the network cuts them', () => {
    // The generator reads into the same bytes again and again.
    const received = Buffer.alloc(ANSWERS.length);
    for (let step = 1; step <= ANSWERS.length; step++) {
      const statuses: number[] = [];
      const reader = new AnswerReader((status) => statuses.push(status));
      for (let at = 0; at < ANSWERS.length; at += step) {
        const length = ANSWERS.copy(received, 0, at, at + step);
        reader.push(received.subarray(0, length));
      }
      expect(statuses).toEqual([200, 429, 204, 201]);
    }
  });

  it('refuses what it cannot count', () => {
    const reader = new AnswerReader(() => undefined);
    expect(() => reader.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toThrow('without a length');
    expect(() => reader.push(Buffer.from('SSH-2.0\r\n\r\n'))).toThrow('no HTTP/1.1');
  });
});
