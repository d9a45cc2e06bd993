import { measure } from './measurement.mjs';
import { progress } from './progress.mjs';
import { randomFrom, shuffled } from './statistics.mjs';

/**
 * Loads of each contender in turn, in another order each round, so that what else the machine does falls on all
 * alike. The first rounds warm the servers up and are not kept.
 * @param {object} options
 * @param {readonly import('./running-contender.mjs').RunningContender[]} options.running
 * @param {Record<string, object>} options.loads plans by name; each contender gets every one of them in a round
 * @returns {Promise<Record<string, Record<string, object[]>>>} measurements by load and contender, one a round
 */
export async function interleave({ running, load, loads, rounds, warmUpRounds, seed, what = 'measuring' }) {
  const kept = Object.fromEntries(
    Object.keys(loads).map((name) => [name, Object.fromEntries(running.map((each) => [each.name, []]))]),
  );
  const turns = running.flatMap((each) =>
    Object.entries(loads).map(([name, plan]) => ({ each, name, plan })),
  );
  const random = randomFrom(seed);
  const bar = progress(what, (rounds + warmUpRounds) * turns.length);
  let done = 0;
  for (let round = 0; round < rounds + warmUpRounds; round++) {
    for (const { each, name, plan } of shuffled(turns, random)) {
      const requests = each.requestsOf(name);
      const measured = await measure(each, load, { ...plan, requests, seed: seed + round });
      if (round >= warmUpRounds) kept[name][each.name].push(measured);
      bar.to(++done);
    }
  }
  bar.done();
  return kept;
}
