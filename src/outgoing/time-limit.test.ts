import { getEventListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { withinTime } from './time-limit.js';

/** Has everything collected that nobody holds. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** Ends with the signal alone, of which it keeps no more than a connection does. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the connection broke')));
  });

describe('a time limit', () => {
  it('ends work that takes longer, also when everything was collected meanwhile that can be', async () => {
    const limits = Array.from({ length: 20 }, () =>
      withinTime(200, new AbortController().signal, untilAborted),
    );
    const ended = Promise.allSettled(limits);
    for (let time = 0; time < 5; time++) {
      await pause(10);
      collectGarbage();
    }
    const late = pause(2000).then(() => []);
    const reasons = (await Promise.race([ended, late])).map(
      (each) => each.status === 'rejected' && (each.reason as Error).name,
    );
    expect(reasons).toEqual(limits.map(() => 'TimeoutError'));
  });

  it('ends with the signal that it is given, for its reason, also if that has fired', async () => {
    const leaving = new AbortController();
    const left = withinTime(60_000, leaving.signal, untilAborted);
    leaving.abort(new Error('no longer wanted'));
    await expect(left).rejects.toThrow('no longer wanted');
    const reason = await withinTime(60_000, leaving.signal, (signal) =>
      Promise.resolve(signal.reason as unknown),
    );
    expect(reason).toBe(leaving.signal.reason);
  });

  it('leaves no listener behind, whatever comes of the work', async () => {
    const { signal } = new AbortController();
    expect(await withinTime(60_000, signal, () => Promise.resolve('done'))).toBe('done');
    await expect(withinTime(60_000, signal, () => Promise.reject(new Error('failed')))).rejects.toThrow(
      'failed',
    );
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
