import { describe, expect, it } from 'vitest';
import { freestSlot } from './locking.slots.js';

/** What three nodes say, by the slots that each has given away. */
const nodes = (...taken: readonly (readonly number[])[]) =>
  taken.map((slots) => ({ grants: slots.map((slot) => ({ slot })) }));
const choices = (permits: number, answers: ReturnType<typeof nodes>) =>
  new Set(Array.from({ length: 200 }, () => freestSlot(permits, answers, 2).slot));

describe('the slot of a semaphore that all nodes are asked for', () => {
  it('is any of those that are free everywhere', () => {
    const answers = nodes([1], [1], [1]);
    expect(choices(4, answers)).toEqual(new Set([2, 3, 4]));
    expect(freestSlot(4, answers, 2).wasFree).toBe(true);
  });

  it('is the one that the most have free', () => {
    const answers = nodes([1, 2], [1, 3], [2, 3]);
    expect(choices(4, answers)).toEqual(new Set([4]));
    expect(freestSlot(4, answers, 2).wasFree).toBe(true);
  });

  it.each([
    ['all are taken', nodes([1, 2, 3], [1, 2, 3], [1, 2, 3])],
    ['each is taken by a majority, another one for each', nodes([1, 2], [2, 3], [1, 3])],
    ['as many hold it, in slots that others asked for', nodes([3, 4, 5], [3, 4, 5], [3, 4, 5])],
    ['too few nodes answered', nodes([1], [1, 2, 3])],
  ])('was not free where %s', (_what, answers) => {
    expect(freestSlot(3, answers, 2).wasFree).toBe(false);
  });
});
