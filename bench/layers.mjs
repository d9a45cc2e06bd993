// What each layer of the service costs: the same routes, with one layer more from row to row.
import { idempotent, layered } from './contenders/layered.mjs';
import { submission, topPage } from './contenders/submission-request.mjs';
import { barPlot } from './support/bar-plot.mjs';
import { bottlenecks } from './support/bottleneck.mjs';
import { compileServers } from './support/compiled-servers.mjs';
import { fillBoard, fillBoards } from './support/filling.mjs';
import { cast, circumstances, document, limitsText } from './support/report.mjs';
import { withServices } from './support/services-in-process.mjs';
import { roundsText, sideBySide } from './support/side-by-side.mjs';
import { difference, summarise } from './support/summary.mjs';
import { contenderColumns, figure, spreadText, table } from './support/table.mjs';

const REFERENCE = 'bare Fastify';
const CONNECTIONS = 64;
const MEMBERS = 10_000;
const MEMBERS_EACH = 1000;

export const settings = {
  full: { rounds: 18, roundMs: 1000 },
  quick: { rounds: 2, roundMs: 300 },
};

/** @returns {Promise<{data: object, markdown: string, plot: string}>} */
export async function run(chosen) {
  compileServers();
  const written = {
    fill: (place) => withServices(place, (services) => fillBoard(services, 'bench', MEMBERS)),
  };
  // A board for each connection, because identical reads share calls of Redis.
  const read = {
    fill: (place) => withServices(place, (services) => fillBoards(services, CONNECTIONS, MEMBERS_EACH)),
  };
  const contenders = {
    writes: [...layered(submission, written), idempotent(submission, written)],
    reads: layered(topPage('board-<user:2>'), read),
  };
  const measured = {
    writes: await measuredOf('writes', contenders.writes, chosen),
    reads: await measuredOf('reads', contenders.reads, chosen),
  };
  return report(chosen, contenders, measured);
}

const measuredOf = async (what, contenders, chosen) =>
  (await sideBySide({ contenders, loads: { [what]: { connections: CONNECTIONS } }, chosen, what }))[what];

function report(chosen, contenders, measured) {
  const { machine, text } = circumstances();
  const summaries = Object.fromEntries(
    Object.entries(measured).map(([what, rounds]) => [what, withAdded(rounds, summarise(rounds, REFERENCE))]),
  );
  const limits = Object.entries(measured).flatMap(([what, rounds]) => bottlenecks(what, rounds));
  return {
    data: { settings: chosen, machine, measured, summaries },
    markdown: document(
      '# What each layer costs',
      `A submission to a board of ${figure(MEMBERS)} members and more, and the first ten entries of boards of ${figure(MEMBERS_EACH)} members, one for each connection. From row to row a ` +
        'layer is added, of the built service’s own classes; the last rows are the service itself. *Added* is the difference ' +
        `from the row above in the same round. ${CONNECTIONS} connections, the next request as soon as the one before is ` +
        `answered; ${roundsText(chosen)}.`,
      text,
      cast(contenders.writes),
      ...Object.entries(summaries).flatMap(([what, summary]) => [
        `## ${what === 'writes' ? 'A submission' : 'The first ten entries'}`,
        table(
          [
            ['layer', ({ name }) => name],
            ['added CPU µs', ({ added }) => (added ? spreadText(added) : '')],
            ...contenderColumns(REFERENCE).slice(1),
          ],
          summary,
        ),
      ]),
      '## What else was the limit',
      limitsText(limits),
    ),
    plot: barPlot(
      Object.entries(summaries).map(([what, summary]) => ({
        title: `Server CPU of ${what}`,
        unit: 'µs a request',
        bars: summary.map(({ name, serverMicros }) => ({
          label: name,
          marked: name.startsWith('Fulcrum'),
          value: serverMicros,
        })),
      })),
    ),
  };
}

/** Each row with what it uses more than the one above. */
function withAdded(measured, summary) {
  return summary.map((row, at) =>
    at === 0 ? row : { ...row, added: difference(measured, row.name, summary[at - 1].name, 'serverMicros') },
  );
}
