// How the service scales with WORKERS, on this machine, and where the machine is not the limit.
import { roomyLimits, service } from './contenders/service.mjs';
import { barPlot } from './support/bar-plot.mjs';
import { bottlenecks } from './support/bottleneck.mjs';
import { CpuLimit } from './support/cpu-limit.mjs';
import { childrenOf } from './support/process-usage.mjs';
import { cast, circumstances, document, limitsText } from './support/report.mjs';
import { roundsText, sideBySide } from './support/side-by-side.mjs';
import { summarise } from './support/summary.mjs';
import { contenderColumns, figure, spreadText, table } from './support/table.mjs';

const CONNECTIONS = [64, 256];
const WORKERS = [1, 2];
/** So little that two workers, Redis and the load generator find two cores more than they can use. */
const SHARE = 0.4;
const TARGET = 1.6;

export const settings = {
  full: { rounds: 18, roundMs: 2000 },
  quick: { rounds: 2, roundMs: 500 },
};

const nameOf = (workers) => `WORKERS=${workers}`;
const REFERENCE = nameOf(1);
const TWO = nameOf(2);

/** @returns {Promise<{data: object, markdown: string, plot: string}>} */
export async function run(chosen) {
  const contenders = WORKERS.map((workers) =>
    service({
      name: nameOf(workers),
      about:
        workers === 1
          ? 'the service in one process'
          : `the service in ${workers} processes that answer, and one that gives them connections`,
      settings: { ...roomyLimits, WORKERS: String(workers) },
    }),
  );
  const loads = Object.fromEntries(
    CONNECTIONS.map((connections) => [`${connections} connections`, { connections }]),
  );
  const common = { contenders, loads, chosen };
  const unlimited = await sideBySide({ ...common, what: 'workers' });
  const refusal = await whyNotLimited();
  const limited =
    refusal === undefined
      ? await sideBySide({ ...common, what: 'workers with a share each', prepare: holdWorkers })
      : {};
  return report({ chosen, contenders, unlimited, limited, refusal });
}

/** Why this machine does not let processes be held to a share of a core; undefined if it does. */
async function whyNotLimited() {
  try {
    await new CpuLimit(`fulcrum-bench-${process.pid}`, SHARE).end();
    return undefined;
  } catch (error) {
    return error.message;
  }
}

/** Holds every process that answers requests to its share of a core; the one that only starts them is left alone. */
async function holdWorkers(running, stage) {
  for (const { name, server } of running) {
    const answering = name === REFERENCE ? [server.pid] : childrenOf(server.pid);
    for (const pid of answering) {
      const limit = new CpuLimit(`fulcrum-bench-${process.pid}-${pid}`, SHARE);
      await stage.own(limit);
      limit.add(pid);
    }
  }
}

function report({ chosen, contenders, unlimited, limited, refusal }) {
  const { machine, text } = circumstances();
  const summarised = (measured) =>
    Object.fromEntries(
      Object.entries(measured).map(([load, rounds]) => [load, summarise(rounds, REFERENCE)]),
    );
  const summaries = { unlimited: summarised(unlimited), limited: summarised(limited) };
  const limits = [
    ...Object.entries(unlimited).flatMap(([load, rounds]) => bottlenecks(load, rounds)),
    ...Object.entries(limited).flatMap(([load, rounds]) => bottlenecks(`${load}, a share each`, rounds)),
  ];
  const tables = (summary) =>
    Object.entries(summary).flatMap(([load, rows]) => [
      `### ${load}`,
      table(
        [...contenderColumns(REFERENCE), ['server, cores', ({ serverCores }) => figure(serverCores)]],
        rows,
      ),
    ]);
  return {
    data: { settings: chosen, machine, share: SHARE, refusal, unlimited, limited, summaries },
    markdown: document(
      '# Several workers',
      `Submissions, the next request as soon as the one before is answered; ${roundsText(chosen)}.`,
      text,
      cast(contenders),
      verdicts(summaries, machine),
      '## On this machine as it is',
      `All processes share ${machine.cores} cores: the workers, Redis and the load generator. The ratio says what a second worker ` +
        'brings here, and no more: on a machine with as many cores as busy processes it would be higher.',
      ...tables(summaries.unlimited),
      '## With a share of a core for each worker',
      refusal === undefined
        ? `Every process that answers requests is held to ${SHARE} of a core by the kernel (a control group of its own), the same in ` +
            `both rows: one worker has ${SHARE} of a core, two have ${figure(2 * SHARE)}. What else runs finds a free core, so the ratio says ` +
            'how the service scales when the machine is not the limit. Requests/s and latency are those of so small a worker, ' +
            'which stands still for some milliseconds whenever its share is used up.'
        : `Left out: processes cannot be held to a share of a core here (${refusal}). It needs root, or a control group of which the ` +
            'controller `cpu` is delegated. What is left to judge by is the server CPU per request above: as long as that does not ' +
            'grow with the number of workers, what they can do together grows with the cores that they get.',
      ...tables(summaries.limited),
      '## What else was the limit',
      limitsText(limits),
    ),
    plot: barPlot(
      Object.entries(summaries).flatMap(([kind, summary]) =>
        Object.entries(summary).map(([load, rows]) => ({
          title: `${load}${kind === 'limited' ? `, ${SHARE} of a core a worker` : ', as it is'}`,
          unit: 'requests per second',
          bars: rows.map(({ name, rate }) => ({ label: name, marked: name === TWO, value: rate })),
        })),
      ),
    ),
  };
}

/** Both ratios of two workers to one, each with what it is a ratio of, and what a request costs. */
function verdicts({ unlimited, limited }, { cores }) {
  const rows = [
    ...Object.entries(unlimited).map(([load, found]) => [`as it is, ${cores} cores for all`, load, found]),
    ...Object.entries(limited).map(([load, found]) => [`${SHARE} of a core a worker`, load, found]),
  ].map(([machine, load, found]) => ({ machine, load, two: found.find(({ name }) => name === TWO) }));
  return [
    table(
      [
        ['the machine', ({ machine }) => machine],
        ['load', ({ load }) => load],
        ['requests/s, two workers to one', ({ two }) => spreadText(two.rateRatio)],
        ['server CPU a request, two to one', ({ two }) => spreadText(two.serverRatio)],
      ],
      rows,
    ),
    `The aim is ${TARGET} times the requests/s. Server CPU counts all processes of the service.`,
  ].join('\n\n');
}
