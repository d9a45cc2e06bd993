// The brief's table: 10,000 virtual users who submit scores, and then what each server can do at most.
import { baseline, sameWorkFastify } from './contenders/reference-server.mjs';
import { roomyLimits, service } from './contenders/service.mjs';
import { barPlot } from './support/bar-plot.mjs';
import { bottlenecks } from './support/bottleneck.mjs';
import { compileServers } from './support/compiled-servers.mjs';
import { LoadProcess } from './support/load-process.mjs';
import { takeTurns } from './support/long-runs.mjs';
import { requireOpenFiles } from './support/machine.mjs';
import { cast, circumstances, document, limitsText } from './support/report.mjs';
import { interleave } from './support/rounds.mjs';
import { RunningContender } from './support/running-contender.mjs';
import { onStage } from './support/stage.mjs';
import { summarise } from './support/summary.mjs';
import { contenderColumns, figure, mebibytes, spreadText, table } from './support/table.mjs';

const SEED = 42;
const REFERENCE = 'bare Fastify';
const OURS = 'Fulcrum';
const BASELINE = 'baseline';
const CONNECTIONS = [64, 256];

export const settings = {
  full: {
    users: 10_000,
    thinkMs: 3000,
    rampMs: 10_000,
    warmUpMs: 9000,
    durationMs: 60_000,
    runs: 3,
    rounds: 18,
    roundMs: 2000,
  },
  quick: {
    users: 300,
    thinkMs: 1000,
    rampMs: 500,
    warmUpMs: 1000,
    durationMs: 3000,
    runs: 1,
    rounds: 2,
    roundMs: 500,
  },
};

/** @returns {Promise<{data: object, markdown: string, plot: string}>} */
export async function run(chosen) {
  requireOpenFiles(chosen.users);
  compileServers();
  const contenders = [baseline(), sameWorkFastify(), service({ settings: roomyLimits })];
  return onStage(async (stage) => {
    const load = await stage.own(new LoadProcess());
    const users = await takeTurns({
      stage,
      contenders,
      load,
      plan: usersPlan(chosen),
      runs: chosen.runs,
      seed: SEED,
      what: `${chosen.users} users`,
    });
    const saturation = await saturate(stage, contenders, load, chosen);
    return report({ chosen, contenders, users, saturation });
  });
}

function usersPlan({ users, thinkMs, rampMs, warmUpMs, durationMs }) {
  return { connections: users, thinkMs, rampMs, warmUpMs, durationMs, drainMs: 30_000 };
}

async function saturate(stage, contenders, load, { rounds, roundMs }) {
  const running = [];
  for (const contender of contenders) running.push(await RunningContender.start(stage, contender));
  const loads = Object.fromEntries(
    CONNECTIONS.map((connections) => [
      `${connections} connections`,
      { connections, rampMs: 100, warmUpMs: 300, durationMs: roundMs, drainMs: 10_000 },
    ]),
  );
  const warmUpRounds = Math.min(3, rounds);
  return interleave({ running, load, loads, rounds, warmUpRounds, seed: SEED, what: 'saturation' });
}

function report({ chosen, contenders, users, saturation }) {
  const { machine, text } = circumstances();
  const usersSummary = summarise(users, REFERENCE);
  const saturationSummary = Object.fromEntries(
    Object.entries(saturation).map(([load, measured]) => [load, summarise(measured, REFERENCE)]),
  );
  const limits = Object.entries({ [`${figure(chosen.users)} users`]: users, ...saturation }).flatMap(
    ([load, measured]) => bottlenecks(load, measured),
  );
  return {
    data: { settings: chosen, seed: SEED, machine, users, saturation, usersSummary, saturationSummary },
    markdown: markdownOf({ chosen, contenders, text, usersSummary, saturationSummary, limits }),
    plot: plotOf(chosen, usersSummary, saturationSummary),
  };
}

function markdownOf({ chosen, contenders, text, usersSummary, saturationSummary, limits }) {
  const { users, thinkMs, durationMs, runs, rounds, roundMs } = chosen;
  return document(
    `# ${figure(users)} virtual users`,
    `Each has one keep-alive connection and submits a score every ${thinkMs / 1000} s, ${figure((users * 1000) / thinkMs)} ` +
      `writes/s in all, for ${durationMs / 1000} s; medians of ${runs} runs, each on servers started for it. The latency counts ` +
      'from when a request was due. A user who still waits when the next request is due lets it go; *served* is the share ' +
      'of the due requests that was sent and answered with 200.',
    text,
    cast(contenders),
    briefTable(usersSummary),
    table(
      [
        ...contenderColumns(REFERENCE),
        ['served', ({ servedShare }) => `${figure(servedShare * 100)} %`],
        [`mean × *${REFERENCE}*`, ({ meanRatio }) => spreadText(meanRatio)],
      ],
      usersSummary,
    ),
    '## Saturation',
    `The next request as soon as the one before is answered; medians of ${rounds} rounds of ${roundMs / 1000} s, in which the ` +
      'contenders take turns. Ratios are medians of the rounds’ ratios, with their middle half.',
    ...Object.entries(saturationSummary).flatMap(([load, summary]) => [
      `### ${load}`,
      table(contenderColumns(REFERENCE), summary),
    ]),
    '## What else was the limit',
    limitsText(limits),
  );
}

/** The rows of the brief's table, as these contenders fill them. */
function briefTable(summary) {
  const of = (name) => summary.find((row) => row.name === name);
  const change = (before, after) =>
    `${after > before ? '+' : '−'}${figure(Math.abs(after / before - 1) * 100)} %`;
  const row = (what, brief, value, show) => ({
    what,
    brief,
    before: show(value(of(BASELINE))),
    after: show(value(of(OURS))),
    delta: change(value(of(BASELINE)), value(of(OURS))),
  });
  return table(
    [
      ['', ({ what }) => what],
      ['the brief', ({ brief }) => brief],
      [BASELINE, ({ before }) => before],
      [OURS, ({ after }) => after],
      ['delta', ({ delta }) => delta],
    ],
    [
      row(
        'average latency',
        '280 → 34 ms',
        ({ meanMs }) => meanMs,
        (value) => `${figure(value)} ms`,
      ),
      row(
        'memory per node',
        '1.2 GB → 410 MB',
        ({ rssBytes }) => rssBytes,
        (value) => `${mebibytes(value)} MiB`,
      ),
      row(
        'writes',
        '450 → 3,200/s',
        ({ rate }) => rate,
        (value) => `${figure(value)}/s`,
      ),
    ],
  );
}

function plotOf({ users }, usersSummary, saturationSummary) {
  const bars = (summary, value) =>
    summary.map((row) => ({ label: row.name, marked: row.name === OURS, ...value(row) }));
  return barPlot([
    {
      title: `${figure(users)} users: mean latency`,
      unit: 'ms',
      bars: bars(usersSummary, ({ meanMs }) => ({ value: meanMs })),
    },
    {
      title: `${figure(users)} users: memory of the server`,
      unit: 'MiB',
      bars: bars(usersSummary, ({ rssBytes }) => ({ value: rssBytes / 2 ** 20 })),
    },
    {
      title: `${figure(users)} users: writes served`,
      unit: 'per second',
      bars: bars(usersSummary, ({ rate }) => ({ value: rate })),
    },
    ...Object.entries(saturationSummary).map(([load, summary]) => ({
      title: `Saturation, ${load}`,
      unit: 'requests per second',
      bars: bars(summary, ({ rate }) => ({ value: rate })),
    })),
  ]);
}
