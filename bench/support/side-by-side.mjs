import { LoadProcess } from './load-process.mjs';
import { interleave } from './rounds.mjs';
import { RunningContender } from './running-contender.mjs';
import { onStage } from './stage.mjs';

const SEED = 42;

/**
 * Starts contenders, and gives each of them every load in each round.
 * @param {object} options
 * @param {readonly import('./running-contender.mjs').Contender[]} options.contenders
 * @param {Record<string, Partial<import('./load-process.mjs').LoadPlan>>} options.loads by name, each at least `{connections}`
 * @param {{rounds: number, roundMs: number}} options.chosen
 * @param {string} options.what shown while it runs
 * @param {(running: readonly RunningContender[], stage: import('./stage.mjs').Stage) => Promise<void>} [options.prepare]
 *   what is done to the servers before they are loaded
 * @returns {Promise<Record<string, Record<string, object[]>>>} measurements by load and contender, one a round
 */
export function sideBySide({ contenders, loads, chosen: { rounds, roundMs }, what, prepare }) {
  const common = { rampMs: 50, warmUpMs: 200, durationMs: roundMs, drainMs: 10_000 };
  const plans = Object.fromEntries(Object.entries(loads).map(([name, own]) => [name, { ...common, ...own }]));
  return onStage(async (stage) => {
    const load = await stage.own(new LoadProcess());
    const running = [];
    for (const contender of contenders) running.push(await RunningContender.start(stage, contender));
    await prepare?.(running, stage);
    const warmUpRounds = Math.min(3, rounds);
    return interleave({ running, load, loads: plans, rounds, warmUpRounds, seed: SEED, what });
  });
}

/** What a report says of how its figures came about. */
export const roundsText = ({ rounds, roundMs }) =>
  `medians of ${rounds} rounds of ${roundMs / 1000} s, in which all take turns, with their middle half`;
