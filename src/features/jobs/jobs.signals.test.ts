import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { underFirstOf } from './jobs.signals.js';

/** How many signals a signal has that Node made of it. */
function dependantsOf(signal: AbortSignal): number {
  const name = Object.getOwnPropertySymbols(signal).find(
    ({ description }) => description === 'kDependantSignals',
  );
  const dependants: unknown = name && Reflect.get(signal, name);
  return dependants instanceof Set ? dependants.size : 0;
}

describe('work under the first of several signals', () => {
  it('is aborted by each of them, with its reason', async () => {
    for (const at of [0, 1]) {
      const controllers = [new AbortController(), new AbortController()];
      const reason = await underFirstOf(
        controllers.map(({ signal }) => signal),
        async (signal) => {
          controllers[at]?.abort(`reason ${at}`);
          return Promise.resolve(signal.reason as unknown);
        },
      );
      expect(reason).toBe(`reason ${at}`);
    }
  });

  it('is aborted from the beginning by one that has fired', async () => {
    const isAborted = await underFirstOf([AbortSignal.abort()], (signal) => Promise.resolve(signal.aborted));
    expect(isAborted).toBe(true);
  });

  it('leaves nothing behind in them, whatever comes of it', async () => {
    const { signal } = new AbortController();
    for (let job = 0; job < 100; job++) {
      await underFirstOf([signal], async () => Promise.resolve());
      await underFirstOf([signal], async () => Promise.reject(new Error('failed'))).catch(() => undefined);
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(dependantsOf(signal)).toBe(0);
  });
});
