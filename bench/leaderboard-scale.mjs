// How the time of leaderboard operations grows from 10,000 to 1,000,000 members, and what a member costs.
import { availableParallelism } from 'node:os';
import { built } from '../scripts/built-module.mjs';
import { withService } from '../scripts/built-service.mjs';
import { progress } from './support/progress.mjs';
import { RedisProbe } from './support/redis-probe.mjs';
import { median, randomFrom } from './support/statistics.mjs';

const TIES = ['arrival', 'member'];
const OPERATIONS = ['submission', 'entry', 'around', 'page, top', 'page, deep'];
const WARM_UP_ROUNDS = 3;
const BATCH = 1000;
const SEED = 42;
const MOST_SCORE = 1_000_000_000;

export const settings = {
  full: { smallSize: 10_000, largeSize: 1_000_000, scaleRounds: 25, callsABlock: 200 },
  quick: { smallSize: 10_000, largeSize: 20_000, scaleRounds: 3, callsABlock: 20 },
};

/** @returns {Promise<{data: object, markdown: string}>} */
export async function run(chosen) {
  return withService(async ({ nest, redis }) => {
    const { Redis } = await import('ioredis');
    const client = new Redis(redis.url);
    try {
      return await measure(await servicesOf(nest), new RedisProbe(client, redis.pid), chosen);
    } finally {
      client.disconnect();
    }
  });
}

async function servicesOf(nest) {
  const { Caller } = await built('access/caller.js');
  const { BoardsService } = await built('features/leaderboards/leaderboards.boards.service.js');
  const { RankingsService } = await built('features/leaderboards/leaderboards.rankings.service.js');
  const { SubmissionsService } = await built('features/leaderboards/leaderboards.submissions.service.js');
  return {
    caller: Caller.inProcess(),
    boards: nest.get(BoardsService),
    rankings: nest.get(RankingsService),
    submissions: nest.get(SubmissionsService),
  };
}

async function measure(services, probe, { smallSize, largeSize, scaleRounds: rounds, callsABlock }) {
  const sizes = [smallSize, largeSize];
  const random = randomFrom(SEED);
  const boards = [];
  for (const ties of TIES) {
    for (const size of sizes) boards.push(await fill(services, probe, random, size, ties));
  }
  const cells = boards.flatMap((board) => OPERATIONS.map((operation) => ({ board, operation, blocks: [] })));
  const bar = progress('measuring', rounds + WARM_UP_ROUNDS);
  for (let round = 0; round < rounds + WARM_UP_ROUNDS; round++) {
    // Sizes take turns within every round, so that what else the machine does falls on all alike.
    for (const operation of OPERATIONS) {
      for (const cell of cells.filter((each) => each.operation === operation)) {
        const block = await oneBlock(services, probe, random, cell, callsABlock);
        if (round >= WARM_UP_ROUNDS) cell.blocks.push(block);
      }
    }
    bar.to(round + 1);
  }
  bar.done();
  return report({ boards, cells, sizes, rounds, callsABlock, redisVersion: await probe.version() });
}

/** Makes a board of `size` members with random scores, some of them equal. */
async function fill({ caller, boards, rankings, submissions }, probe, random, size, ties) {
  const board = `scale-${ties}-${size}`;
  await boards.configure(caller, { board, ties });
  const before = await probe.usedMemory();
  const bar = progress(`filling ${board}`, size);
  for (let at = 0; at < size; at += BATCH) {
    const rows = Array.from({ length: BATCH }, (_row, offset) => ({
      member: memberAt(at + offset),
      score: scoreFrom(random),
    }));
    const { results } = await submissions.submitBatch(caller, { board, submissions: rows });
    if (results.some(({ status }) => status !== 200)) throw new Error(`a submission to ${board} failed`);
    bar.to(at + BATCH);
  }
  bar.done();
  const bytes = (await probe.usedMemory()) - before;
  return {
    board,
    size,
    ties,
    bytesPerMember: bytes / size,
    cursors: await deepCursors(rankings, caller, board),
  };
}

const memberAt = (index) => `member-${String(index).padStart(7, '0')}`;
const scoreFrom = (random) => Math.floor(random() * MOST_SCORE);

/** Cursors of places all over the lower half of the board. */
async function deepCursors(rankings, caller, board) {
  const cursors = [];
  let cursor;
  do {
    const { next } = await rankings.page(caller, { board, limit: BATCH, cursor });
    cursor = next ?? undefined;
    if (cursor !== undefined) cursors.push(cursor);
  } while (cursor !== undefined);
  return cursors.slice(Math.floor(cursors.length / 2));
}

