// Everything that the service does at once, for half an hour at half of what the machine can do: whether anything grows.
import { readdirSync } from 'node:fs';
import { Redis } from 'ioredis';
import { roomyLimits, service } from './contenders/service.mjs';
import { linePlot } from './support/line-plot.mjs';
import { LoadProcess } from './support/load-process.mjs';
import { weighable } from './support/memory-in-use.mjs';
import { usageOf } from './support/process-usage.mjs';
import { progress } from './support/progress.mjs';
import { circumstances, document } from './support/report.mjs';
import { RunningContender } from './support/running-contender.mjs';
import { onStage } from './support/stage.mjs';
import { countsText, figure, table } from './support/table.mjs';
import { trend } from './support/trend.mjs';

const SEED = 42;
const MIB = 2 ** 20;
/** Before it what is kept still fills up. */
const LEVEL_FROM = 1 / 3;
/** So that what is kept for a time levels off within the run. */
const SHORT_LIVED = {
  IDEMPOTENCY_TTL_MS: '30000',
  JOBS_KEEP_COMPLETED_MS: '30000',
  JOBS_KEEP_FAILED_MS: '30000',
};

const LINES = [
  ['rssBytes', 'Resident memory', 'MiB', MIB],
  ['heapBytes', 'Heap, with garbage', 'MiB', MIB],
  ['handles', 'Open files and connections', '', 1],
  ['live', 'Event streams and WebSockets', '', 1],
  ['redisClients', 'Connections to Redis', '', 1],
  ['redisKeys', 'Keys', '', 1],
  ['redisBytes', 'Memory of Redis', 'MiB', MIB],
  ['loopP99Ms', 'Event-loop delay, p99', 'ms', 1],
  ['p99Ms', 'Requests, p99', 'ms', 1],
  ['perSecond', 'Answers', 'per second', 1],
  ['errors', 'Errors', 'in a sample', 1],
];

export const settings = {
  full: { durationS: 1800, sampleMs: 5000, saturationMs: 8000, percent: 50, subscribers: 40 },
  quick: { durationS: 40, sampleMs: 1000, saturationMs: 2000, percent: 50, subscribers: 10 },
};

/** @returns {Promise<{data: object, markdown: string, plot: string}>} */
export async function run(chosen) {
  return report(chosen, await onStage((stage) => soak(stage, chosen)));
}

async function soak(stage, { durationS, sampleMs, saturationMs, percent, subscribers }) {
  const load = await stage.own(new LoadProcess(new URL('./load/soak-load.mjs', import.meta.url)));
  const contender = weighable(service({ settings: { ...roomyLimits, ...SHORT_LIVED }, requests: [] }));
  const running = await RunningContender.start(stage, contender);
  const redis = new Redis(running.redis.url);
  await stage.own({ end: async () => redis.disconnect() });
  const common = { target: running.target, seed: SEED, subscribers, rampMs: 0, drainMs: 30_000 };
  const edges = { ready: () => undefined };
  const work = (plan) => load.run({ ...common, warmUpMs: 0, durationMs: 0, ...plan }, edges);

  requireNone(await work({ work: 'prepare' }));
  const saturated = await work({ work: 'saturate', warmUpMs: saturationMs / 4, durationMs: saturationMs });
  const stepsPerSecond = (saturated.stepsPerSecond * percent) / 100;
  console.error(
    `soak: ${figure(saturated.stepsPerSecond)} steps/s at saturation, ${figure(stepsPerSecond)} from now on`,
  );

  const bar = progress('soak', durationS);
  const samples = [];
  const startedAt = performance.now();
  const heaps = [await contender.memoryOf(running)];
  const looking = setInterval(() => {
    const seconds = (performance.now() - startedAt) / 1000;
    const at = samples.length;
    samples.push({ seconds });
    lookAt(running, redis).then(
      (found) => Object.assign(samples[at], found),
      (error) => console.error(`soak: a sample is missing: ${error.message}`),
    );
    bar.to(Math.min(durationS, seconds));
  }, sampleMs);
  try {
    const { intervals, errors } = await work({
      work: 'soak',
      durationMs: durationS * 1000,
      sampleMs,
      stepsPerSecond,
    });
    clearInterval(looking);
    running.requireAlive();
    heaps.push(await contender.memoryOf(running));
    const series = samples.slice(0, intervals.length).map((sample, at) => ({
      ...sample,
      ...intervals[at],
      perSecond: (intervals[at].answers * 1000) / sampleMs,
    }));
    return { saturated, stepsPerSecond, series, heaps, errors };
  } finally {
    clearInterval(looking);
    bar.done();
  }
}

