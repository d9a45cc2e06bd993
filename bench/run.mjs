// Runs the benchmarks that are named, or all of them, and writes what they find to bench/results.
//   node bench/run.mjs [name…]
import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { prepare } from '../scripts/prepare.mjs';

const folder = import.meta.dirname;
const results = join(folder, 'results');
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => basename(file, '.mjs'));
const named = process.argv.slice(2);
const unknown = named.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(' ')}; the benchmarks are ${known.join(' ')}`);
  process.exit(2);
}

async function write(file, content) {
  const path = join(results, file);
  await writeFile(path, await format(content, { ...(await resolveConfig(path)), filepath: path }));
}

try {
  await prepare();
  await mkdir(results, { recursive: true });
  for (const name of named.length > 0 ? named : known) {
    console.error(`== ${name}`);
    const { run } = await import(new URL(`${name}.mjs`, import.meta.url).href);
    const { data, markdown } = await run();
    await write(`${name}.json`, JSON.stringify(data));
    await write(`${name}.md`, markdown);
    console.log(markdown);
  }
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
