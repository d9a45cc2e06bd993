// Leaderboards over HTTP beside what others offer: webdis, which hands ZADD and ZREVRANGE on to Redis.
import { sameWorkFastify } from './contenders/reference-server.mjs';
import { roomyLimits, service } from './contenders/service.mjs';
import { submission, topPage } from './contenders/submission-request.mjs';
import { findWebdis, webdis } from './contenders/webdis.mjs';
import { barPlot } from './support/bar-plot.mjs';
import { bottlenecks } from './support/bottleneck.mjs';
import { compileServers } from './support/compiled-servers.mjs';
import { cast, circumstances, document, limitsText } from './support/report.mjs';
import { roundsText, sideBySide } from './support/side-by-side.mjs';
import { summarise } from './support/summary.mjs';
import { contenderColumns, table } from './support/table.mjs';

const CONNECTIONS = 64;
const WRITES = 'a score is written';
const READS = 'the first ten entries are read';

export const settings = {
  full: { rounds: 18, roundMs: 2000 },
  quick: { rounds: 2, roundMs: 300 },
};

/** @returns {Promise<{data: object, markdown: string, plot: string}>} */
export async function run(chosen) {
  compileServers();
  const program = findWebdis();
  const requests = { [WRITES]: [submission], [READS]: [topPage()] };
  const ours = [sameWorkFastify({ requests }), service({ settings: roomyLimits, requests })];
  const contenders = program === undefined ? ours : [webdis(program, webdisRequests), ...ours];
  const [{ name: reference }] = contenders;
  const loads = { [WRITES]: { connections: CONNECTIONS }, [READS]: { connections: CONNECTIONS } };
  const measured = await sideBySide({ contenders, loads, chosen, what: 'peers' });
  return report({ chosen, contenders, reference, measured });
}

const webdisRequests = {
  [WRITES]: [{ method: 'POST', path: '/', body: 'ZADD/bench/1<random:6>/member-<random:5>' }],
  [READS]: [{ method: 'GET', path: '/ZREVRANGE/bench/0/9/WITHSCORES' }],
};

const NO_WEBDIS =
  '**webdis was not found on this machine**, so its row and the ratios to it are missing. On Debian and Ubuntu ' +
  '`sudo apt-get install webdis` brings it; elsewhere put `webdis` on the `PATH`. Then run this again.';

function report({ chosen, contenders, reference, measured }) {
  const { machine, text } = circumstances();
  const summaries = Object.fromEntries(
    Object.entries(measured).map(([load, rounds]) => [load, summarise(rounds, reference)]),
  );
  const limits = Object.entries(measured).flatMap(([load, rounds]) => bottlenecks(load, rounds));
  return {
    data: { settings: chosen, machine, reference, measured, summaries },
    markdown: document(
      '# Leaderboards over HTTP beside others',
      `One board of up to 100,000 members, which the writes fill, ${CONNECTIONS} connections, the next request as soon as the ` +
        `one before is answered; ${roundsText(chosen)}. All read the same page, which Fulcrum reads once for those who ask in one turn of its event loop.`,
      reference === 'webdis' ? undefined : NO_WEBDIS,
      text,
      cast(contenders),
      ...Object.entries(summaries).flatMap(([load, summary]) => [
        `## ${load[0].toUpperCase()}${load.slice(1)}`,
        table(contenderColumns(reference), summary),
      ]),
      '## What else was the limit',
      limitsText(limits),
    ),
    plot: barPlot(
      Object.entries(summaries).map(([load, summary]) => ({
        title: `Server CPU: ${load}`,
        unit: 'µs a request',
        bars: summary.map(({ name, serverMicros }) => ({
          label: name,
          marked: name === 'Fulcrum',
          value: serverMicros,
        })),
      })),
    ),
  };
}
