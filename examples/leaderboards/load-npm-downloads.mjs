// Ranks 10,000 npm packages by their downloads a month, and shows the top 10 and one package's neighbourhood.
//   node examples/leaderboards/load-npm-downloads.mjs [--url <service>] [--board <name>] [--package <name>]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { connect, ExampleError, number, run, withProgress } from '../client.mjs';

const BATCH = 1000;

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
    board: { type: 'string', default: 'npm-downloads' },
    package: { type: 'string', default: 'express' },
  },
});
const board = `/v1/leaderboards/${encodeURIComponent(options.board)}`;

await run(async () => {
  const api = connect(options.url);
  const packages = readPackages();
  // The operator `set` makes it safe to run this again: the same scores change nothing, not even the ties.
  await api('PUT', board, { order: 'descending', operator: 'set', ties: 'arrival' });
  await load(api, packages);
  const top = await api('GET', `${board}/entries?limit=10`);
  console.log(`\nTop 10 of ${number(top.total)}`);
  console.log(tableOf(top.items));
  const around = await api('GET', `${board}/entries/${encodeURIComponent(options.package)}/around?limit=7`);
  console.log(`\nAround ${options.package}`);
  console.log(tableOf(around.items, options.package));
});

/** The file's rows in its order; a package's name has no comma. */
function readPackages() {
  const file = new URL('../data/npm-downloads.csv', import.meta.url);
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [member, downloads] = line.split(',');
    return { member, score: Number(downloads) };
  });
}

async function load(api, packages) {
  await withProgress(packages.length, async (show) => {
    for (let at = 0; at < packages.length; at += BATCH) {
      const submissions = packages.slice(at, at + BATCH);
      const { results } = await api('POST', `${board}/submissions/batch`, { submissions });
      const refused = results.findIndex(({ status }) => status !== 200);
      if (refused !== -1) {
        const { member } = submissions[refused];
        throw new ExampleError(`${member} was refused: ${results[refused].detail}`);
      }
      show(at + submissions.length);
    }
  });
  console.log(`${number(packages.length)} packages submitted to ${options.board}`);
}

function tableOf(entries, marked) {
  const table = new Table({
    head: ['rank', 'package', 'downloads a month'],
    colAligns: ['right', 'left', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { rank, member, score } of entries) {
    table.push([number(rank), member === marked ? `> ${member}` : member, number(score)]);
  }
  return table.toString();
}
