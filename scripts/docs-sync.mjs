// Writes the documents that say what the code says, from the built code.
//   node scripts/docs-sync.mjs [--check] [--built] [--into <folder>]
//     --check  write nothing; exit code 1, and their names, if any of them is stale
//     --built  take dist as it is
//     --into   another folder than the project's
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from './prepare.mjs';

const { values: options } = parseArgs({
  options: { check: { type: 'boolean' }, built: { type: 'boolean' }, into: { type: 'string' } },
});

try {
  const into = options.into === undefined ? undefined : resolve(options.into);
  if (!options.built) await prepare();
  // They import prettier and dist, which a fresh clone does not have before it is prepared.
  const { generatedFiles } = await import('./docs/generated-files.mjs');
  const { staleFiles, writeFiles } = await import('./docs/folder.mjs');
  const files = await generatedFiles();
  const root = into ?? resolve(import.meta.dirname, '..');
  const stale = await (options.check ? staleFiles : writeFiles)(root, files);
  if (options.check && stale.length > 0) {
    console.error(`stale: ${stale.join(', ')}; run npm run docs:sync`);
    process.exitCode = 1;
  } else {
    console.log(stale.length === 0 ? `${files.size} files are up to date` : `written: ${stale.join(', ')}`);
  }
} catch (error) {
  console.error(`docs-sync: ${error.message}`);
  process.exitCode = 1;
}
