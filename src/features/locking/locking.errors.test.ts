import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { held, LOCK_PLACE, PERMIT_PLACE, resourceOf } from './locking.errors.js';

describe('the resource of a place', () => {
  it.each(['order', 'payment_processing:order_123', 'lock:a', 'permit:lock:a', 'a:'])(
    'is %s, whatever it is called',
    (resource) => {
      expect(resourceOf(LOCK_PLACE + resource)).toBe(resource);
      expect(resourceOf(PERMIT_PLACE + resource)).toBe(resource);
    },
  );
});

describe('the refusal of what somebody holds', () => {
  const holder = { place: 'lock:a:b', owner: 'ann', leftMs: 1500 };

  it('names who holds what, and when to come again', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const { retryAfterMs, extensions } = held([holder, { ...holder, owner: '' }], 1500).details;
    expect(retryAfterMs).toBe(1500);
    const expected = { resource: 'a:b', owner: 'ann', expiresAt: new Date(Date.now() + 1500).toISOString() };
    expect(extensions).toEqual({ holders: [expected, { ...expected, owner: null }] });
  });

  it('names a time that is ahead, also when none is known', () => {
    expect(held([], undefined).details.retryAfterMs).toBe(1000);
    expect(held([holder], 0).details.retryAfterMs).toBe(1);
  });
});
