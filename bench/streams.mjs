// Appends, and receives with acknowledgements, over HTTP and straight on Redis; and whether they cost the same in long streams.
import { roomyLimits, service } from './contenders/service.mjs';
import { barPlot } from './support/bar-plot.mjs';
import { bottlenecks } from './support/bottleneck.mjs';
import { LoadProcess } from './support/load-process.mjs';
import { measure } from './support/measurement.mjs';
import { progress } from './support/progress.mjs';
import { startRedis } from './support/redis-server.mjs';
import { circumstances, document, limitsText } from './support/report.mjs';
import { RunningContender } from './support/running-contender.mjs';
import { withServices } from './support/services-in-process.mjs';
import { roundsText } from './support/side-by-side.mjs';
import { onStage } from './support/stage.mjs';
import { randomFrom, shuffled } from './support/statistics.mjs';
import { added, ratio, summarise } from './support/summary.mjs';
import { countsText, figure, spreadText, table } from './support/table.mjs';

const SEED = 42;
const CONNECTIONS = 32;
const OVER_HTTP = 'Fulcrum';
const ON_REDIS = 'ioredis';
const WARM_UP_ROUNDS = 2;
const FILL_BATCH = 1000;

export const settings = {
  full: { rounds: 15, roundMs: 1000, length: 100_000, short: 10_000, middle: 100_000, long: 1_000_000 },
  quick: { rounds: 2, roundMs: 300, length: 1000, short: 1000, middle: 2000, long: 4000 },
};

const WORK = {
  'append, one by one': { work: 'append', size: 1 },
  'append, 100 in a batch': { work: 'append', size: 100 },
  'receive and acknowledge, one by one': { work: 'receive', size: 1 },
  'receive and acknowledge, 100 at a time': { work: 'receive', size: 100 },
};
/** Of those, what is done in streams of several lengths. */
const GROWING = ['append, one by one', 'receive and acknowledge, 100 at a time'];

/** @returns {Promise<{data: object, markdown: string, plot: string}>} */
export async function run(chosen) {
  const lengths = [chosen.short, chosen.middle, chosen.long];
  const measured = await onStage((stage) => measureAll(stage, chosen, lengths));
  return report(chosen, lengths, measured);
}

const streamOf = (length) => `stream-${length}`;
const growingLoad = (load, length) => `${load}, in ${length.toLocaleString('en-US')} entries`;

async function measureAll(stage, chosen, lengths) {
  const load = await stage.own(new LoadProcess(new URL('./load/stream-load.mjs', import.meta.url)));
  const overHttp = await RunningContender.start(
    stage,
    service({
      name: OVER_HTTP,
      settings: roomyLimits,
      requests: [],
      fill: (place) => withServices(place, (services) => fill(services, [chosen.length, ...lengths])),
    }),
  );
  const onRedis = await startDirect(stage);
  const plan = {
    connections: CONNECTIONS,
    warmUpMs: 100,
    durationMs: chosen.roundMs,
    drainMs: 10_000,
    rampMs: 0,
  };
  const turns = [
    ...Object.entries(WORK).flatMap(([name, work]) =>
      [overHttp, onRedis].map((running) => ({
        name,
        running,
        plan: { ...plan, ...work, stream: streamOf(chosen.length), maxLength: chosen.length },
      })),
    ),
    ...GROWING.flatMap((name) =>
      lengths.map((length) => ({
        name: growingLoad(name, length),
        running: overHttp,
        plan: { ...plan, ...WORK[name], stream: streamOf(length) },
      })),
    ),
  ];
  return await inTurns(turns, load, chosen.rounds);
}

/** Fills streams that keep so many entries, so that appending does not make them longer. */
async function fill({ of, callerOf }, lengths) {
  const streams = await of('features/streams/streams.streams.service.js', 'StreamsService');
  const entries = await of('features/streams/streams.entries.service.js', 'EntriesService');
  for (const length of new Set(lengths)) {
    const stream = streamOf(length);
    await streams.configure(callerOf(), { stream, maxLength: length });
    for (let at = 0; at < length; at += FILL_BATCH) {
      const rows = Array.from({ length: Math.min(FILL_BATCH, length - at) }, (_row, n) => ({
        data: { n: at + n },
      }));
      await entries.appendBatch(callerOf(), { stream, entries: rows });
    }
  }
}

