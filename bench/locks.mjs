// Locks beside redlock and redis-semaphore: acquired and released, handed over, and contended for.
import { onNodes, onOneNode, OURS, OVER_HTTP, overHttp, REDLOCK, SEMAPHORE } from './contenders/locks.mjs';
import { barPlot } from './support/bar-plot.mjs';
import { bottlenecks } from './support/bottleneck.mjs';
import { ContenderClient } from './support/contender-client.mjs';
import { LockKeys } from './support/lock-keys.mjs';
import { startRedis } from './support/redis-server.mjs';
import { atOnce, cast, circumstances, document, limitsText, titled } from './support/report.mjs';
import { RunningContender } from './support/running-contender.mjs';
import { onStage } from './support/stage.mjs';
import { summarise, summariseWithLatencies } from './support/summary.mjs';
import { clientColumns, countsText, figure, serverColumns, spreadText, table } from './support/table.mjs';
import { inTurns, SEED, Side } from './support/turns.mjs';

const LOAD = new URL('load/lock-load.mjs', import.meta.url);
const WARM_UP_ROUNDS = 2;
const NODES = 3;
/** Parties that lock at the same time. */
const FEW = 1;
const MANY = 64;
const PAIRS = 16;
const WORKERS = 16;
const HOLD_MS = 1;
const THINK_MS = 50;
/** In the middle, and up to 0.1 and 1.1 times as long: longer than any contender pauses between two attempts. */
const HAND_OVER_HOLD_MS = 300;

export const settings = {
  full: { rounds: 12, roundMs: 1000, handOverMs: 2000, contentionMs: 4000 },
  quick: { rounds: 2, roundMs: 300, handOverMs: 700, contentionMs: 1000 },
};

const HAND_OVER = 'hand-over';
const CONTENTION = 'contention';
const inProcess = (parties) => `in process, ${atOnce(parties)}`;
const onHttp = (parties) => `over HTTP, ${atOnce(parties)}`;
const ON_NODES = `${NODES} nodes, ${atOnce(MANY)}`;

/** @returns {Promise<{data: object, markdown: string, plot: string}>} */
export async function run(chosen) {
  const measured = await onStage((stage) => measureAll(stage, chosen));
  return report(chosen, measured);
}

async function measureAll(stage, chosen) {
  const one = await startNodes(stage, 1);
  const several = await startNodes(stage, NODES);
  const sides = {};
  for (const contender of onOneNode()) sides[contender.name] = await LockSide.start(stage, contender, one);
  const onSeveral = [];
  for (const contender of onNodes()) onSeveral.push(await LockSide.start(stage, contender, several));
  const http = await LockSide.overHttp(stage);
  const turns = turnsOf(chosen, sides, onSeveral, http);
  for (const { side } of turns) await side.keys.clear();
  return await inTurns(turns, { rounds: chosen.rounds, warmUpRounds: WARM_UP_ROUNDS, what: 'locks' });
}

function turnsOf({ roundMs, handOverMs, contentionMs }, sides, onSeveral, http) {
  const pairs = (connections) => ({ work: 'pairs', connections, warmUpMs: 200, durationMs: roundMs });
  const handOver = {
    work: 'handOver',
    connections: PAIRS,
    holdMs: HAND_OVER_HOLD_MS,
    warmUpMs: 200,
    durationMs: handOverMs,
  };
  const contention = {
    work: 'contention',
    connections: WORKERS,
    holdMs: HOLD_MS,
    thinkMs: THINK_MS,
    warmUpMs: 500,
    durationMs: contentionMs,
  };
  const waiting = [sides[OURS], sides[REDLOCK], sides[SEMAPHORE]];
  const each = (load, plan, those) => those.map((side) => ({ load, plan, side }));
  return [
    ...[FEW, MANY].flatMap((parties) => [
      ...each(inProcess(parties), pairs(parties), Object.values(sides)),
      ...each(onHttp(parties), pairs(parties), [http]),
    ]),
    ...each(ON_NODES, pairs(MANY), onSeveral),
    ...each(HAND_OVER, handOver, [...waiting, http]),
    ...each(CONTENTION, contention, waiting),
  ];
}

