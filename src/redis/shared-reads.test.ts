import { setImmediate as endOfTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SharedReads } from './shared-reads.js';

describe('reads', () => {
  it('that are asked for in one turn are done once, and each key by itself', async () => {
    const reads = new SharedReads<string>();
    const done: string[] = [];
    const get = (key: string) => reads.get(key, async () => Promise.resolve(`${key}${done.push(key)}`));
    expect(await Promise.all([get('a'), get('b'), get('a'), get('a')])).toEqual(['a1', 'b2', 'a1', 'a1']);
  });

  it('see what was written before they were asked for, also if the call that they share is under way', async () => {
    const reads = new SharedReads<number>();
    let written = 0;
    const answers: (() => void)[] = [];
    const get = () =>
      reads.get('key', () => {
        const seen = written;
        return new Promise((resolve) => answers.push(() => resolve(seen)));
      });
    const first = get();
    written = 1;
    const sharing = get();
    await endOfTurn();
    written = 2;
    const later = get();
    await endOfTurn();
    for (const answer of answers) answer();
    expect(await Promise.all([first, sharing, later])).toEqual([1, 1, 2]);
  });

  it('that fail fail for everyone who shares them, and are tried again by the next', async () => {
    const reads = new SharedReads<number>();
    let calls = 0;
    const get = () => reads.get('key', async () => (calls++ === 0 ? Promise.reject(new Error('no')) : calls));
    const failed = await Promise.allSettled([get(), get()]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await get()).toBe(2);
  });
});
