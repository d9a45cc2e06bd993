// Whether a request costs the same when there is a thousand times as much of everything, and whether memory stays.
import { Redis } from 'ioredis';
import { roomyLimits, service } from './contenders/service.mjs';
import { credential } from './contenders/submission-request.mjs';
import { barPlot } from './support/bar-plot.mjs';
import { bottlenecks } from './support/bottleneck.mjs';
import { fillBoard, keyOf, makeBoards, makeKeys } from './support/filling.mjs';
import { fillLargeBoard } from './support/large-board.mjs';
import { LoadProcess } from './support/load-process.mjs';
import { measure } from './support/measurement.mjs';
import { progress } from './support/progress.mjs';
import { circumstances, document, limitsText } from './support/report.mjs';
import { RunningContender } from './support/running-contender.mjs';
import { digits, withServices } from './support/services-in-process.mjs';
import { roundsText, sideBySide } from './support/side-by-side.mjs';
import { onStage } from './support/stage.mjs';
import { added, ratio, summarise } from './support/summary.mjs';
import { countsText, figure, mebibytes, spreadText, table } from './support/table.mjs';

const SEED = 42;
const CONNECTIONS = 64;
const FEW = 'few';
const MANY = 'many';
const TARGET = { times: 2, memoryShare: 0.1 };
const SLICE_MS = 2000;

export const settings = {
  full: {
    rounds: 18,
    roundMs: 500,
    fewMembers: 10_000,
    members: 10_000_000,
    fewThings: 1000,
    things: 100_000,
    requestsBefore: 100_000,
    requests: 1_000_000,
  },
  quick: {
    rounds: 2,
    roundMs: 300,
    fewMembers: 1000,
    members: 100_000,
    fewThings: 10,
    things: 1000,
    requestsBefore: 500,
    requests: 2000,
  },
};

/** Every load, what there is more of in it, and its request; slots of `width` digits name one of those things. */
const LOADS = {
  'members: submission': {
    counts: 'members',
    request: (width) => write('large', `member-${digits('', 7 - width)}<random:${width}>`),
  },
  'members: entry': {
    counts: 'members',
    request: (width) => read(`large/entries/member-${digits('', 7 - width)}<random:${width}>`),
  },
  'members: around': {
    counts: 'members',
    request: (width) => read(`large/entries/member-${digits('', 7 - width)}<random:${width}>/around`),
  },
  'members: top 10': { counts: 'members', request: () => read('large/entries') },
  boards: { counts: 'things', request: (width) => write(`board-<random:${width}>`, 'member-00000') },
  'API keys': {
    counts: 'things',
    request: (width) => write('bench', MEMBER, { authorization: `Bearer ${keyOf(`key-<random:${width}>`)}` }),
  },
  tenants: {
    counts: 'things',
    request: (width) =>
      write('bench', 'member-00000', { authorization: `Bearer ${keyOf(`tenant-<random:${width}>`)}` }),
  },
  addresses: {
    counts: 'things',
    // Of an IPv6 address the first half is limited, so these are networks.
    request: (width) => write('bench', MEMBER, { 'x-forwarded-for': `${networkSlots(width)}::1` }),
  },
};

const MEMBER = 'member-<random:4>';
const MEMBERS_OF_BENCH = 10_000;

function write(board, member, headers) {
  return {
    method: 'POST',
    path: `/v1/leaderboards/${board}/submissions`,
    headers: { ...credential, ...headers },
    body: `{"member":"${member}","score":1<random:6>}`,
  };
}

const read = (path) => ({ method: 'GET', path: `/v1/leaderboards/${path}`, headers: credential });

/** One of 10^width networks of 64 bits; up to eight digits. */
function networkSlots(width) {
  const [left, right] = [Math.max(0, width - 4), Math.min(4, width)];
  return `2001:db8:${left === 0 ? '0' : `<random:${left}>`}:<random:${right}>`;
}

