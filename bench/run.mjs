// Runs the benchmarks that are named, or all of them, and writes what they find to bench/results.
//   node bench/run.mjs [name…] [--quick] [--<setting>=<number>…]
// With --quick, or with a setting of one's own, the results go to .cache/bench: they are no measurement.
import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { prepare } from '../scripts/prepare.mjs';
import { requireLinux } from './support/machine.mjs';

const folder = import.meta.dirname;
const NO_BENCHMARKS = new Set(['run.mjs', 'publish.mjs']);
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && !NO_BENCHMARKS.has(file))
  .map((file) => basename(file, '.mjs'));
const args = process.argv.slice(2);
const named = args.filter((arg) => !arg.startsWith('--'));
const quick = args.includes('--quick');
const overrides = Object.fromEntries(
  args.flatMap((arg) => {
    const match = /^--(\w+)=(\d+)$/.exec(arg);
    return match ? [[match[1], Number(match[2])]] : [];
  }),
);

function refuse(message) {
  console.error(message);
  process.exit(2);
}

const unknown = named.filter((name) => !known.includes(name));
if (unknown.length > 0) refuse(`unknown: ${unknown.join(' ')}; the benchmarks are ${known.join(' ')}`);
const stray = args.filter((arg) => arg.startsWith('--') && arg !== '--quick' && !/^--\w+=\d+$/.test(arg));
if (stray.length > 0) refuse(`not understood: ${stray.join(' ')}`);

const benchmarks = [];
for (const name of named.length > 0 ? named : known) {
  benchmarks.push({ name, ...(await import(new URL(`${name}.mjs`, import.meta.url).href)) });
}
for (const setting of Object.keys(overrides)) {
  const users = benchmarks.filter(({ settings }) => setting in settings.full);
  if (users.length > 0) continue;
  const settings = [...new Set(benchmarks.flatMap((each) => Object.keys(each.settings.full)))];
  refuse(`no benchmark here has the setting ${setting}; they have ${settings.join(' ')}`);
}

const isMeasurement = !quick && Object.keys(overrides).length === 0;
const results = isMeasurement ? join(folder, 'results') : join(folder, '..', '.cache', 'bench');

async function write(file, content) {
  const path = join(results, file);
  await writeFile(path, content);
  console.error(`wrote ${path}`);
}

async function formatted(file, content) {
  const path = join(folder, 'results', file);
  return format(content, { ...(await resolveConfig(path)), filepath: path });
}

function chosenSettings({ full, quick: small }) {
  const chosen = { ...(quick ? small : full) };
  for (const [setting, value] of Object.entries(overrides)) if (setting in chosen) chosen[setting] = value;
  return chosen;
}

try {
  requireLinux();
  await prepare();
  await mkdir(results, { recursive: true });
  for (const { name, run, settings } of benchmarks) {
    console.error(`== ${name}${isMeasurement ? '' : ' (not the settings of the measurement: this is none)'}`);
    const { data, markdown, plot } = await run(chosenSettings(settings));
    await write(`${name}.json`, await formatted(`${name}.json`, JSON.stringify(data)));
    await write(`${name}.md`, await formatted(`${name}.md`, markdown));
    if (plot !== undefined) await write(`${name}.svg`, plot);
    console.log(markdown);
    if (!isMeasurement) console.log('\nNot the settings of the measurement: these figures are none.');
  }
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