function requireNone(errors) {
  if (Object.keys(errors).length > 0) throw new Error(`it could not be prepared: ${countsText(errors)}`);
}

async function lookAt({ server, target }, redis) {
  const [response, info, redisKeys] = await Promise.all([
    fetch(`http://${target.host}:${target.port}/metrics`),
    redis.info(),
    redis.dbsize(),
  ]);
  const text = await response.text();
  const metric = (name) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  return {
    rssBytes: usageOf(server.pid).rssBytes,
    heapBytes: metric('nodejs_heap_size_used_bytes'),
    handles: readdirSync(`/proc/${server.pid}/fd`).length,
    live: metric('fulcrum_live_connections'),
    loopP99Ms: metric('nodejs_eventloop_lag_p99_seconds') * 1000,
    redisClients: Number(/connected_clients:(\d+)/.exec(info)?.[1]),
    redisBytes: Number(/used_memory:(\d+)/.exec(info)?.[1]),
    redisKeys,
  };
}

function report(chosen, { saturated, stepsPerSecond, series, heaps, errors }) {
  const { machine, text } = circumstances();
  const from = chosen.durationS * LEVEL_FROM;
  const rows = LINES.map(([name, title, unit, scale]) => {
    const points = series.map((sample) => ({ seconds: sample.seconds, value: sample[name] / scale }));
    return { name, title, unit, points, ...trend(points.filter(({ seconds }) => seconds >= from)) };
  });
  const levels = rows.map(({ name, title, unit, median, change, noise, verdict }) => ({
    ...{ name, title, unit, median, change, noise, verdict },
  }));
  const [before, after] = heaps.map(({ heapBytes }) => figure(heapBytes / MIB));
  return {
    data: { settings: chosen, seed: SEED, machine, saturated, stepsPerSecond, levels, heaps, errors, series },
    markdown: document(
      '# Half an hour of everything',
      `${figure(chosen.durationS / 60)} minutes of submissions, pages, appends with consumers, messages to ${chosen.subscribers} event ` +
        'streams and WebSockets that come and go, locks, sessions, rate limits and jobs at once, at ' +
        `${chosen.percent} % of the ${figure(saturated.stepsPerSecond)} steps a second that saturate the machine; a look every ` +
        `${figure(chosen.sampleMs / 1000)} s. What is kept for a time is kept for a minute or less here, so that it levels off, save what jobs and ` +
        'audit events leave to be done once, which stays for ten, and that a session has ended, which is remembered for an hour: by that ' +
        'alone the memory of Redis may rise, about 200 bytes for each.',
      text,
      'The change is that of a regression over the last two thirds, from their beginning to their end; *flat* is what changes by ' +
        'no more than chance (99 %) or by less than 2 %.',
      table(
        [
          ['', ({ title, unit }) => (unit === '' ? title : `${title}, ${unit}`)],
          ['median', ({ median }) => figure(median)],
          ['change', ({ change }) => figure(change)],
          ['chance', ({ noise }) => `± ${figure(noise)}`],
          ['', ({ verdict }) => verdict],
        ],
        levels,
      ),
      `Without garbage the heap has ${before} MiB after the saturation, and ${after} MiB at the end. Errors: ${countsText(errors)}.`,
    ),
    plot: linePlot(rows, { seconds: chosen.durationS, from }),
  };
}