/** @returns {Promise<{data: object, markdown: string, plot: string}>} */
export async function run(chosen) {
  const { fewMembers, members, fewThings, things } = chosen;
  const contenders = [
    contenderOf(FEW, { members: fewMembers, things: fewThings }),
    contenderOf(MANY, { members, things }),
  ];
  const loads = Object.fromEntries(Object.keys(LOADS).map((load) => [load, { connections: CONNECTIONS }]));
  const measured = await sideBySide({ contenders, loads, chosen, what: 'few and many' });
  const memory = await memoryOverTime(chosen);
  return report(chosen, measured, memory);
}

function contenderOf(name, counts) {
  const requests = Object.fromEntries(
    Object.entries(LOADS).map(([load, { counts: what, request }]) => [
      load,
      [request(widthOf(counts[what]))],
    ]),
  );
  return service({
    name,
    about: `the service with ${figure(counts.members)} members on a board, and ${figure(counts.things)} of all else`,
    settings: { ...roomyLimits, TRUSTED_PROXIES: '1' },
    requests,
    fill: async (place) => {
      const client = new Redis(place.redisUrl);
      try {
        // What a write adds to the file does not depend on how much there is, and would hide a part of what does.
        await client.config('SET', 'appendonly', 'no');
        await withServices(place, (services) => fill(services, client, counts));
      } finally {
        client.disconnect();
      }
    },
  });
}

async function fill(services, client, { members, things }) {
  const width = widthOf(things);
  const named = (what) => (index) => `${what}-${digits(index, width)}`;
  await fillLargeBoard(services, client, 'large', members);
  await fillBoard(services, 'bench', MEMBERS_OF_BENCH, 4);
  await makeBoards(services, things, named('board'));
  await makeKeys(services, things, named('key'));
  await makeKeys(services, things, named('tenant'), named('tenant'));
  await makeBoards(services, things, () => 'bench', named('tenant'));
}

/** How many digits name each of `count` things. @throws Error if that is no power of ten */
function widthOf(count) {
  const width = Math.round(Math.log10(count));
  if (10 ** width !== count || width < 1 || width > 7)
    throw new Error(`${count} is no power of ten from 10 to 10,000,000`);
  return width;
}

/** The memory of a fresh server after some requests and after many, from many addresses and keys to many boards. */
function memoryOverTime({ requestsBefore, requests, things }) {
  const width = widthOf(things);
  const contender = service({
    settings: { ...roomyLimits, TRUSTED_PROXIES: '1' },
    requests: [
      {
        ...write(`board-<random:${width}>`, 'member-<random:5>', {
          authorization: `Bearer ${keyOf(`key-<random:${width}>`)}`,
          'x-forwarded-for': `${networkSlots(width)}::1`,
          'idempotency-key': '<random:9>-<counter:9>',
        }),
      },
      LOADS.addresses.request(width),
      read('bench/entries'),
    ],
    fill: (place) =>
      withServices(place, async (services) => {
        await fillBoard(services, 'bench', MEMBERS_OF_BENCH, 4);
        await makeKeys(services, things, (index) => `key-${digits(index, width)}`);
      }),
  });
  return onStage(async (stage) => {
    const load = await stage.own(new LoadProcess());
    const running = await RunningContender.start(stage, contender);
    const plan = { connections: CONNECTIONS, rampMs: 50, warmUpMs: 0, durationMs: SLICE_MS, drainMs: 10_000 };
    const bar = progress('memory over time', requests);
    const points = [];
    let answered = 0;
    for (let slice = 0; answered < requests; slice++) {
      const one = await measure(running, load, { ...plan, requests: contender.requests, seed: SEED + slice });
      answered += one.answers;
      points.push({ answered, rssBytes: one.rssBytes, errors: one.errors });
      bar.to(Math.min(answered, requests));
    }
    bar.done();
    const after = (count) => points.find((point) => point.answered >= count);
    return { before: after(requestsBefore), after: after(requests), points };
  });
}