/** Calls one operation many times, one after the other: medians of a call, as the service and as Redis sees it. */
async function oneBlock(services, probe, random, { board, operation }, count) {
  const calls = Array.from({ length: count }, () => callOf(services, random, board, operation));
  const scriptsBefore = await probe.scripts();
  const cpuBefore = probe.cpuMicros();
  const times = [];
  for (const call of calls) {
    const started = performance.now();
    await call();
    times.push((performance.now() - started) * 1000);
  }
  const cpuAfter = probe.cpuMicros();
  const scripts = await probe.scripts();
  return {
    service: median(times),
    script: (scripts.micros - scriptsBefore.micros) / (scripts.calls - scriptsBefore.calls),
    cpu: cpuAfter === undefined ? undefined : (cpuAfter - cpuBefore) / count,
  };
}

function callOf({ caller, rankings, submissions }, random, { board, size, cursors }, operation) {
  const member = memberAt(Math.floor(random() * size));
  switch (operation) {
    case 'submission': {
      const score = scoreFrom(random);
      return () => submissions.submit(caller, { board, member, score });
    }
    case 'entry':
      return () => rankings.entry(caller, { board, member });
    case 'around':
      return () => rankings.around(caller, { board, member });
    case 'page, top':
      return () => rankings.page(caller, { board });
    default: {
      const cursor = cursors[Math.floor(random() * cursors.length)];
      return () => rankings.page(caller, { board, cursor });
    }
  }
}

function report({ boards, cells, sizes, rounds, callsABlock, redisVersion }) {
  const rows = TIES.flatMap((ties) =>
    OPERATIONS.map((operation) => {
      const [small, large] = sizes.map(
        (size) =>
          cells.find(
            (cell) => cell.operation === operation && cell.board.ties === ties && cell.board.size === size,
          ).blocks,
      );
      return {
        ties,
        operation,
        ...compared('service', small, large),
        ...compared('script', small, large),
        ...compared('cpu', small, large),
      };
    }),
  );
  const memory = boards.map(({ ties, size, bytesPerMember }) => ({
    ties,
    size,
    bytesPerMember: round(bytesPerMember),
  }));
  const data = {
    sizes,
    rounds,
    callsABlock,
    seed: SEED,
    node: process.version,
    redis: redisVersion,
    cores: availableParallelism(),
    rows,
    memory,
  };
  return { data, markdown: markdownOf(data) };
}

/** Medians over all rounds in µs, and the median of the rounds' ratios. */
function compared(measure, small, large) {
  if (small[0][measure] === undefined) return {};
  return {
    [measure]: {
      small: round(median(small.map((block) => block[measure]))),
      large: round(median(large.map((block) => block[measure]))),
      ratio: round(median(large.map((block, at) => block[measure] / small[at][measure]))),
    },
  };
}

const inGroups = (value) => value.toLocaleString('en-US');
const short = (size) => (size >= 1_000_000 ? `${size / 1_000_000}M` : `${size / 1000}k`);

const round = (value) => Math.round(value * 100) / 100;

function markdownOf({ sizes, rows, memory, rounds, callsABlock, seed, node, redis, cores }) {
  const show = (found) =>
    found === undefined ? '– | – | –' : `${found.small} | ${found.large} | ${found.ratio}`;
  return [
    `# Leaderboards: from ${inGroups(sizes[0])} to ${inGroups(sizes[1])} members`,
    'Median µs of one call, one call at a time, on a standalone embedded Redis. *Service* is a call of the service in ' +
      'process with the round trip to Redis, *script* the time that the script takes in Redis (`INFO commandstats`), ' +
      '*CPU* the time of Redis’ main thread. Ratios are medians of the ratios of single rounds, in which both sizes ' +
      'take turns.',
    `${rounds} rounds of ${callsABlock} calls, seed ${seed}, Node ${node}, Redis ${redis}, ${cores} cores.`,
    [
      `| ties | operation | ${['service', 'script', 'CPU'].map((what) => `${what} ${sizes.map(short).join(` | ${what} `)} | ratio`).join(' | ')} |`,
      '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
      ...rows.map(
        ({ ties, operation, service, script, cpu }) =>
          `| ${ties} | ${operation} | ${show(service)} | ${show(script)} | ${show(cpu)} |`,
      ),
    ].join('\n'),
    [
      '| ties | members | bytes a member |',
      '| --- | ---: | ---: |',
      ...memory.map(({ ties, size, bytesPerMember }) => `| ${ties} | ${size} | ${bytesPerMember} |`),
    ].join('\n'),
  ].join('\n\n');
}
