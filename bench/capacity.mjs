// What a user needs to know to say how large a machine and a Redis must be: what each thing and each request takes.
import { Redis } from 'ioredis';
import { roomyLimits, service } from './contenders/service.mjs';
import { credential, submission, topPage } from './contenders/submission-request.mjs';
import { bottlenecks } from './support/bottleneck.mjs';
import { fillBoard, fillBoards, makeBoards, makeKeys } from './support/filling.mjs';
import { LoadProcess } from './support/load-process.mjs';
import { requireOpenFiles } from './support/machine.mjs';
import { measure } from './support/measurement.mjs';
import { usageOf } from './support/process-usage.mjs';
import { progress } from './support/progress.mjs';
import { RedisProbe } from './support/redis-probe.mjs';
import { circumstances, document, limitsText } from './support/report.mjs';
import { interleave } from './support/rounds.mjs';
import { RunningContender } from './support/running-contender.mjs';
import { digits, forEachNumber, withServices } from './support/services-in-process.mjs';
import { onStage } from './support/stage.mjs';
import { summarise } from './support/summary.mjs';
import { countsText, figure, mebibytes, table } from './support/table.mjs';

const SEED = 42;
const CONNECTIONS = 64;
const BATCH = 100;
const MEMBERS_EACH = 1000;
/** Each connection sends one request in this time while memory is looked at, so that none is without its buffers. */
const THINK_MS = 4000;
const KIB = 1024;

export const settings = {
  full: { rounds: 18, roundMs: 1000, members: 100_000, things: 10_000, connections: 10_000 },
  quick: { rounds: 2, roundMs: 300, members: 2000, things: 200, connections: 300 },
};

/** What is kept in Redis, and what makes `count` of it. */
const THINGS = {
  'member, ties by arrival': {
    sized: 'members',
    make: (services, count) => fillBoard(services, 'bench', count),
  },
  'member, ties by member': {
    sized: 'members',
    make: async (services, count) => {
      const boards = await services.of(
        'features/leaderboards/leaderboards.boards.service.js',
        'BoardsService',
      );
      await boards.configure(services.callerOf(), { board: 'by-member', ties: 'member' });
      await fillBoard(services, 'by-member', count);
    },
  },
  'board with one member': {
    sized: 'things',
    make: (services, count) => makeBoards(services, count, (index) => `one-${digits(index, 5)}`),
  },
  'API key': {
    sized: 'things',
    make: (services, count) => makeKeys(services, count, (index) => `key-${digits(index, 5)}`),
  },
  'rate-limit bucket that is not full': { sized: 'things', make: makeBuckets },
  'submission with an Idempotency-Key': { sized: 'things', make: submitWithKeys },
};

async function makeBuckets({ of, callerOf }, count) {
  const limits = await of('features/rate-limits/rate-limits.service.js', 'RateLimitsService');
  const caller = callerOf();
  await limits.put(caller, { policy: 'slow', capacity: 10, refillTokens: 1, refillIntervalMs: 3_600_000 });
  await forEachNumber(count, (index) => limits.consume(caller, { policy: 'slow', key: `key-${index}` }));
}

async function submitWithKeys({ of, callerOf }, count) {
  const submissions = await of(
    'features/leaderboards/leaderboards.submissions.service.js',
    'SubmissionsService',
  );
  await forEachNumber(count, (index) =>
    submissions.submit(callerOf('default', { idempotencyKey: `key-${index}` }), {
      board: 'bench',
      member: 'member-00000',
      score: index,
    }),
  );
}

const rows = Array(BATCH).fill(submission.body).join(',');
const REQUESTS = {
  'a submission': [submission],
  // A board for each connection, because identical reads share calls of Redis.
  'the first ten entries': [topPage('board-<user:2>')],
  'an entry': [
    { method: 'GET', path: '/v1/leaderboards/bench/entries/member-000<random:2>', headers: credential },
  ],
  [`a batch of ${BATCH} submissions`]: [
    { ...submission, path: `${submission.path}/batch`, body: `{"submissions":[${rows}]}` },
  ],
};

/** @returns {Promise<{data: object, markdown: string}>} */
export async function run(chosen) {
  requireOpenFiles(chosen.connections);
  let things;
  const contender = service({
    settings: roomyLimits,
    requests: REQUESTS,
    fill: async (place) => {
      things = await sizes(place, chosen);
    },
  });
  const { restBytes, measured, connectionBytes } = await onStage(async (stage) => {
    const running = await RunningContender.start(stage, contender);
    const rest = usageOf(running.server.pid).rssBytes;
    const load = await stage.own(new LoadProcess());
    const found = await costs(running, load, chosen);
    return {
      restBytes: rest,
      measured: found,
      connectionBytes: await bytesAConnection(running, load, chosen),
    };
  });
  return report({ chosen, things, restBytes, measured, connectionBytes });
}

