import { measure } from './measurement.mjs';
import { progress } from './progress.mjs';
import { randomFrom, shuffled } from './statistics.mjs';

export const SEED = 42;

/** A contender that works for itself, or a server and who loads it: `client` is who runs the plans. */
export class Side {
  /** @param {{name: string, client: import('./contender-client.mjs').ContenderClient, running: object}} options */
  constructor({ name, client, running }) {
    this.name = name;
    this.client = client;
    this.running = running;
  }

  /** What `running` is of a client that is itself what is measured. */
  static alone = (client, redis) => ({ server: client, redis, requireAlive: () => undefined });

  /** @returns what `measure` does */
  async measure(plan) {
    const measured = await measure(this.running, this.client, { ...plan, seed: SEED });
    // The client of a contender without a server is no generator besides it.
    if (this.running.server === this.client) delete measured.generatorCores;
    return measured;
  }
}

/**
 * Gives each side its plans in turn, in another order each round; the first rounds are not kept.
 * @param {readonly {load: string, plan: object, side: Side}[]} turns
 * @returns {Promise<Record<string, Record<string, object[]>>>} measurements by load and contender, one a round
 */
export async function inTurns(turns, { rounds, warmUpRounds, what }) {
  const kept = {};
  for (const { load, side } of turns) (kept[load] ??= {})[side.name] = [];
  const random = randomFrom(SEED);
  const bar = progress(what, (rounds + warmUpRounds) * turns.length);
  let done = 0;
  for (let round = 0; round < rounds + warmUpRounds; round++) {
    for (const { load, plan, side } of shuffled(turns, random)) {
      const one = await side.measure(plan);
      if (round >= warmUpRounds) kept[load][side.name].push(one);
      bar.to(++done);
    }
  }
  bar.done();
  return kept;
}
