import { machineShares, machineTicks } from './machine.mjs';
import { usageOf } from './process-usage.mjs';

/**
 * Lets the generator load a contender, and looks at all processes at the edges of its window.
 * @param {import('./running-contender.mjs').RunningContender} running
 * @param {import('./load-process.mjs').LoadProcess} load
 * @param {Omit<import('./load-process.mjs').LoadPlan, 'target' | 'expected'>} plan
 */
export async function measure(running, load, plan) {
  const look = () => ({
    at: performance.now(),
    server: usageOf(running.server.pid),
    redis: usageOf(running.redis.pid),
    generator: usageOf(load.pid),
    machine: machineTicks(),
  });
  let before;
  let after;
  const { target, expected } = running;
  const result = await load.run(
    { ...plan, target, expected },
    { begun: () => (before = look()), ended: () => (after = look()) },
  );
  running.requireAlive();
  const micros = (process) => after[process].cpuMicros - before[process].cpuMicros;
  const wallMicros = (after.at - before.at) * 1000;
  return {
    ...result,
    serverMicros: micros('server') / result.answers,
    redisMicros: micros('redis') / result.answers,
    serverCores: micros('server') / wallMicros,
    redisCores: micros('redis') / wallMicros,
    generatorCores: micros('generator') / wallMicros,
    rssBytes: after.server.rssBytes,
    peakRssBytes: after.server.peakRssBytes,
    redisRssBytes: after.redis.rssBytes,
    machine: machineShares(before.machine, after.machine),
  };
}
