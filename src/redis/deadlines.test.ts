import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Random, seedOfRun } from '../../test/support/random.js';
import { Deadlines } from './deadlines.js';

const late = () => new Error('late');
const never = () => new Promise<string>(() => undefined);
const after = <T>(ms: number, value: T) => new Promise<T>((resolve) => setTimeout(resolve, ms, value));

/** How much later than asked it may be noticed, in ms. */
const TICK_MS = 20;

// On a clock that the test moves: on the machine's own, a pause of the process makes anything late.
describe('a deadline', { timeout: 10_000 }, () => {
  let deadlines: Deadlines;
  const within = <T>(ms: number, work: Promise<T>) => deadlines.before(performance.now() + ms, work, late);

  /** What became of it, and at which ms from now. */
  const seen = async <T>(work: Promise<T>) => {
    const began = performance.now();
    const end = await work.catch((error: unknown) => String(error));
    return { end, ms: performance.now() - began };
  };

  /** With a turn of the event loop for each ms, whose own end comes after those of what is late. */
  const advance = async (ms: number) => {
    for (let step = 0; step < ms; step++) {
      vi.advanceTimersByTime(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'setInterval', 'clearInterval', 'performance'],
    });
    deadlines = new Deadlines();
  });
  afterEach(() => void vi.useRealTimers());

  it('lets through what comes before it, and what fails before it as it is', async () => {
    expect(await within(1000, Promise.resolve('in time'))).toBe('in time');
    await expect(within(1000, Promise.reject(new TypeError('its own')))).rejects.toThrow(TypeError);
    const ended = seen(within(1000, after(999, 'in time')));
    await advance(1000);
    expect(await ended).toEqual({ end: 'in time', ms: 999 });
  });

  it('ends what takes longer, each by its own time', async () => {
    const ended = Promise.all([200, 20, 105].map((ms) => seen(within(ms, never()))));
    await advance(300);
    expect(await ended).toEqual([200, 20, 120].map((ms) => ({ end: 'Error: late', ms })));
  });

  it('passes already when it is over', async () => {
    expect(await within(-1, Promise.resolve('done'))).toBe('done');
    const ended = seen(within(-1, never()));
    await advance(TICK_MS);
    expect(await ended).toEqual({ end: 'Error: late', ms: TICK_MS });
  });

  it('holds for each of many, whichever ends first, is late, or comes after it was late', async () => {
    const random = new Random(seedOfRun());
    const all = Array.from({ length: 300 }, (_each, at) => {
      const [workMs, ms] = [1 + random.below(300), 100 + random.below(100)];
      return { at, workMs, ms, ended: seen(within(ms, after(workMs, at))) };
    });
    await advance(400);
    for (const { at, workMs, ms, ended } of all) {
      const noticedMs = Math.ceil(ms / TICK_MS) * TICK_MS;
      if (workMs === noticedMs) continue;
      expect(await ended).toEqual(
        workMs < noticedMs ? { end: at, ms: workMs } : { end: 'Error: late', ms: noticedMs },
      );
    }
    expect(deadlines.isIdle).toBe(true);
  });

  it('keeps no timer once nothing waits', async () => {
    await within(1000, Promise.resolve());
    expect(vi.getTimerCount()).toBe(1);
    await advance(TICK_MS);
    expect(vi.getTimerCount()).toBe(0);
    const ended = seen(within(30, never()));
    await advance(40);
    expect((await ended).end).toBe('Error: late');
  });
});
