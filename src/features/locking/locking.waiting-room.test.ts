import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Waiter } from './locking.waiting-room.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const soon = () => performance.now() + 1000;
/** Whether a promise is settled by now, and to what. */
const stateOf = async (pending: Promise<boolean>) => {
  const open = Symbol('open');
  const state = await Promise.race([pending, Promise.resolve(open)]);
  return state === open ? 'open' : state;
};

describe('somebody who waits', () => {
  it('is woken when told, however long it would have waited', async () => {
    const waiter = new Waiter();
    const woken = waiter.woken(soon(), undefined);
    expect(await stateOf(woken)).toBe('open');
    waiter.wake();
    expect(await woken).toBe(true);
  });

  it('is woken at once if it was told before it asked: what was told in between is not lost', async () => {
    const waiter = new Waiter();
    waiter.wake();
    expect(await waiter.woken(soon(), undefined)).toBe(true);
  });

  it('is woken once for all that it was told since', async () => {
    const waiter = new Waiter();
    waiter.wake();
    waiter.wake();
    expect(await waiter.woken(soon(), undefined)).toBe(true);
    const again = waiter.woken(soon(), undefined);
    expect(await stateOf(again)).toBe('open');
    waiter.wake();
    expect(await again).toBe(true);
    expect(await stateOf(waiter.woken(soon(), undefined))).toBe('open');
  });

  it('waits until its time and no longer', async () => {
    const waiter = new Waiter();
    const woken = waiter.woken(soon(), undefined);
    await vi.advanceTimersByTimeAsync(998);
    expect(await stateOf(woken)).toBe('open');
    await vi.advanceTimersByTimeAsync(3);
    expect(await woken).toBe(false);
    const late = waiter.woken(performance.now() - 1, undefined);
    await vi.advanceTimersByTimeAsync(1);
    expect(await late).toBe(false);
  });

  it('goes when nobody waits for the answer any more, told or not', async () => {
    const gone = new AbortController();
    const waiter = new Waiter();
    const woken = waiter.woken(soon(), gone.signal);
    expect(await stateOf(woken)).toBe('open');
    gone.abort();
    expect(await woken).toBe(false);
    waiter.wake();
    expect(await waiter.woken(soon(), gone.signal)).toBe(false);
    expect(await new Waiter().woken(soon(), AbortSignal.abort())).toBe(false);
  });

  it('leaves no timer and no listener behind', async () => {
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, 'removeEventListener');
    const added = vi.spyOn(signal, 'addEventListener');
    const waiter = new Waiter();
    for (const end of [() => waiter.wake(), () => vi.advanceTimersByTime(2000)]) {
      const woken = waiter.woken(soon(), signal);
      end();
      await woken;
    }
    expect(vi.getTimerCount()).toBe(0);
    expect(added).toHaveBeenCalledTimes(2);
    expect(removed).toHaveBeenCalledTimes(2);
  });
});
