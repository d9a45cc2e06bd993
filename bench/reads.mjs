// What the first ten entries cost beside bare Fastify that does the same work: each connection on a board of its own,
// and all on one board, where identical reads share calls of Redis.
import { sameWorkFastify } from './contenders/reference-server.mjs';
import { roomyLimits, service } from './contenders/service.mjs';
import { topPage } from './contenders/submission-request.mjs';
import { barPlot } from './support/bar-plot.mjs';
import { bottlenecks } from './support/bottleneck.mjs';
import { compileServers } from './support/compiled-servers.mjs';
import { fillBoards } from './support/filling.mjs';
import { cast, circumstances, document, limitsText } from './support/report.mjs';
import { withServices } from './support/services-in-process.mjs';
import { roundsText, sideBySide } from './support/side-by-side.mjs';
import { summarise } from './support/summary.mjs';
import { contenderColumns, figure, table } from './support/table.mjs';

const REFERENCE = 'bare Fastify';
const CONNECTIONS = 64;
const MEMBERS = 1000;
const DISTINCT = 'a board each';
const IDENTICAL = 'one board';

export const settings = {
  full: { rounds: 18, roundMs: 2000 },
  quick: { rounds: 2, roundMs: 300 },
};

/** @returns {Promise<{data: object, markdown: string, plot: string}>} */
export async function run(chosen) {
  compileServers();
  const options = {
    requests: { [DISTINCT]: [topPage('board-<user:2>')], [IDENTICAL]: [topPage('board-00')] },
    fill: (place) => withServices(place, (services) => fillBoards(services, CONNECTIONS, MEMBERS)),
  };
  const contenders = [sameWorkFastify(options), service({ settings: roomyLimits, ...options })];
  const measured = await sideBySide({
    contenders,
    loads: { [DISTINCT]: { connections: CONNECTIONS }, [IDENTICAL]: { connections: CONNECTIONS } },
    chosen,
    what: 'reads',
  });
  const { machine, text } = circumstances();
  const summaries = Object.fromEntries(
    Object.entries(measured).map(([load, rounds]) => [load, summarise(rounds, REFERENCE)]),
  );
  const limits = Object.entries(measured).flatMap(([load, rounds]) => bottlenecks(load, rounds));
  return {
    data: { settings: chosen, machine, measured, summaries },
    markdown: document(
      '# Reading the first ten entries',
      `Boards of ${figure(MEMBERS)} members that nobody changes, ${CONNECTIONS} connections, the next request as soon as the ` +
        `one before is answered; ${roundsText(chosen)}. With *${DISTINCT}* no two requests under way are the same, with ` +
        `*${IDENTICAL}* all are, and in the service those which come in one turn of the event loop share a call of ` +
        'Redis. Bare Fastify reads for each. Both servers do all else for each request.',
      text,
      cast(contenders),
      ...Object.entries(summaries).flatMap(([load, summary]) => [
        `## ${load}`,
        table(contenderColumns(REFERENCE), summary),
      ]),
      '## What else was the limit',
      limitsText(limits),
    ),
    plot: barPlot(
      Object.entries(summaries).map(([load, summary]) => ({
        title: `Server CPU, ${load}`,
        unit: 'µs a request',
        bars: summary.map(({ name, serverMicros }) => ({
          label: name,
          marked: name !== REFERENCE,
          value: serverMicros,
        })),
      })),
    ),
  };
}