/** Bytes of Redis’ memory that one of each thing takes. */
async function sizes(place, chosen) {
  const client = new Redis(place.redisUrl);
  const probe = new RedisProbe(client, place.redis.pid);
  const found = {};
  try {
    await withServices(place, async (services) => {
      const bar = progress('what things take', Object.keys(THINGS).length);
      for (const [at, [thing, { sized, make }]] of Object.entries(THINGS).entries()) {
        const before = await probe.usedMemory();
        await make(services, chosen[sized]);
        found[thing] = ((await probe.usedMemory()) - before) / chosen[sized];
        bar.to(at + 1);
      }
      bar.done();
      await fillBoards(services, CONNECTIONS, MEMBERS_EACH);
    });
    return found;
  } finally {
    client.disconnect();
  }
}

function costs(running, load, { rounds, roundMs }) {
  const plan = { connections: CONNECTIONS, rampMs: 50, warmUpMs: 200, durationMs: roundMs, drainMs: 10_000 };
  const loads = Object.fromEntries(Object.keys(REQUESTS).map((name) => [name, plan]));
  const warmUpRounds = Math.min(3, rounds);
  return interleave({
    running: [running],
    load,
    loads,
    rounds,
    warmUpRounds,
    seed: SEED,
    what: 'what requests take',
  });
}

/** By how much the server grows with each connection, of a server that has answered much before. */
async function bytesAConnection(running, load, { connections }) {
  const held = (count) =>
    measure(running, load, {
      connections: count,
      thinkMs: THINK_MS,
      rampMs: count / 2,
      warmUpMs: THINK_MS,
      durationMs: 1000,
      drainMs: 10_000,
      requests: [submission],
      seed: SEED,
    });
  const few = await held(CONNECTIONS);
  const many = await held(connections);
  return (many.rssBytes - few.rssBytes) / (connections - CONNECTIONS);
}

function report({ chosen, things, restBytes, measured, connectionBytes }) {
  const { machine, text } = circumstances();
  const requests = Object.entries(measured).map(([load, rounds]) => {
    const [row] = summarise(rounds, 'Fulcrum');
    return { ...row, load, perCoreSecond: 1_000_000 / row.serverMicros };
  });
  const limits = Object.entries(measured).flatMap(([load, rounds]) => bottlenecks(load, rounds));
  return {
    data: { settings: chosen, machine, measured, requests, things, restBytes, connectionBytes },
    markdown: document(
      '# What to plan with',
      `One server and its Redis. Requests: ${CONNECTIONS} connections, the next request as soon as the one before is answered; ` +
        `medians of ${chosen.rounds} rounds of ${chosen.roundMs / 1000} s. A core’s worth of requests is a million divided by the server CPU µs.`,
      text,
      table(
        [
          ['request', ({ load }) => load],
          ['server CPU µs', ({ serverMicros }) => figure(serverMicros)],
          ['requests per core and second', ({ perCoreSecond }) => figure(perCoreSecond)],
          ['Redis CPU µs', ({ redisMicros }) => figure(redisMicros)],
          ['errors', ({ errors }) => countsText(errors)],
        ],
        requests,
      ),
      `Memory of Redis, of ${figure(chosen.members)} members each and ${figure(chosen.things)} of all else. Names, members and keys ` +
        'have about 10 characters; longer ones take as many bytes more, in each place where they stand.',
      table(
        [
          ['in Redis', ({ thing }) => thing],
          ['bytes', ({ bytes }) => figure(bytes)],
        ],
        Object.entries(things).map(([thing, bytes]) => ({ thing, bytes })),
      ),
      `Memory of the server; the connections are ${figure(chosen.connections)} that all send, on a server that has answered much before.`,
      table(
        [
          ['in the server', ({ what }) => what],
          ['memory', ({ memory }) => memory],
        ],
        [
          { what: 'a process at rest', memory: `${mebibytes(restBytes)} MiB` },
          { what: 'a connection', memory: `${figure(connectionBytes / KIB)} KiB` },
        ],
      ),
      '## What else was the limit',
      limitsText(limits),
    ),
  };
}
