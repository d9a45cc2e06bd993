import { measure } from './measurement.mjs';
import { progress } from './progress.mjs';
import { RunningContender } from './running-contender.mjs';

/**
 * Loads that are too long to be interleaved: each contender is started afresh for each run, alone, and the
 * contenders take turns at being first.
 * @returns {Promise<Record<string, object[]>>} measurements by contender, one a run
 */
export async function takeTurns({ stage, contenders, load, plan, runs, seed, what }) {
  const kept = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(run + turn) % contenders.length];
      const running = await RunningContender.start(stage, contender);
      const title = `${what}, run ${run + 1} of ${runs}: ${contender.name}`;
      kept[contender.name].push(
        await withClock(title, plan, () =>
          measure(running, load, { ...plan, requests: running.requestsOf(what), seed: seed + run }),
        ),
      );
      await stage.end(running);
    }
  }
  return kept;
}

/** Shows how much of the planned time has passed. */
async function withClock(title, { rampMs, warmUpMs, durationMs }, work) {
  const wholeMs = rampMs + warmUpMs + durationMs;
  const bar = progress(title, wholeMs);
  const startedAt = performance.now();
  const clock = setInterval(() => bar.to(Math.min(wholeMs, performance.now() - startedAt)), 500);
  try {
    return await work();
  } finally {
    clearInterval(clock);
    bar.done();
  }
}
