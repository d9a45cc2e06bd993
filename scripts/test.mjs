import { prepare } from './prepare.mjs';
import { runChild } from './run-child.mjs';
import { stopWithNpm } from './stop-with-npm.mjs';

stopWithNpm();
try {
  await prepare();
  const vitest = 'node_modules/vitest/vitest.mjs';
  process.exitCode = await runChild([vitest, 'run', ...process.argv.slice(2)]);
} catch (error) {
  console.error(`fulcrum: ${error.message}`);
  process.exitCode = 1;
}
