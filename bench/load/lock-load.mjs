// Locks and releases: a process of its own that is its contender's client, or over HTTP the load generator, and runs the plans
// which its parent sends it, one after the other. Says `ready`, then of each plan `begun` and `ended` at the edges of the
// measured window, and `result`.
//   lock-load.mjs <dialect> <its place as JSON>
import { setTimeout as pause } from 'node:timers/promises';
import { randomFrom } from '../support/statistics.mjs';
import { dialects } from './lock-dialects.mjs';
import { LockWatch, Waits } from './lock-watch.mjs';
import { Tally } from './tally.mjs';

const GOOD = 200;
const [dialect, place] = process.argv.slice(2);

process.on('message', (plan) => {
  works[plan.work](plan).then(
    (result) => process.send({ kind: 'result', result }),
    (error) => process.send({ kind: 'failed', message: error.stack }),
  );
});
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);

const newParty = await dialects[dialect](JSON.parse(place));
process.send({ kind: 'ready' });

const resourceOf = (number) => `bench:${number}`;

const works = {
  /** Each of `connections` workers acquires and releases a resource of its own, one time after the other. */
  async pairs(plan) {
    const tally = new Tally([GOOD]);
    return await withParties(plan.connections, async (parties, watch) => {
      await inWindow(plan, tally, (isOver) =>
        parties.map((party, worker) =>
          untilOver(isOver, watch, async () => {
            const startedAt = performance.now();
            tally.offered(startedAt, false);
            const { release } = await granted(party, resourceOf(worker), false, watch);
            await release();
            tally.answered(startedAt, performance.now(), GOOD);
          }),
        ),
      );
      return tally.result();
    });
  },

  /**
   * Of each of `connections` pairs one holds what the other waits for, for another time each time, so that it comes free at
   * any moment of a waiter's pauses. What is measured is the time from the call of `release` to the other's grant.
   */
  async handOver(plan) {
    const tally = new Tally([GOOD]);
    const random = randomFrom(plan.seed);
    return await withParties(2 * plan.connections, async (parties, watch) => {
      await inWindow(plan, tally, (isOver) =>
        Array.from({ length: plan.connections }, async (_item, pair) => {
          const resource = resourceOf(pair);
          let [holder, waiter] = [parties[2 * pair], parties[2 * pair + 1]];
          let held = await granted(holder, resource, true, watch);
          await untilOver(isOver, watch, async () => {
            const waiting = granted(waiter, resource, true, watch).then((grant) => ({
              grant,
              at: performance.now(),
            }));
            // It may fail before anybody waits for it.
            waiting.catch(() => undefined);
            await pause(plan.holdMs * (0.1 + random()));
            const releasedAt = performance.now();
            tally.offered(releasedAt, false);
            const [next] = await Promise.all([waiting, held.release()]);
            tally.answered(releasedAt, next.at, GOOD);
            held = next.grant;
            [holder, waiter] = [waiter, holder];
          });
          await held.release();
        }),
      );
      return tally.result();
    });
  },

  /** All of `connections` workers want the same resource, hold it for `holdMs`, and think for `thinkMs`. */
  async contention(plan) {
    const tally = new Tally([GOOD]);
    const waits = new Waits(plan.connections);
    return await withParties(plan.connections, async (parties, watch) => {
      const window = {
        begin: (now) => [tally, waits].forEach((each) => each.begin(now)),
        end: (now) => [tally, waits].forEach((each) => each.end(now)),
      };
      await inWindow(plan, window, (isOver) =>
        parties.map((party, worker) =>
          untilOver(isOver, watch, async () => {
            waits.began(worker, performance.now());
            const { release } = await granted(party, resourceOf(0), true, watch);
            waits.over(worker, performance.now());
            await pause(plan.holdMs);
            await release();
            await pause(plan.thinkMs);
          }),
        ),
      );
      return { ...tally.result(), ...waits.result() };
    });
  },
};

/** Gives `work` parties, and its result the errors that were seen. */
async function withParties(count, work) {
  const parties = await Promise.all(Array.from({ length: count }, newParty));
  const watch = new LockWatch();
  try {
    const result = await work(parties, watch);
    return { ...result, errors: watch.errors() };
  } finally {
    for (const party of parties) party.end?.();
  }
}

/** Lets what `start` begins run over a window, and waits until all of it is over. */
async function inWindow({ warmUpMs, durationMs }, window, start) {
  let isOver = false;
  const running = Promise.all(start(() => isOver));
  // Whatever comes of it is awaited below.
  running.catch(() => undefined);
  await pause(warmUpMs);
  window.begin(performance.now());
  process.send({ kind: 'begun' });
  await pause(durationMs);
  window.end(performance.now());
  process.send({ kind: 'ended' });
  isOver = true;
  await running;
}

/** Does `step` again and again; after one that failed the worker has no place to go on from. */
async function untilOver(isOver, watch, step) {
  try {
    while (!isOver()) await step();
  } catch (error) {
    watch.failed(error.message);
  }
}

/** A grant that `watch` knows of until it is released. */
async function granted(party, resource, waits, watch) {
  const { fence, release } = await party.acquire(resource, waits);
  watch.granted(resource, fence);
  return {
    release: () => {
      watch.releasing(resource);
      return release();
    },
  };
}
