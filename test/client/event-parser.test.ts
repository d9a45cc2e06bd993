import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventParser } from '../../clients/typescript/src/event-parser.js';

const STREAM =
  'retry: 1000\nid: p0\n\n:\n\nid: p1\ndata: {"n":1}\n\nevent: gap\r\nid: p2\r\ndata: a\r\ndata:b\r\n\r\ndata: last\r\r' +
  'event: end\ndata: {}\n\nid: p3\n\ndata: never finished\n';

describe('the parser of event streams', () => {
  it('gives each event once with its place, wherever the text is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(STREAM.length)), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), STREAM.length];
        const parser = new EventParser('before');
        const events = places.flatMap((at, index) => [...parser.read(STREAM.slice(places[index - 1], at))]);
        expect(events).toEqual([
          { type: 'message', data: '{"n":1}', id: 'p1' },
          { type: 'gap', data: 'a\nb', id: 'p2' },
          { type: 'message', data: 'last', id: 'p2' },
          { type: 'end', data: '{}', id: 'p2' },
        ]);
        expect([parser.lastEventId, parser.retryMs]).toEqual(['p3', 1000]);
      }),
    );
  });

  it('moves its place no further than the event that was given', () => {
    const parser = new EventParser('');
    const events = parser.read('id: a\n\nid: b\ndata: 1\n\nid: c\ndata: 2\n\n');
    expect(parser.lastEventId).toBe('');
    expect(events.next().value).toMatchObject({ id: 'b' });
    expect(parser.lastEventId).toBe('b');
    expect(events.next().value).toMatchObject({ id: 'c' });
    expect(parser.lastEventId).toBe('c');
  });
});
