// What the processes share that are a contender's client, or its load generator.
import { setTimeout as pause } from 'node:timers/promises';

/** Without a parent there is nobody to work for. A Ctrl-C is the parent's to handle. */
export function endWithParent() {
  process.on('disconnect', () => process.exit());
  process.on('SIGINT', () => undefined);
}

/**
 * Runs the plans which the parent sends, one after the other. Says `ready`, then of each plan `begun` and `ended` at the edges
 * of the measured window, and `result`.
 * @param {Record<string, (plan: object) => Promise<object>>} works by the name that a plan has in `work`
 */
export function runPlans(works) {
  process.on('message', (plan) => {
    works[plan.work](plan).then(
      (result) => process.send({ kind: 'result', result }),
      (error) => process.send({ kind: 'failed', message: error.stack }),
    );
  });
  process.send({ kind: 'ready' });
}

/**
 * Lets what `start` begins run over a window, and waits until all of it is over.
 * @param {() => Promise<void>} [settled] what was begun in the window and goes on behind it; CPU counts until that is over
 */
export async function inWindow({ warmUpMs, durationMs }, window, start, settled) {
  let isOver = false;
  const running = Promise.all(start(() => isOver));
  // Whatever comes of it is awaited below.
  running.catch(() => undefined);
  await pause(warmUpMs);
  window.begin(performance.now());
  process.send({ kind: 'begun' });
  await pause(durationMs);
  window.end(performance.now());
  if (settled === undefined) process.send({ kind: 'ended' });
  isOver = true;
  await running;
  if (settled === undefined) return;
  await settled();
  process.send({ kind: 'ended' });
}

/** Does `step` again and again; after one that failed the worker has no place to go on from. */
export async function untilOver(isOver, failures, step) {
  try {
    while (!isOver()) await step();
  } catch (error) {
    failures.failed(error.message);
  }
}

/** `step` as one request of the run that `tally` counts. */
export const timed = (tally, status, step) => async () => {
  const startedAt = performance.now();
  tally.offered(startedAt, false);
  await step();
  tally.answered(startedAt, performance.now(), status);
};

/** Gives `work` so many parties, each of which `newParty` makes and its own `end`, if it has one, ends. */
export async function withParties(count, newParty, work) {
  const parties = await Promise.all(Array.from({ length: count }, newParty));
  try {
    return await work(parties);
  } finally {
    for (const party of parties) party.end?.();
  }
}
