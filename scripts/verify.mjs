// Runs the checks in order and stops at the first that fails.
//   node scripts/verify.mjs [--keep-going] [step…]      without steps: all of them
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { NOT_ANSWERED } from './checks/not-answered.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), 'fulcrum-verify-'));
const report = join(scratch, 'tests.json');
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const check = (noun) => ['node', `scripts/checks/${noun}.mjs`];

const steps = {
  format: ['prettier', '--check', '.'],
  lint: ['eslint', '.', '--max-warnings', '0'],
  types: ['tsc', '-p', 'tsconfig.check.json'],
  architecture: ['depcruise', 'src'],
  secrets: check('secrets'),
  lock: check('lock-file'),
  installs: check('install-scripts'),
  licences: check('licences'),
  build: ['nest', 'build'],
  tests: [
    'vitest',
    'run',
    '--coverage',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ],
  sbom: check('sbom'),
  // Last: an advisory appears without a commit, and hides nothing of what the others say.
  audit: check('audit'),
};

const args = process.argv.slice(2);
const keepGoing = args.includes('--keep-going');
const named = args.filter((arg) => arg !== '--keep-going');
const unknown = named.filter((name) => !Object.hasOwn(steps, name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(' ')}; the steps are ${Object.keys(steps).join(' ')}`);
  process.exit(2);
}

let running;
let interrupted;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    interrupted = signal;
    running?.kill(signal);
  });
}

/** Runs a step and gives its exit code. */
function run([command, ...rest]) {
  const program = command === 'node' ? process.execPath : join(root, 'node_modules', '.bin', command);
  return new Promise((resolve) => {
    running = spawn(program, rest, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    running.on('error', (error) => {
      console.error(error.code === 'ENOENT' ? `${command} is not installed: run npm ci` : error.message);
      resolve(1);
    });
    running.on('exit', (code) => resolve(code ?? 1));
  });
}

/** What an exit code means for the step: the registry that the audit asks may fail to answer, nothing else may. */
function outcomeOf(name, code) {
  if (name === 'audit' && code === NOT_ANSWERED) return 'not answered';
  return code === 0 ? 'passed' : 'FAILED';
}

/** Counts from vitest's own report. A file that could not be loaded has no tests and counts as one that failed. */
function testCounts() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    const notLoaded = testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    );
    return {
      passed: numPassedTests,
      failed: numFailedTests + notLoaded.length,
      skipped: numPendingTests + numTodoTests,
    };
  } catch {
    return undefined;
  }
}

const rows = [];
for (const name of named.length > 0 ? named : Object.keys(steps)) {
  if (interrupted || (!keepGoing && rows.some(({ passed }) => !passed))) {
    rows.push({ name, passed: true, outcome: 'not run', seconds: '' });
    continue;
  }
  console.log(`\n== ${name}: ${steps[name].join(' ').replace(` --outputFile.json=${report}`, '')}`);
  const started = performance.now();
  const outcome = outcomeOf(name, await run(steps[name]));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  rows.push({ name, passed: outcome !== 'FAILED', outcome, seconds });
}

console.log('\nstep          outcome       seconds');
for (const { name, outcome, seconds } of rows) {
  console.log(`${name.padEnd(14)}${outcome.padEnd(14)}${seconds.padStart(7)}`);
}

const failedSteps = rows.filter(({ passed }) => !passed);
if (rows.some(({ name }) => name === 'tests')) {
  // The last line: tests as vitest counts them, and any other step that failed as one more failure.
  const counts = testCounts();
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  const others = failedSteps.filter(({ name }) => name !== 'tests' || failed === 0).length;
  console.log(`\n${passed} passed, ${failed + others} failed, ${skipped} skipped`);
}
process.exitCode = interrupted ? 128 + constants.signals[interrupted] : failedSteps.length > 0 ? 1 : 0;
