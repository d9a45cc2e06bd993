// How many members a second of the server's CPU submits: one in a request, and many.
import { roomyLimits, service } from './contenders/service.mjs';
import { credential, submission } from './contenders/submission-request.mjs';
import { barPlot } from './support/bar-plot.mjs';
import { bottlenecks } from './support/bottleneck.mjs';
import { circumstances, document, limitsText } from './support/report.mjs';
import { roundsText, sideBySide } from './support/side-by-side.mjs';
import { median, spread } from './support/statistics.mjs';
import { added } from './support/summary.mjs';
import { countsText, figure, spreadText, table } from './support/table.mjs';

const SIZES = [1, 10, 100, 1000];
const TARGET = { size: 100, times: 10 };
/** Fewer than elsewhere: a batch keeps Redis busy for longer than a request. */
const CONNECTIONS = 16;

export const settings = {
  full: { rounds: 18, roundMs: 2000 },
  quick: { rounds: 2, roundMs: 300 },
};

const loadOf = (size) => (size === 1 ? 'single submissions' : `batches of ${size.toLocaleString('en-US')}`);

function requestOf(size) {
  if (size === 1) return submission;
  const rows = Array(size).fill(submission.body).join(',');
  return {
    method: 'POST',
    path: `${submission.path}/batch`,
    headers: credential,
    body: `{"submissions":[${rows}]}`,
  };
}

/** @returns {Promise<{data: object, markdown: string, plot: string}>} */
export async function run(chosen) {
  const byLoad = (value) => Object.fromEntries(SIZES.map((size) => [loadOf(size), value(size)]));
  const contender = service({ settings: roomyLimits, requests: byLoad((size) => [requestOf(size)]) });
  const measured = await sideBySide({
    contenders: [contender],
    loads: byLoad(() => ({ connections: CONNECTIONS })),
    chosen,
    what: 'batches',
  });
  const { machine, text } = circumstances();
  const rows = SIZES.map((size) => rowOf(size, measured, contender.name));
  const limits = Object.entries(measured).flatMap(([load, rounds]) => bottlenecks(load, rounds));
  const target = rows.find(({ size }) => size === TARGET.size);
  return {
    data: { settings: chosen, machine, measured, rows },
    markdown: document(
      '# Batches of submissions',
      `The same board and the same members, ${CONNECTIONS} connections, the next request as soon as the one before is answered; ` +
        `${roundsText(chosen)}. *Times* is how many more members a second of the server’s CPU submits than one at a time, ` +
        'in the same round.',
      text,
      table(
        [
          ['', ({ load }) => load],
          ['members/s', ({ membersRate }) => figure(membersRate)],
          ['members per server CPU second', ({ membersPerCpuSecond }) => figure(membersPerCpuSecond)],
          ['times', ({ times }) => spreadText(times)],
          ['server CPU µs a member', ({ serverMicros }) => figure(serverMicros)],
          ['Redis CPU µs a member', ({ redisMicros }) => figure(redisMicros)],
          ['mean ms a request', ({ meanMs }) => figure(meanMs)],
          ['p99 ms', ({ p99Ms }) => figure(p99Ms)],
          ['errors', ({ errors }) => countsText(errors)],
        ],
        rows,
      ),
      `The aim for ${loadOf(TARGET.size)} is ${TARGET.times} times; it was ${figure(target.times.median)}.`,
      '## What else was the limit',
      limitsText(limits),
    ),
    plot: barPlot([
      {
        title: 'Members submitted',
        unit: 'per second of the server’s CPU',
        bars: rows.map(({ load, membersPerCpuSecond }) => ({ label: load, value: membersPerCpuSecond })),
      },
    ]),
  };
}

function rowOf(size, measured, name) {
  const rounds = measured[loadOf(size)][name];
  const singles = measured[loadOf(1)][name];
  const middle = (value) => median(rounds.map(value).filter(Number.isFinite));
  const serverMicros = middle((round) => round.serverMicros / size);
  return {
    size,
    load: loadOf(size),
    membersRate: middle(({ rate }) => rate * size),
    membersPerCpuSecond: 1_000_000 / serverMicros,
    times: spread(
      rounds
        .map((round, at) => singles[at].serverMicros / (round.serverMicros / size))
        .filter((times) => Number.isFinite(times) && times > 0),
    ),
    serverMicros,
    redisMicros: middle((round) => round.redisMicros / size),
    meanMs: middle(({ meanMs }) => meanMs),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    errors: added(rounds.map(({ errors }) => errors)),
  };
}
