// Locks and releases: a process of its own that is its contender's client, or over HTTP the load generator.
//   lock-load.mjs <dialect> <its place as JSON>
import { setTimeout as pause } from 'node:timers/promises';
import { randomFrom } from '../support/statistics.mjs';
import { dialects } from './lock-dialects.mjs';
import { LockWatch, Waits } from './lock-watch.mjs';
import { endWithParent, inWindow, runPlans, timed, untilOver, withParties } from './plans.mjs';
import { Tally } from './tally.mjs';

const GOOD = 200;
const [dialect, place] = process.argv.slice(2);

endWithParent();
const newParty = await dialects[dialect](JSON.parse(place));

const resourceOf = (number) => `bench:${number}`;

const works = {
  /** Each of `connections` workers acquires and releases a resource of its own, one time after the other. */
  async pairs(plan) {
    const tally = new Tally([GOOD]);
    return await watched(plan.connections, async (parties, watch) => {
      await inWindow(plan, tally, (isOver) =>
        parties.map((party, worker) =>
          untilOver(
            isOver,
            watch,
            timed(tally, GOOD, async () => {
              const { release } = await granted(party, resourceOf(worker), false, watch);
              await release();
            }),
          ),
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
    return await watched(2 * plan.connections, async (parties, watch) => {
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
    return await watched(plan.connections, async (parties, watch) => {
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

runPlans(works);

/** Gives `work` parties, and its result the errors that were seen. */
async function watched(count, work) {
  return await withParties(count, newParty, async (parties) => {
    const watch = new LockWatch();
    const result = await work(parties, watch);
    return { ...result, errors: watch.errors() };
  });
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
