// What three token buckets add to a write, and what a client that is far over its limit costs.
import { flexible, throttler } from './contenders/reference-server.mjs';
import { service } from './contenders/service.mjs';
import { barPlot } from './support/bar-plot.mjs';
import { bottlenecks } from './support/bottleneck.mjs';
import { compileServers } from './support/compiled-servers.mjs';
import { LoadProcess } from './support/load-process.mjs';
import { cast, circumstances, document, limitsText } from './support/report.mjs';
import { interleave } from './support/rounds.mjs';
import { RunningContender } from './support/running-contender.mjs';
import { onStage } from './support/stage.mjs';
import { median } from './support/statistics.mjs';
import { difference, summarise } from './support/summary.mjs';
import { contenderColumns, countsText, figure, spreadText, table } from './support/table.mjs';

const SEED = 42;
const SATURATED = '64 connections';
const PACED_RATE = 1000;
const PACED = `${figure(PACED_RATE)} requests/s`;
const PACED_USERS = 100;
/** More than any server here can do, so that nothing is refused. */
const NO_LIMIT = 1_000_000;
const DENIED_LIMIT = 10;

export const settings = {
  full: { rounds: 18, roundMs: 2000 },
  quick: { rounds: 2, roundMs: 500 },
};

const OFF = 'Fulcrum, off';
const allLimits = (value) => ({
  RATE_LIMIT_ADDRESS: value,
  RATE_LIMIT_CREDENTIAL: value,
  RATE_LIMIT_TENANT: value,
});

/** Each `on` beside the same server without limits. */
const PAIRS = [
  { on: 'Fulcrum, leased', off: OFF },
  { on: 'Fulcrum, asked', off: OFF },
  { on: 'rate-limiter-flexible', off: 'bare Fastify, off' },
  { on: '@nestjs/throttler', off: 'Nest on Fastify, off' },
];

const limited = () => [
  service({ name: OFF, about: 'the service with all limits off', settings: allLimits('off') }),
  service({
    name: 'Fulcrum, leased',
    about: 'the service with its defaults: tokens leased from Redis, spent in process',
  }),
  service({
    name: 'Fulcrum, asked',
    about:
      'the service with buckets too small to lease, which fill faster than they are emptied: Redis is asked twice a request',
    settings: allLimits(`999/${NO_LIMIT}`),
  }),
  flexible({ name: 'bare Fastify, off', limiter: 'none' }),
  flexible({ name: 'rate-limiter-flexible', limiter: 'flexible', limit: NO_LIMIT }),
  throttler({ name: 'Nest on Fastify, off', limiter: 'none' }),
  throttler({ name: '@nestjs/throttler', limiter: 'throttler', limit: NO_LIMIT }),
];

const DENYING = { limit: DENIED_LIMIT, expected: [200, 429] };
const denied = () => [
  service({
    name: 'Fulcrum',
    about: `the service with ${DENIED_LIMIT} requests a second of an address; who was refused is refused in process until Redis’ time comes`,
    settings: { RATE_LIMIT_ADDRESS: `${DENIED_LIMIT}/${DENIED_LIMIT}` },
    expected: DENYING.expected,
  }),
  flexible({ name: 'rate-limiter-flexible', limiter: 'flexible', ...DENYING }),
  flexible({ name: 'rate-limiter-flexible, blocking', limiter: 'flexible-blocking', ...DENYING }),
  throttler({ name: '@nestjs/throttler', limiter: 'throttler', ...DENYING }),
];

/** @returns {Promise<{data: object, markdown: string, plot: string}>} */
export async function run(chosen) {
  compileServers();
  const contenders = limited();
  const deniedContenders = denied();
  const added = await measured(contenders, 'three buckets', chosen, {
    [SATURATED]: { connections: 64 },
    [PACED]: { connections: PACED_USERS, thinkMs: (PACED_USERS * 1000) / PACED_RATE },
  });
  const refused = await measured(deniedContenders, 'a denied client', chosen, {
    [SATURATED]: { connections: 64 },
  });
  return report({ chosen, contenders, deniedContenders, added, refused });
}

function measured(contenders, what, { rounds, roundMs }, kinds) {
  const common = { rampMs: 100, warmUpMs: 300, durationMs: roundMs, drainMs: 10_000 };
  const loads = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, { ...common, ...kind }]),
  );
  return onStage(async (stage) => {
    const load = await stage.own(new LoadProcess());
    const running = [];
    for (const contender of contenders) running.push(await RunningContender.start(stage, contender));
    return interleave({ running, load, loads, rounds, warmUpRounds: Math.min(3, rounds), seed: SEED, what });
  });
}