function report(chosen, measured, memory) {
  const { machine, text } = circumstances();
  const rows = Object.entries(LOADS).map(([load, { counts }]) => rowOf(load, counts, measured[load], chosen));
  const growth = memory.after.rssBytes / memory.before.rssBytes - 1;
  const limits = Object.entries(measured).flatMap(([load, rounds]) => bottlenecks(load, rounds));
  const micros = ({ few, many, times }) => [figure(few), figure(many), spreadText(times)];
  return {
    data: { settings: chosen, seed: SEED, machine, measured, rows, memory },
    markdown: document(
      '# Flatness',
      'Two servers, one with few of everything in its Redis and one with many, get the same requests, which go to all of ' +
        `those things at random; ${CONNECTIONS} connections, ${roundsText(chosen)}. Redis writes no file here. With many API keys or ` +
        'tenants each request finds a key that the server has not just seen, and a bucket of which it has leased nothing, ' +
        'so it makes more trips to Redis. Reads of the same top share calls of Redis in both. *Times* is many to few in the same round.',
      text,
      table(
        [
          ['', ({ load }) => load],
          ['few', ({ few }) => few.toLocaleString('en-US')],
          ['many', ({ many }) => many.toLocaleString('en-US')],
          ['server CPU µs, few', ({ server }) => micros(server)[0]],
          ['many', ({ server }) => micros(server)[1]],
          ['times', ({ server }) => micros(server)[2]],
          ['Redis CPU µs, few', ({ redis }) => micros(redis)[0]],
          ['many', ({ redis }) => micros(redis)[1]],
          ['times', ({ redis }) => micros(redis)[2]],
          ['both, times', ({ wholeTimes }) => spreadText(wholeTimes)],
          ['errors', ({ errors }) => countsText(errors)],
        ],
        rows,
      ),
      `The aim is at most ${TARGET.times} times for a request, the CPU of server and Redis together.`,
      '## Memory over time',
      `One server after its start: submissions with an Idempotency-Key by ${figure(chosen.things)} API keys from as many networks to as ` +
        'many boards, other submissions, and pages. ' +
        `After ${figure(memory.before.answered)} requests it had ${mebibytes(memory.before.rssBytes)} MiB, after ` +
        `${figure(memory.after.answered)} ${mebibytes(memory.after.rssBytes)} MiB: ${growth < 0 ? '−' : '+'}${figure(Math.abs(growth) * 100)} %. ` +
        `The aim is within ${TARGET.memoryShare * 100} %. Errors: ${countsText(added(memory.points.map(({ errors }) => errors)))}.`,
      '## What else was the limit',
      limitsText(limits),
    ),
    plot: barPlot([
      panel('Server CPU', rows, ({ server }) => server),
      panel('Redis CPU', rows, ({ redis }) => redis),
    ]),
  };
}

function rowOf(load, counts, measured, chosen) {
  const whole = Object.fromEntries(
    Object.entries(measured).map(([name, rounds]) => [
      name,
      rounds.map((round) => ({ ...round, wholeMicros: round.serverMicros + round.redisMicros })),
    ]),
  );
  const [few, many] = summarise(measured, FEW);
  const of = (what) => ({
    few: few[what],
    many: many[what],
    times: ratio(measured, MANY, FEW, what),
  });
  const isMembers = counts === 'members';
  return {
    load,
    few: isMembers ? chosen.fewMembers : chosen.fewThings,
    many: chosen[counts],
    server: of('serverMicros'),
    redis: of('redisMicros'),
    wholeTimes: ratio(whole, MANY, FEW, 'wholeMicros'),
    errors: added([few.errors, many.errors]),
  };
}

const panel = (title, rows, of) => ({
  title: `${title}, many to few`,
  unit: 'times',
  bars: rows.map((row) => {
    const { median, low, high } = of(row).times;
    return { label: row.load, value: median, low, high };
  }),
});
