// Sessions beside connect-redis: begun, read and used, changed; over HTTP; and a user's list among a million sessions of others.
import {
  CONNECT_REDIS,
  EXPRESS_OVER_HTTP,
  expressOverHttp,
  inProcess,
  OURS,
  overHttp,
  withUser,
} from './contenders/sessions.mjs';
import { barPlot } from './support/bar-plot.mjs';
import { bottlenecks } from './support/bottleneck.mjs';
import { compileServers } from './support/compiled-servers.mjs';
import { ContenderClient } from './support/contender-client.mjs';
import { startRedis } from './support/redis-server.mjs';
import { atOnce, cast, circumstances, document, limitsText, titled } from './support/report.mjs';
import { RunningContender } from './support/running-contender.mjs';
import { weighInConnectRedis } from './support/session-filling.mjs';
import { onStage } from './support/stage.mjs';
import { ratio, summarise, summariseWithLatencies } from './support/summary.mjs';
import { clientColumns, contenderColumns, countsText, figure, spreadText, table } from './support/table.mjs';
import { inTurns, SEED, Side } from './support/turns.mjs';

const LOAD = new URL('load/session-load.mjs', import.meta.url);
const WARM_UP_ROUNDS = 2;
/** Parties that use sessions at the same time. */
const FEW = 1;
const MANY = 64;
/** Sessions of each contender that are read and changed. */
const SESSIONS = 2000;
/** As many as a user may have. */
const LISTED = 100;
const USER = 'listed';
const WEIGHED = 20_000;

export const settings = {
  full: { rounds: 12, roundMs: 1000, createMs: 2000, others: 1_000_000 },
  quick: { rounds: 2, roundMs: 200, createMs: 300, others: 20_000 },
};

const WORKS = ['create', 'read', 'change'];
const ALONE = 'no others';
const AMONG = 'among others';
const LIST_IN_PROCESS = 'list, in process';
const LIST_OVER_HTTP = 'list, over HTTP';
const LISTS = [LIST_IN_PROCESS, LIST_OVER_HTTP];
const inProcessLoad = (work, parties) => `${work}, in process, ${atOnce(parties)}`;
const httpLoad = (work) => `${work}, over HTTP, ${atOnce(MANY)}`;

/** @returns {Promise<{data: object, markdown: string, plot: string}>} */
export async function run(chosen) {
  const { measured, bytes } = await onStage((stage) => measureAll(stage, chosen));
  return report(chosen, measured, bytes);
}

async function measureAll(stage, chosen) {
  const bytes = { [CONNECT_REDIS]: await weighed(stage) };
  const lists = await listSides(stage, chosen, (ofOne) => (bytes[OURS] = ofOne));
  const redis = await stage.own(startRedis(stage.newFolder()));
  const sides = [];
  for (const { name, dialect } of inProcess) sides.push(await clientSide(stage, name, dialect, redis));
  compileServers();
  const http = [];
  for (const [contender, dialect] of [
    [overHttp(), 'http'],
    [expressOverHttp(), 'express'],
  ]) {
    const running = await RunningContender.start(stage, contender);
    http.push(await httpSide(stage, contender.name, running, dialect));
  }
  const turns = turnsOf(chosen, { sides, http, lists });
  const measured = await inTurns(turns, {
    rounds: chosen.rounds,
    warmUpRounds: WARM_UP_ROUNDS,
    what: 'sessions',
  });
  return { measured, bytes };
}

function turnsOf({ roundMs, createMs }, { sides, http, lists }) {
  const plan = (work, connections) =>
    // What is begun has its events told behind it, all of them within the turn: so there is no part before the window either.
    work === 'create'
      ? { work, connections, warmUpMs: 0, durationMs: createMs }
      : { work, connections, warmUpMs: 200, durationMs: roundMs, sessions: SESSIONS };
  const list = {
    work: 'list',
    connections: FEW,
    warmUpMs: 200,
    durationMs: roundMs,
    userId: USER,
    count: LISTED,
  };
  return [
    ...WORKS.flatMap((work) => [
      ...[FEW, MANY].flatMap((parties) =>
        sides.map((side) => ({ load: inProcessLoad(work, parties), plan: plan(work, parties), side })),
      ),
      ...http.map((side) => ({ load: httpLoad(work), plan: plan(work, MANY), side })),
    ]),
    ...LISTS.flatMap((load) => lists[load].map((side) => ({ load, plan: list, side }))),
  ];
}

/** One whose client is what is measured. */
async function clientSide(stage, name, dialect, redis) {
  const place = { redisUrl: redis.url, directory: stage.newFolder() };
  const client = await ContenderClient.start(stage, LOAD, dialect, place);
  return new Side({ name, client, running: Side.alone(client, redis) });
}

async function httpSide(stage, name, running, dialect = 'http') {
  const place = { redisUrl: running.redis.url, target: running.target };
  const client = await ContenderClient.start(stage, LOAD, dialect, place);
  return new Side({ name, client, running });
}

/** Two services, each with a Redis that knows the same user, one of them many sessions of others too. */
async function listSides(stage, { others }, tell) {
  const sides = { [LIST_IN_PROCESS]: [], [LIST_OVER_HTTP]: [] };
  for (const [name, count] of [
    [ALONE, 0],
    [AMONG, others],
  ]) {
    const contender = withUser({ name, others: count, userId: USER, count: LISTED, weighed: tell });
    const running = await RunningContender.start(stage, contender);
    sides[LIST_IN_PROCESS].push(await clientSide(stage, name, 'fulcrum', running.redis));
    sides[LIST_OVER_HTTP].push(await httpSide(stage, name, running));
  }
  return sides;
}

