// Ranks 10,000 npm packages by their downloads a month, and shows the top 10 and one package's neighbourhood.
//   node examples/leaderboards/load-npm-downloads.mjs [--url <service>] [--board <name>] [--package <name>]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SingleBar, Presets } from 'cli-progress';
import Table from 'cli-table3';

const BATCH = 1000;
const KEY_FILE = 'data/admin.key';

/** What a person can do something about; anything else shows its stack. */
class ExampleError extends Error {}

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
    board: { type: 'string', default: 'npm-downloads' },
    package: { type: 'string', default: 'express' },
  },
});
const board = `/v1/leaderboards/${encodeURIComponent(options.board)}`;

try {
  const key = apiKey();
  const packages = readPackages();
  const api = (method, path, body) => request(key, method, path, body);
  // The operator `set` makes it safe to run this again: the same scores change nothing, not even the ties.
  await api('PUT', board, { order: 'descending', operator: 'set', ties: 'arrival' });
  await load(api, packages);
  const top = await api('GET', `${board}/entries?limit=10`);
  console.log(`\nTop 10 of ${number(top.total)}`);
  console.log(tableOf(top.items));
  const around = await api('GET', `${board}/entries/${encodeURIComponent(options.package)}/around?limit=7`);
  console.log(`\nAround ${options.package}`);
  console.log(tableOf(around.items, options.package));
} catch (error) {
  if (!(error instanceof ExampleError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function apiKey() {
  if (process.env.FULCRUM_API_KEY) return process.env.FULCRUM_API_KEY;
  try {
    return readFileSync(KEY_FILE, 'utf8').trim();
  } catch {
    throw new ExampleError(
      `There is no API key: set FULCRUM_API_KEY, or run this in the folder where the service keeps ${KEY_FILE}.`,
    );
  }
}

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
  const bar = process.stderr.isTTY ? new SingleBar({ hideCursor: true }, Presets.shades_classic) : undefined;
  bar?.start(packages.length, 0);
  try {
    for (let at = 0; at < packages.length; at += BATCH) {
      const submissions = packages.slice(at, at + BATCH);
      const { results } = await api('POST', `${board}/submissions/batch`, { submissions });
      const refused = results.findIndex(({ status }) => status !== 200);
      if (refused !== -1) {
        const { member } = submissions[refused];
        throw new ExampleError(`${member} was refused: ${results[refused].detail}`);
      }
      bar?.update(at + submissions.length);
    }
  } finally {
    bar?.stop();
  }
  console.log(`${number(packages.length)} packages submitted to ${options.board}`);
}

/** The answer's body; a problem document becomes an error that says what to do. */
async function request(key, method, path, body) {
  let response;
  try {
    response = await fetch(new URL(path, options.url), {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
  } catch {
    throw new ExampleError(
      `No service answers at ${options.url}. Start it with npm start, or name another with --url.`,
    );
  }
  const answer = response.headers.get('content-type')?.includes('json') ? await response.json() : undefined;
  if (response.ok && answer !== undefined) return answer;
  if (response.status === 401)
    throw new ExampleError(`The service at ${options.url} does not know the API key.`);
  throw new ExampleError(
    `${method} ${path} answered ${response.status}: ${answer?.detail ?? 'no problem document'}`,
  );
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

function number(value) {
  return value.toLocaleString('en-US');
}
