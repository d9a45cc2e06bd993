// One message to many subscribers, beside a loop over WebSockets and socket.io: bursts, a steady pace, idle connections.
import { LOOP, messagingContenders, OVER_SSE, OVER_WEB_SOCKETS } from './contenders/messaging.mjs';
import { barPlot } from './support/bar-plot.mjs';
import { bottlenecks } from './support/bottleneck.mjs';
import { compileServers } from './support/compiled-servers.mjs';
import { LoadProcess } from './support/load-process.mjs';
import { requireOpenFiles } from './support/machine.mjs';
import { measure } from './support/measurement.mjs';
import { weighable } from './support/memory-in-use.mjs';
import { progress } from './support/progress.mjs';
import { cast, circumstances, document, limitsText } from './support/report.mjs';
import { RunningContender } from './support/running-contender.mjs';
import { onStage } from './support/stage.mjs';
import { randomFrom, shuffled } from './support/statistics.mjs';
import { ratio, summarise } from './support/summary.mjs';
import { countsText, figure, mebibytes, spreadText, table } from './support/table.mjs';

const SEED = 42;
const KIB = 1024;
const WARM_UP_ROUNDS = 2;
/** Messages that are published at once. */
const BURST = 20;
/** Bursts of a turn, of which there are more where they are shorter. */
const BURSTS = { few: 5, many: 1 };
/** Bursts before idle connections are weighed, so that the server's code is compiled. */
const FIRST_BURSTS = 30;
const DRAIN_MS = 30_000;

export const settings = {
  full: {
    rounds: 18,
    many: 10_000,
    few: 1000,
    manyEveryMs: 500,
    fewEveryMs: 50,
    manyMs: 4000,
    fewMs: 2000,
  },
  quick: {
    rounds: 2,
    many: 500,
    few: 100,
    manyEveryMs: 100,
    fewEveryMs: 50,
    manyMs: 500,
    fewMs: 300,
  },
};

const CHANNELS = ['few', 'many'];
const common = { rampMs: 0, warmUpMs: 0, drainMs: DRAIN_MS };

/** @returns {Promise<{data: object, markdown: string, plot: string}>} */
export async function run(chosen) {
  requireOpenFiles(chosen.many + chosen.few);
  compileServers();
  const contenders = messagingContenders(CHANNELS).map(weighable);
  const measured = await onStage(async (stage) => {
    const sides = [];
    const idle = {};
    for (const contender of contenders) {
      const side = await Side.start(stage, contender);
      sides.push(side);
      idle[contender.name] = await side.weigh(chosen);
    }
    const loads = await inTurns(sides, loadsOf(chosen), chosen.rounds);
    for (const side of sides) idle[side.name].after = await side.weighAgain(chosen);
    return { idle, loads };
  });
  return report({ chosen, contenders, ...measured });
}

/** A contender, and the generator that holds its subscribers. */
class Side {
  #atFirst;

  constructor(running, load) {
    this.running = running;
    this.load = load;
  }

  static async start(stage, contender) {
    const running = await RunningContender.start(stage, contender);
    const load = await stage.own(new LoadProcess(new URL('./load/fan-out-load.mjs', import.meta.url)));
    return new Side(running, load);
  }

  get name() {
    return this.running.name;
  }