/** Bytes that a session of connect-redis takes. */
async function weighed(stage) {
  const redis = await stage.own(startRedis(stage.newFolder()));
  const bytes = await weighInConnectRedis(redis, WEIGHED);
  await stage.end(redis);
  return bytes;
}

function report(chosen, measured, bytes) {
  const { machine, text } = circumstances();
  const loads = WORKS.flatMap((work) => [FEW, MANY].map((parties) => inProcessLoad(work, parties)));
  const summaries = {
    ...Object.fromEntries(loads.map((load) => [load, summariseWithLatencies(measured[load], CONNECT_REDIS)])),
    ...Object.fromEntries(
      WORKS.map((work) => [httpLoad(work), summarise(measured[httpLoad(work)], EXPRESS_OVER_HTTP)]),
    ),
    ...Object.fromEntries(LISTS.map((load) => [load, listSummary(measured[load])])),
  };
  const limits = Object.entries(measured).flatMap(([load, rounds]) => bottlenecks(load, rounds));
  return {
    data: { settings: chosen, seed: SEED, machine, bytes, measured, summaries },
    markdown: markdownOf(chosen, { text, summaries, bytes, limits }),
    plot: plotOf(summaries),
  };
}

function listSummary(measured) {
  return summariseWithLatencies(measured, ALONE).map((row) => ({
    ...row,
    redisRatio: ratio(measured, row.name, ALONE, 'redisMicros'),
  }));
}

const TITLES = { create: 'Begun', read: 'Read and used', change: 'One field changed' };

function markdownOf({ rounds, roundMs, createMs, others }, { text, summaries, bytes, limits }) {
  const each = {
    create:
      `A session of a new user, or with a new id, one after the other for ${createMs / 1000} s a round. CPU is counted until the last ` +
      'event is told to the audit stream. The last session of each party is then read.',
    read: `${figure(SESSIONS)} sessions that were begun before, one after the other, for ${roundMs / 1000} s a round. What the stores do in two calls, *Fulcrum* does in one.`,
    change:
      'The same sessions. The stores read, change and write; *Fulcrum* sends a merge patch, and of what its process has seen in the last ' +
      'minute, which is all of them here, it writes the change over that without reading again, if Redis still has it.',
  };
  return document(
    '# Sessions',
    `Medians of ${rounds} rounds in which all take turns, with their middle half. A session is about 600 bytes of JSON: a user, a cart of ` +
      'eight rows, a token, preferences. All in-process contenders use the same Redis. Every answer is looked at: a read has to give the ' +
      'data of that session with the last change, a patch the next version; anything else is an error.',
    text,
    cast([...inProcess, overHttp(), expressOverHttp()]),
    ...WORKS.flatMap((work) => [
      `## ${TITLES[work]}, in process`,
      each[work],
      ...[FEW, MANY].flatMap((parties) => [
        `### ${titled(atOnce(parties))}`,
        table(columnsOf(work), summaries[inProcessLoad(work, parties)]),
      ]),
    ]),
    '## Over HTTP',
    `The same with ${MANY} connections, each contender a server of its own.`,
    ...WORKS.flatMap((work) => [
      `### ${TITLES[work]}`,
      table(contenderColumns(EXPRESS_OVER_HTTP), summaries[httpLoad(work)]),
    ]),
    `## A user’s ${LISTED} sessions among ${figure(others)} of others`,
    `One request at a time for all of them, opened and in their order; the others have a user each. *× ${ALONE}* is beside a service ` +
      'whose Redis has this user alone.',
    ...LISTS.flatMap((load) => [
      `### ${titled(load.replace('list, ', ''))}`,
      table(listColumns, summaries[load]),
    ]),
    `Of Redis’ memory each of the others takes ${figure(bytes[OURS])} bytes, list of its user included, and the same data in ` +
      `connect-redis ${figure(bytes[CONNECT_REDIS])}.`,
    '## What else was the limit',
    'In process the client is the contender, so that its core may be busy.',
    limitsText(limits),
  );
}

/** Of a turn that waits for events, cores say nothing. */
const columnsOf = (work) =>
  clientColumns(CONNECT_REDIS, 'operations').filter(
    ([title]) => work !== 'create' || !title.endsWith(', cores'),
  );

const listColumns = [
  ['', ({ name }) => name],
  ['p50 ms', ({ p50Ms }) => figure(p50Ms)],
  [`p50 × *${ALONE}*`, ({ p50Ratio }) => spreadText(p50Ratio)],
  ['p99 ms', ({ p99Ms }) => figure(p99Ms)],
  [`p99 × *${ALONE}*`, ({ p99Ratio }) => spreadText(p99Ratio)],
  ['service CPU µs', ({ serverMicros }) => figure(serverMicros)],
  ['Redis CPU µs', ({ redisMicros }) => figure(redisMicros)],
  [`Redis CPU × *${ALONE}*`, ({ redisRatio }) => spreadText(redisRatio)],
  ['errors', ({ errors }) => countsText(errors)],
];

function plotOf(summaries) {
  return barPlot(
    WORKS.map((work) => ({
      title: `${TITLES[work]}, ${atOnce(MANY)}: client CPU`,
      unit: 'µs an operation',
      bars: summaries[inProcessLoad(work, MANY)].map(({ name, serverMicros }) => ({
        label: name,
        value: serverMicros,
        marked: name !== CONNECT_REDIS,
      })),
    })),
  );
}