/** A Redis that the generator talks to itself: it is the server. */
async function startDirect(stage) {
  const redis = await stage.own(startRedis(stage.newFolder()));
  return {
    name: ON_REDIS,
    redis,
    server: redis,
    target: { redisUrl: redis.url },
    expected: [200],
    requireAlive: () => undefined,
  };
}

async function inTurns(turns, load, rounds) {
  const kept = {};
  for (const { name, running } of turns) (kept[name] ??= {})[running.name] ??= [];
  const random = randomFrom(SEED);
  const bar = progress('streams', (rounds + WARM_UP_ROUNDS) * turns.length);
  let done = 0;
  for (let round = 0; round < rounds + WARM_UP_ROUNDS; round++) {
    for (const { name, running, plan } of shuffled(turns, random)) {
      const one = await measure(running, load, plan);
      if (round >= WARM_UP_ROUNDS) kept[name][running.name].push(one);
      bar.to(++done);
    }
  }
  bar.done();
  return kept;
}

function report(chosen, lengths, measured) {
  const { machine, text } = circumstances();
  const beside = Object.keys(WORK).map((load) => {
    const rows = summarise(measured[load], ON_REDIS);
    const [http, redis] = [OVER_HTTP, ON_REDIS].map((name) => rows.find((row) => row.name === name));
    return { load, http, redis };
  });
  const growing = GROWING.flatMap((load) =>
    lengths.map((length) => {
      const rounds = measured[growingLoad(load, length)];
      const [row] = summarise(rounds, OVER_HTTP);
      const both = { few: measured[growingLoad(load, lengths[0])][OVER_HTTP], many: rounds[OVER_HTTP] };
      return {
        load,
        length,
        row,
        server: ratio(both, 'many', 'few', 'serverMicros'),
        redis: ratio(both, 'many', 'few', 'redisMicros'),
      };
    }),
  );
  const limits = Object.entries(measured).flatMap(([load, rounds]) => bottlenecks(load, rounds));
  return {
    data: { settings: chosen, seed: SEED, machine, measured },
    markdown: document(
      '# Streams',
      `Entries of 100 bytes in a stream that keeps ${figure(chosen.length)}, ${CONNECTIONS} requests under way, ${roundsText(chosen)}. ` +
        '*ioredis* is the load generator itself with `XADD`, `XREADGROUP` and `XACK`, auto-pipelined, batches as one ' +
        'transaction: no permission, no check, no delays, no dead letters, no exact lag. All figures are by entry.',
      text,
      table(
        [
          ['', ({ load }) => load],
          ['Fulcrum, entries/s', ({ http }) => figure(http.rate)],
          ['ioredis, entries/s', ({ redis }) => figure(redis.rate)],
          ['times', ({ http }) => spreadText(http.rateRatio)],
          ['server CPU µs', ({ http }) => figure(http.serverMicros)],
          ['Redis CPU µs', ({ http }) => figure(http.redisMicros)],
          ['Redis CPU µs, ioredis', ({ redis }) => figure(redis.redisMicros)],
          ['errors', ({ http, redis }) => countsText(added([http.errors, redis.errors]))],
        ],
        beside,
      ),
      '## Longer streams',
      'The same over HTTP in streams that keep so many entries. *Times* is in the same round, to the shortest.',
      table(
        [
          ['', ({ load }) => load],
          ['entries', ({ length }) => length.toLocaleString('en-US')],
          ['server CPU µs', ({ row }) => figure(row.serverMicros)],
          ['times', ({ server }) => spreadText(server)],
          ['Redis CPU µs', ({ row }) => figure(row.redisMicros)],
          ['times', ({ redis }) => spreadText(redis)],
          ['errors', ({ row }) => countsText(row.errors)],
        ],
        growing,
      ),
      '## What else was the limit',
      limitsText(limits),
    ),
    plot: barPlot([
      {
        title: 'Entries over HTTP',
        unit: 'per second',
        bars: beside.map(({ load, http }) => ({ label: load, value: http.rate })),
      },
    ]),
  };
}
