import { describe, expect, it } from 'vitest';
import { messageRequestId } from './call-source.js';

describe('the request id of a message', () => {
  it('is the one that it carries, if that is 1 to 128 visible ASCII characters', () => {
    for (const requestId of ['a', '!~', 'x'.repeat(128)])
      expect(messageRequestId({ requestId })).toBe(requestId);
  });

  it.each(['', 'x'.repeat(129), 'two words', 'line\nbreak', 'é', 7, null, undefined, ['a']])(
    'is made in place of %j, and stays the message’s',
    (requestId) => {
      const envelope = { requestId };
      const id = messageRequestId(envelope);
      expect(id).toMatch(/^[\da-f-]{36}$/);
      expect(messageRequestId(envelope)).toBe(id);
      expect(messageRequestId({ requestId })).not.toBe(id);
    },
  );

  it.each(['text', null, undefined, 7, [[]]])('is made for what is no message: %j', (envelope) => {
    expect(messageRequestId(envelope)).toMatch(/^[\da-f-]{36}$/);
  });
});