/** Redis servers that know nothing of each other, and what locks are on them. */
async function startNodes(stage, count) {
  const servers = [];
  while (servers.length < count) servers.push(await stage.own(startRedis(stage.newFolder())));
  const urls = servers.map(({ url }) => url);
  return { first: servers[0], urls, keys: await stage.own(new LockKeys(urls)) };
}

/** A contender, its client, and where its locks are kept. */
class LockSide extends Side {
  constructor({ keys, ...side }) {
    super(side);
    this.keys = keys;
  }

  /** One whose client is what is measured. */
  static async start(stage, { name, dialect, options }, { first, urls, keys }) {
    const place = { redisUrls: urls, directory: stage.newFolder(), options };
    const client = await ContenderClient.start(stage, LOAD, dialect, place);
    return new LockSide({ name, client, running: Side.alone(client, first), keys });
  }

  static async overHttp(stage) {
    const running = await RunningContender.start(stage, overHttp());
    const keys = await stage.own(new LockKeys([running.redis.url]));
    const client = await ContenderClient.start(stage, LOAD, 'http', { target: running.target });
    return new LockSide({ name: OVER_HTTP, client, running, keys });
  }

  /** @returns what `measure` does; a lock that is left afterwards is an error */
  async measure(plan) {
    const measured = await super.measure(plan);
    const left = await this.keys.clear();
    if (left > 0) measured.errors['key left behind'] = left;
    return measured;
  }
}

function report(chosen, measured) {
  const { machine, text } = circumstances();
  const beside = (load) => summariseWithLatencies(measured[load], REDLOCK);
  const summaries = {
    ...Object.fromEntries([FEW, MANY].map((parties) => [inProcess(parties), beside(inProcess(parties))])),
    ...Object.fromEntries(
      [FEW, MANY].map((parties) => [onHttp(parties), summarise(measured[onHttp(parties)], OVER_HTTP)]),
    ),
    [ON_NODES]: beside(ON_NODES),
    [HAND_OVER]: beside(HAND_OVER),
    [CONTENTION]: beside(CONTENTION).map((row) => ({ ...row, ...extremes(measured[CONTENTION][row.name]) })),
  };
  const limits = Object.entries(measured).flatMap(([load, rounds]) => bottlenecks(load, rounds));
  return {
    data: { settings: chosen, seed: SEED, machine, measured, summaries },
    markdown: markdownOf(chosen, text, summaries, limits),
    plot: plotOf(summaries),
  };
}

/** Of all rounds together. */
function extremes(rounds) {
  return {
    longestMs: Math.max(...rounds.map(({ maxMs }) => maxMs)),
    unfinished: rounds.reduce((sum, { unfinished }) => sum + unfinished, 0),
    leastServed: Math.min(...rounds.map(({ leastServed }) => leastServed)),
  };
}

