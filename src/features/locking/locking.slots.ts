import type { StandingGrant } from './locking.scripts.js';

/** Which slot of a semaphore all nodes are asked for. */
export interface SlotChoice {
  /** 0 for any. */
  readonly slot: number;
  /** Whether a majority had it free: whoever does not get it then came too late, and there may be another. */
  readonly wasFree: boolean;
}

/** Where there is nothing to choose. */
export const ANY_SLOT: SlotChoice = { slot: 0, wasFree: false };

/** One of the slots that the most nodes have free, by what each of them said of who holds the semaphore. */
export function freestSlot(
  permits: number,
  answers: readonly { readonly grants: readonly Pick<StandingGrant, 'slot'>[] }[],
  majority: number,
): SlotChoice {
  // A node counts all holders, those too who asked for more permits and have a slot beyond.
  const roomy = answers.filter(({ grants }) => grants.length < permits);
  const free = new Array<number>(permits).fill(roomy.length);
  for (const { slot } of roomy.flatMap(({ grants }) => grants)) {
    if (slot <= permits) free[slot - 1] = (free[slot - 1] ?? 0) - 1;
  }
  const most = Math.max(...free);
  const freest = free.flatMap((count, at) => (count === most ? [at + 1] : []));
  // Each who chooses at the same moment is to choose another one.
  const slot = freest[Math.floor(Math.random() * freest.length)] ?? 1;
  return { slot, wasFree: most >= majority };
}