function report({ chosen, contenders, deniedContenders, added, refused }) {
  const { machine, text } = circumstances();
  const differences = Object.fromEntries(
    Object.entries(added).map(([load, rounds]) => [load, PAIRS.map((pair) => addedBy(pair, rounds))]),
  );
  const summaries = Object.fromEntries(
    Object.entries(added).map(([load, rounds]) => [load, summarise(rounds, OFF)]),
  );
  const refusals = refused[SATURATED];
  const refusedSummary = summarise(refusals, 'Fulcrum').map((row) => ({
    ...row,
    refusedShare: refusedShare(refusals[row.name]),
  }));
  const limits = [
    ...Object.entries(added).flatMap(([load, rounds]) => bottlenecks(load, rounds)),
    ...bottlenecks('a denied client', refusals),
  ];
  return {
    data: {
      settings: chosen,
      seed: SEED,
      machine,
      added,
      refused: refusals,
      differences,
      summaries,
      refusedSummary,
    },
    markdown: markdownOf({
      chosen,
      contenders,
      deniedContenders,
      text,
      differences,
      summaries,
      refusedSummary,
      limits,
    }),
    plot: plotOf(differences, refusedSummary),
  };
}

function addedBy({ on, off }, rounds) {
  const more = (what) => difference(rounds, on, off, what);
  return {
    name: on,
    off,
    server: more('serverMicros'),
    redis: more('redisMicros'),
    mean: more('meanMs'),
    p99: more('p99Ms'),
  };
}

function refusedShare(rounds) {
  return median(rounds.map(({ statuses, answers }) => (statuses[429] ?? 0) / Math.max(1, answers)));
}

function markdownOf({
  chosen,
  contenders,
  deniedContenders,
  text,
  differences,
  summaries,
  refusedSummary,
  limits,
}) {
  const { rounds, roundMs } = chosen;
  return document(
    '# What rate limits cost',
    'Three buckets on a write of a leaderboard score: by address, by credential and by tenant. Every server checks the same ' +
      'API key and runs the same script in Redis. *Added* is what a server uses more than the same one without limits, in ' +
      `the same round: medians of ${rounds} rounds of ${roundMs / 1000} s, in which all take turns, with their middle half.`,
    text,
    cast(contenders),
    ...Object.entries(differences).flatMap(([load, rows]) => [
      `## Added, ${load}`,
      table(addedColumns, rows),
    ]),
    ...Object.entries(summaries).flatMap(([load, rows]) => [
      `## All figures, ${load}`,
      table(contenderColumns(OFF), rows),
    ]),
    '## A denied client',
    `One client that sends as fast as it is answered, over 64 connections, and may send ${DENIED_LIMIT} requests a second.`,
    cast(deniedContenders),
    table(
      [
        ...contenderColumns('Fulcrum'),
        ['refused', ({ refusedShare: share }) => `${figure(share * 100)} %`],
        ['answers', ({ statuses }) => countsText(statuses)],
      ],
      refusedSummary,
    ),
    '## What else was the limit',
    limitsText(limits),
  );
}

const addedColumns = [
  ['limits', ({ name }) => name],
  ['beside', ({ off }) => off],
  ['server CPU µs', ({ server }) => spreadText(server)],
  ['Redis CPU µs', ({ redis }) => spreadText(redis)],
  ['mean ms', ({ mean }) => spreadText(mean)],
  ['p99 ms', ({ p99 }) => spreadText(p99)],
];

function plotOf(differences, refusedSummary) {
  const isOurs = (name) => name.startsWith('Fulcrum');
  const panel = (title, unit, rows, figureOf) => ({
    title,
    unit,
    bars: rows.map((row) => ({ label: row.name, marked: isOurs(row.name), ...figureOf(row) })),
  });
  const withRange = ({ median: value, low, high }) => ({ value, low, high });
  return barPlot([
    panel(`Server CPU added, ${SATURATED}`, 'µs a request', differences[SATURATED], ({ server }) =>
      withRange(server),
    ),
    panel(`Redis CPU added, ${SATURATED}`, 'µs a request', differences[SATURATED], ({ redis }) =>
      withRange(redis),
    ),
    panel(`Mean latency added, ${PACED}`, 'ms', differences[PACED], ({ mean }) => withRange(mean)),
    panel('A denied client: server CPU', 'µs a refusal', refusedSummary, ({ serverMicros }) => ({
      value: serverMicros,
    })),
    panel('A denied client: Redis CPU', 'µs a refusal', refusedSummary, ({ redisMicros }) => ({
      value: redisMicros,
    })),
  ]);
}
