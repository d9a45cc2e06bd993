/** Whether the long rounds run in full, as `npm run test:faults` does. */
export const FULL = process.env.FULCRUM_FULL_FAULTS === '1';

/** `full` in a full run, otherwise `short`. */
export function sized(short: number, full: number): number {
  return FULL ? full : short;
}

/** Time that a test of this many steps may take on a slow, shared machine, in ms. */
export function patience(steps: number, msAStep: number): number {
  return 60_000 + steps * msAStep;
}

/** The longest that any request may take while Redis fails, in ms. */
export const DEADLINE_MS = 5000;
