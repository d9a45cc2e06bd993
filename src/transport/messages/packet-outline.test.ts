import { describe, expect, it } from 'vitest';
import { outlineOf } from './packet-outline.js';

describe('the outline of a packet', () => {
  it.each<[string, unknown]>([
    ['the id last, as Nest sends it', { pattern: 'p', data: { requestId: 'r', data: {} }, id: 'i' }],
    ['the id first', { id: 'i', data: { data: {}, requestId: 'r' } }],
    [
      'ids of other things',
      { data: { data: { id: 'x', requestId: 'y' }, requestId: 'r' }, id: 'i', more: { id: 'z' } },
    ],
    [
      'ids in texts',
      { a: '"id":"x"', data: { text: '{"requestId":"y"}', requestId: 'r' }, id: 'i', b: '\\"' },
    ],
    ['lists', { list: ['id', 'x', { id: 'y' }], id: 'i', data: { list: ['requestId'], requestId: 'r' } }],
  ])('has its ids, with %s', (_what, packet) => {
    for (const text of [JSON.stringify(packet), JSON.stringify(packet, undefined, 2)]) {
      expect(outlineOf(text)).toEqual({ id: 'i', data: { requestId: 'r' } });
    }
  });

  it('has ids with escaped characters as they are', () => {
    const id = '"\\ü\u0001';
    expect(outlineOf(JSON.stringify({ id, data: {} }))).toEqual({ id, data: {} });
  });

  it.each([
    ['no id', '{"data":{}}'],
    ['an id that is no text', '{"id":7,"data":{"requestId":8}}'],
    ['an id in a list', '{"id":["x"]}'],
    ['a list', '["id","x"]'],
    ['a text', '"id"'],
    ['an end in the middle', '{"id":"x'],
    ['nothing', ''],
  ])('has no id of %s', (_what, text) => {
    expect(outlineOf(text).id).toBeUndefined();
  });

  it('of 16 MiB, however deep, takes no long', () => {
    const text = `{"data":${'['.repeat(2 ** 24)}`;
    const started = performance.now();
    expect(outlineOf(text)).toEqual({ id: undefined, data: {} });
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