  /** Subscribes everybody, and says what the server's memory grew by for each of the many. */
  async weigh({ few, many }) {
    await this.#subscribe('few', few);
    await this.measure({ ...burstOf('few'), times: FIRST_BURSTS });
    this.#atFirst = await this.#memory();
    const startedAt = performance.now();
    await this.#subscribe('many', many);
    const subscribeMs = performance.now() - startedAt;
    return { atFirst: this.#atFirst, before: await this.weighAgain({ many }), subscribeMs };
  }

  /** The same once much was sent over the connections. */
  async weighAgain({ many }) {
    const now = await this.#memory();
    return {
      rssBytes: (now.rssBytes - this.#atFirst.rssBytes) / many,
      heapBytes: (now.heapBytes - this.#atFirst.heapBytes) / many,
    };
  }

  /** @returns what `measure` does, with the shares of the processors while messages were under way */
  async measure(plan) {
    const { active, ...measured } = await measure(this.running, this.load, this.#planned(plan));
    return { ...measured, ...active };
  }

  #memory() {
    return this.running.contender.memoryOf(this.running);
  }

  async #subscribe(channel, subscribers) {
    const plan = this.#planned({ ...common, work: 'subscribe', channel, subscribers, durationMs: 60_000 });
    await this.load.run({ ...plan, target: this.running.target }, {});
  }

  #planned(plan) {
    return { ...plan, dialect: this.running.contender.dialect };
  }
}

const burstOf = (channel) => ({
  ...common,
  work: 'burst',
  channel,
  messages: BURST,
  times: BURSTS[channel],
  durationMs: BURSTS[channel] * DRAIN_MS,
});

const pacedOf = (channel, everyMs, durationMs) => ({
  ...common,
  work: 'paced',
  channel,
  everyMs,
  durationMs,
});

function loadsOf({ manyEveryMs, fewEveryMs, manyMs, fewMs }) {
  return {
    burst: { few: burstOf('few'), many: burstOf('many') },
    paced: {
      few: pacedOf('few', fewEveryMs, fewMs),
      many: pacedOf('many', manyEveryMs, manyMs),
    },
  };
}

/** @returns {Promise<Record<string, Record<string, Record<string, object[]>>>>} measurements by load, channel and contender */
async function inTurns(sides, loads, rounds) {
  const kept = {};
  const turns = Object.entries(loads).flatMap(([load, plans]) =>
    Object.entries(plans).flatMap(([channel, plan]) => {
      (kept[load] ??= {})[channel] = Object.fromEntries(sides.map(({ name }) => [name, []]));
      return sides.map((side) => ({ side, plan, into: kept[load][channel][side.name] }));
    }),
  );
  const random = randomFrom(SEED);
  const bar = progress('messaging', (rounds + WARM_UP_ROUNDS) * turns.length);
  let done = 0;
  for (let round = 0; round < rounds + WARM_UP_ROUNDS; round++) {
    for (const { side, plan, into } of shuffled(turns, random)) {
      const one = await side.measure(plan);
      if (round >= WARM_UP_ROUNDS) into.push(one);
      bar.to(++done);
    }
  }
  bar.done();
  return kept;
}

function report({ chosen, contenders, idle, loads }) {
  const { machine, text } = circumstances();
  const summaries = Object.fromEntries(
    Object.entries(loads).map(([load, channels]) => [
      load,
      Object.fromEntries(
        Object.entries(channels).map(([channel, measured]) => [
          channel,
          summarise(measured, LOOP).map((row) => ({
            ...row,
            p50Ratio: ratio(measured, row.name, LOOP, 'p50Ms'),
            p99Ratio: ratio(measured, row.name, LOOP, 'p99Ms'),
          })),
        ]),
      ),
    ]),
  );
  const limits = Object.entries(loads).flatMap(([load, channels]) =>
    Object.entries(channels).flatMap(([channel, measured]) =>
      bottlenecks(`${LOAD_NAMES[load]}, ${figure(chosen[channel])} subscribers`, measured),
    ),
  );
  return {
    data: { settings: chosen, seed: SEED, machine, idle, loads, summaries },
    markdown: markdownOf({ chosen, contenders, text, idle, summaries, limits }),
    plot: plotOf(chosen, idle, summaries),
  };
}

const LOAD_NAMES = { burst: 'Bursts', paced: 'A steady pace' };

function markdownOf({ chosen, contenders, text, idle, summaries, limits }) {
  const { rounds, many, few } = chosen;
  const paces = CHANNELS.map((channel) => {
    const perSecond = 1000 / chosen[`${channel}EveryMs`];
    return `${figure(perSecond)}/s to ${figure(chosen[channel])}`;
  });
  const perChannel = (load, columns) =>
    CHANNELS.flatMap((channel) => [
      `### ${figure(chosen[channel])} subscribers`,
      table(columns, summaries[load][channel]),
    ]);
  return document(
    '# Messages to many subscribers',
    `JSON of 150 bytes from one channel to ${figure(few)} and to ${figure(many)} subscribers, whose connections all contenders ` +
      `hold all the time; medians of ${rounds} rounds in which they take turns, with their middle half. Every subscriber has ` +
      'to get every message, once and in order; anything else is an error. All figures are by message and subscriber.',
    text,
    cast(contenders),
    `## ${LOAD_NAMES.burst}`,
    `${BURST} messages at once, by one request; messages/s counts from that request to the last receipt. Fulcrum aims at six times ` +
      'the loop or more.',
    ...perChannel('burst', [
      ['contender', ({ name }) => name],
      ['messages/s', ({ rate }) => figure(rate)],
      [`× *${LOOP}*`, ({ rateRatio }) => spreadText(rateRatio)],
      ...cpuColumns,
      ['RSS MiB', ({ rssBytes }) => mebibytes(rssBytes)],
      ['peak MiB', ({ peakRssBytes }) => mebibytes(peakRssBytes)],
      ...lastColumns,
    ]),
    `## ${LOAD_NAMES.paced}`,
    `Single messages, ${paces.join(' and ')}. The latency counts from when a message was due to be published, however late that ` +
      'was done, to its receipt, of all subscribers together. Fulcrum aims at a p99 that is not above the loop’s.',
    ...perChannel('paced', [
      ['contender', ({ name }) => name],
      ['p50 ms', ({ p50Ms }) => figure(p50Ms)],
      [`p50 × *${LOOP}*`, ({ p50Ratio }) => spreadText(p50Ratio)],
      ['p99 ms', ({ p99Ms }) => figure(p99Ms)],
      [`p99 × *${LOOP}*`, ({ p99Ratio }) => spreadText(p99Ratio)],
      ...cpuColumns,
      ...lastColumns,
    ]),
    '## Idle connections',
    `What the server’s memory grew by for each of ${figure(many)} subscribers that came to a server which had ${figure(few)} and had sent ` +
      'much; and how far it is above the same start after all rounds. Garbage is collected before each look; *heap* is what ' +
      'JavaScript uses, with its buffers, and RSS all that the process has. Fulcrum aims at 12 KiB or less for an event stream, and ' +
      '8 KiB or less for a WebSocket.',
    table(
      [
        ['contender', ({ name }) => name],
        ['RSS, KiB each', ({ before }) => figure(before.rssBytes / KIB)],
        ['heap, KiB each', ({ before }) => figure(before.heapBytes / KIB)],
        ['RSS after the rounds', ({ after }) => figure(after.rssBytes / KIB)],
        ['heap after the rounds', ({ after }) => figure(after.heapBytes / KIB)],
        ['RSS MiB before them', ({ atFirst }) => mebibytes(atFirst.rssBytes)],
      ],
      Object.entries(idle).map(([name, row]) => ({ name, ...row })),
    ),
    '## What else was the limit',
    limitsText(limits),
  );
}

const cpuColumns = [
  ['server CPU µs', ({ serverMicros }) => figure(serverMicros)],
  [`CPU × *${LOOP}*`, ({ serverRatio }) => spreadText(serverRatio)],
  ['Redis CPU µs', ({ redisMicros }) => figure(redisMicros)],
];

const lastColumns = [
  ['generator, cores', ({ generatorCores }) => figure(generatorCores)],
  ['errors', ({ errors }) => countsText(errors)],
];

function plotOf(chosen, idle, { burst, paced }) {
  const bars = (summary, value) =>
    summary.map((row) => ({
      label: row.name,
      marked: row.name === OVER_SSE || row.name === OVER_WEB_SOCKETS,
      ...value(row),
    }));
  return barPlot([
    ...CHANNELS.map((channel) => ({
      title: `Bursts to ${figure(chosen[channel])}`,
      unit: 'messages per second',
      bars: bars(burst[channel], ({ rate }) => ({ value: rate })),
    })),
    ...CHANNELS.map((channel) => ({
      title: `A steady pace to ${figure(chosen[channel])}: p99`,
      unit: 'ms',
      bars: bars(paced[channel], ({ p99Ms }) => ({ value: p99Ms })),
    })),
    {
      title: 'Memory of an idle connection',
      unit: 'KiB of RSS',
      bars: bars(
        Object.entries(idle).map(([name, row]) => ({ name, ...row })),
        ({ before }) => ({ value: Math.max(0, before.rssBytes) / KIB }),
      ),
    },
  ]);
}
