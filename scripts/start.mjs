import { existsSync } from 'node:fs';
import { NODE_FLAGS } from './node-flags.mjs';
import { prepare } from './prepare.mjs';
import { runChild } from './run-child.mjs';
import { stopWithNpm } from './stop-with-npm.mjs';

stopWithNpm();
try {
  await prepare();
  // What the environment sets already takes precedence over the file.
  const settings = existsSync('.env') ? ['--env-file=.env'] : [];
  process.exitCode = await runChild([...NODE_FLAGS, ...settings, 'dist/main.js', ...process.argv.slice(2)]);
} catch (error) {
  console.error(`fulcrum: ${error.message}`);
  process.exitCode = 1;
}
