// Puts the results of the benchmarks into docs/performance.md, each between its two marker lines.
//   node bench/publish.mjs [--check]
// Running it again changes nothing. With --check it writes nothing, and fails if the document is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const results = join(folder, 'results');
const file = join(folder, '..', 'docs', 'performance.md');
const BLOCK = /^<!-- bench: ([a-z-]+) -->\n[\s\S]*?^<!-- end of \1 -->$/gm;

/**
 * `text` with what stands between the markers replaced by what `contentOf` gives for the benchmark.
 * @param {(name: string) => string} contentOf
 */
export function withResults(text, contentOf) {
  return text.replace(
    BLOCK,
    (_block, name) => `<!-- bench: ${name} -->\n\n${contentOf(name).trim()}\n\n<!-- end of ${name} -->`,
  );
}

/** A result below the heading of its section: without its own title, and its headings one level down. */
export function asSection(markdown) {
  return markdown
    .replace(/^# .*\n+/, '')
    .replace(/^(#+) /gm, '$1# ')
    .trim();
}

function resultOf(name) {
  const markdown = join(results, `${name}.md`);
  if (!existsSync(markdown))
    return `_Not measured yet._ Run \`npm run bench -- ${name}\`, then \`node bench/publish.mjs\`.`;
  const plot = existsSync(join(results, `${name}.svg`)) ? `\n\n![${name}](../bench/results/${name}.svg)` : '';
  return `${asSection(readFileSync(markdown, 'utf8'))}${plot}`;
}

if (process.argv[1] === import.meta.filename) {
  const before = readFileSync(file, 'utf8');
  const after = withResults(before, resultOf);
  if (process.argv.includes('--check')) {
    if (after !== before) {
      console.error('docs/performance.md is stale: run node bench/publish.mjs');
      process.exitCode = 1;
    }
  } else if (after !== before) writeFileSync(file, after);
}
