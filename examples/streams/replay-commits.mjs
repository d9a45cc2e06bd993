// Replays 4,422 commits of a public project into a stream; a consumer group adds up the insertions of each kind of commit on
// a leaderboard, by effects of its commits; the board is then compared with the file. It may be ended and begun again at
// any moment, and be run several times at once.
//   node examples/streams/replay-commits.mjs [--url <service>] [--stream <name>] [--board <name>]
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { connect, ExampleError, number, run, withProgress } from '../client.mjs';

const BATCH = 250;
const RECEIVED_AT_ONCE = 100;
const WAIT_MS = 2000;
/** How long the entries of a run that was ended wait for another one. */
const VISIBILITY_TIMEOUT_MS = 2000;

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
    stream: { type: 'string', default: 'commits' },
    board: { type: 'string', default: 'insertions-by-kind' },
  },
});
const stream = `/v1/streams/${encodeURIComponent(options.stream)}`;
const group = `${stream}/groups/insertions`;
const board = `/v1/leaderboards/${encodeURIComponent(options.board)}`;

await run(async () => {
  const api = connect(options.url);
  const commits = readCommits();
  await api('PUT', stream, {});
  await api('PUT', group, { visibilityTimeoutMs: VISIBILITY_TIMEOUT_MS, maxDeliveries: 100 });
  await append(api, commits);
  await consume(api, commits.length);
  compare(sumsOf(commits), (await api('GET', `${board}/entries?limit=100`)).items);
});

function readCommits() {
  const file = new URL('../data/commits.jsonl', import.meta.url);
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Each batch has an Idempotency-Key: a run that begins again appends nothing twice. */
async function append(api, commits) {
  await withProgress(commits.length, async (show) => {
    for (let at = 0; at < commits.length; at += BATCH) {
      const entries = commits.slice(at, at + BATCH).map((commit) => ({ key: commit.id, data: commit }));
      const headers = { 'idempotency-key': `replay-commits:${options.stream}:${at}` };
      await api('POST', `${stream}/entries/batch`, { entries }, headers);
      show(at + entries.length);
    }
  });
  console.log(`${number(commits.length)} commits in the stream ${options.stream}`);
}

async function consume(api, count) {
  const consumer = `example-${process.pid}`;
  await withProgress(count, async (show) => {
    for (;;) {
      const { lag, pending } = await api('GET', group);
      show(count - lag - pending);
      if (lag === 0 && pending === 0) return;
      const { entries } = await api('POST', `${group}/receive`, {
        consumer,
        limit: RECEIVED_AT_ONCE,
        waitMs: WAIT_MS,
      });
      // Another run may have the last ones.
      if (entries.length === 0) await pause(50);
      else await api('POST', `${group}/commit`, { consumer, items: entries.map(itemOf) });
    }
  });
}

/** An entry is acknowledged, and its insertions are added, both or neither. */
function itemOf({ id, deliveries, data }) {
  const effect = {
    kind: 'leaderboards.submit',
    board: options.board,
    member: data.kind,
    score: data.insertions,
    operator: 'increment',
  };
  return { id, deliveries, effects: [effect] };
}

function sumsOf(commits) {
  const sums = new Map();
  for (const { kind, insertions } of commits) sums.set(kind, (sums.get(kind) ?? 0) + insertions);
  return sums;
}

function compare(sums, entries) {
  const table = new Table({
    head: ['rank', 'kind', 'insertions', 'in the file'],
    colAligns: ['right', 'left', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { rank, member, score } of entries.slice(0, 10)) {
    table.push([number(rank), member, number(score), number(sums.get(member) ?? 0)]);
  }
  console.log(`\nInsertions by kind, 10 of ${entries.length}`);
  console.log(table.toString());
  const isSame =
    entries.length === sums.size && entries.every(({ member, score }) => sums.get(member) === score);
  if (!isSame) throw new ExampleError('The board differs from the file.');
  console.log('The board has the sums of the file.');
}