function markdownOf({ rounds, roundMs, handOverMs, contentionMs }, text, summaries, limits) {
  const overHttpRows = [FEW, MANY].map((parties) => ({
    ...summaries[onHttp(parties)][0],
    name: atOnce(parties),
  }));
  return document(
    '# Locks',
    `Medians of ${rounds} rounds in which all take turns, with their middle half. All in-process contenders use the same Redis, which has ` +
      'no lock when a round begins. No resource may have two holders at once, each fencing token has to be higher than the one before it, and ' +
      'after a round nothing may be left of any lock: anything else is an error.',
    text,
    cast([...onOneNode(), overHttp()]),
    '## Acquire and release, in process',
    `Each of so many parties locks a resource of its own and releases it, one time after the other, for ${roundMs / 1000} s a round. All ` +
      'figures are by pair of the two, and *client CPU* is all that the contender’s process uses. Fulcrum aims at 0.9 times redlock or more.',
    ...[FEW, MANY].flatMap((parties) => [
      `### ${titled(atOnce(parties))}`,
      table(besideColumns, summaries[inProcess(parties)]),
    ]),
    '## Acquire and release, over HTTP',
    'The same with one connection for each party.',
    table(serverColumns('pairs'), overHttpRows),
    `## On ${NODES} lock nodes`,
    `The same in process, ${atOnce(MANY)}, on ${NODES} Redis servers that know nothing of each other; *Redis CPU* is that of one of them.`,
    table(besideColumns, summaries[ON_NODES]),
    '## Handed over',
    `From the call of release to the grant of the next, of two parties that take turns; ${PAIRS} such pairs, whose holds last ` +
      `${figure(0.1 * HAND_OVER_HOLD_MS)} to ${figure(1.1 * HAND_OVER_HOLD_MS)} ms, for ${handOverMs / 1000} s a round. redlock and ` +
      'redis-semaphore ask again from time to time (every 200 ± 100 ms, and every 10 ms), Fulcrum’s waiter is told.',
    table(
      [
        ['contender', ({ name }) => name],
        ['p50 ms', ({ p50Ms }) => figure(p50Ms)],
        [`p50 × *${REDLOCK}*`, ({ p50Ratio }) => spreadText(p50Ratio)],
        ['p99 ms', ({ p99Ms }) => figure(p99Ms)],
        [`p99 × *${REDLOCK}*`, ({ p99Ratio }) => spreadText(p99Ratio)],
        ['errors', ({ errors }) => countsText(errors)],
      ],
      summaries[HAND_OVER],
    ),
    '## Contended for',
    `${WORKERS} workers in one process want the same resource, hold it for ${HOLD_MS} ms, and think for ${THINK_MS} ms before they want it ` +
      `again, for ${contentionMs / 1000} s a round. The waits are those of all workers, with those that are not over when the round ends; the ` +
      'longest of them, and the acquisitions of the worker that got the fewest, are the worst of all rounds. Fulcrum aims at twice redlock’s ' +
      'acquisitions or more, and a seventh of its p99 or less.',
    table(
      [
        ['contender', ({ name }) => name],
        ['acquisitions/s', ({ rate }) => figure(rate)],
        [`× *${REDLOCK}*`, ({ rateRatio }) => spreadText(rateRatio)],
        ['p50 ms', ({ p50Ms }) => figure(p50Ms)],
        ['p99 ms', ({ p99Ms }) => figure(p99Ms)],
        [`p99 × *${REDLOCK}*`, ({ p99Ratio }) => spreadText(p99Ratio)],
        ['longest ms', ({ longestMs }) => figure(longestMs)],
        ['not over', ({ unfinished }) => figure(unfinished)],
        ['least served, a second', ({ leastServed }) => figure(leastServed)],
        ['errors', ({ errors }) => countsText(errors)],
      ],
      summaries[CONTENTION],
    ),
    '## What else was the limit',
    'In process the client is the contender, so that its core may be busy.',
    limitsText(limits),
  );
}

const besideColumns = clientColumns(REDLOCK, 'pairs');

function plotOf(summaries) {
  const bars = (load, value) =>
    summaries[load].map((row) => ({ label: row.name, value: value(row), marked: row.name.startsWith(OURS) }));
  return barPlot([
    {
      title: `Acquire and release, ${inProcess(MANY)}`,
      unit: 'per second',
      bars: bars(inProcess(MANY), ({ rate }) => rate),
    },
    { title: 'Handed over: p99', unit: 'ms', bars: bars(HAND_OVER, ({ p99Ms }) => p99Ms) },
    { title: 'Contended for', unit: 'acquisitions per second', bars: bars(CONTENTION, ({ rate }) => rate) },
    { title: 'Contended for: p99 of the waits', unit: 'ms', bars: bars(CONTENTION, ({ p99Ms }) => p99Ms) },
  ]);
}
