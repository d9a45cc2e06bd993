import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Random, seedOfRun } from '../../test/support/random.js';
import { Deadlines } from './deadlines.js';

const late = () => new Error('late');
const never = () => new Promise<string>(() => undefined);

describe('a deadline', () => {
  const deadlines = new Deadlines();
  const within = <T>(ms: number, work: Promise<T>) => deadlines.before(performance.now() + ms, work, late);

  it('lets through what comes before it, and what fails before it as it is', async () => {
    expect(await within(1000, Promise.resolve('in time'))).toBe('in time');
    expect(await within(1000, pause(30, 'in time'))).toBe('in time');
    await expect(within(1000, Promise.reject(new TypeError('its own')))).rejects.toThrow(TypeError);
  });

  it('ends what takes longer, each by its own time', async () => {
    const began = performance.now();
    const ends = await Promise.all(
      [200, 20, 100].map((ms) =>
        within(ms, never()).catch(
          (error: unknown) => [ms, String(error), performance.now() - began] as const,
        ),
      ),
    );
    for (const end of ends) {
      expect(end[1]).toBe('Error: late');
      expect(Number(end[2])).toBeGreaterThanOrEqual(Number(end[0]) - 1);
    }
    expect(Number(ends[1]?.[2])).toBeLessThan(Number(ends[0]?.[2]));
  });

  it('passes already when it is over', async () => {
    await expect(within(-1, never())).rejects.toThrow('late');
    expect(await within(-1, Promise.resolve('done'))).toBe('done');
  });

  it('holds for each of many, whichever ends first, is late, or comes after it was late', async () => {
    const random = new Random(seedOfRun());
    const all = Array.from({ length: 300 }, (_each, at) => {
      const [workMs, ms] = [random.below(300), 100 + random.below(100)];
      const ended = within(ms, pause(workMs, at)).catch((error: unknown) => String(error));
      return { at, ended, isSure: Math.abs(workMs - ms) > 60, isLate: workMs > ms };
    });
    const lost = pause(2000, 'lost');
    for (const { at, ended, isSure, isLate } of all) {
      const end = await Promise.race([ended, lost]);
      if (isSure) expect(end).toBe(isLate ? 'Error: late' : at);
      else expect([at, 'Error: late']).toContain(end);
    }
    await pause(250);
    expect(deadlines.isIdle).toBe(true);
  });

  it('keeps no timer once nothing waits', async () => {
    await within(1000, Promise.resolve());
    await pause(60);
    expect(Reflect.get(deadlines, 'ticking')).toBeUndefined();
    await expect(within(30, never())).rejects.toThrow('late');
  });
});
