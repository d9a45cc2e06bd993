import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';

const OLDEST_NODE = [20, 19];
const INSTALLED_FROM = 'node_modules/.fulcrum-lock-hash';
const BUILT_FROM = 'dist/.fulcrum-source-hash';

/**
 * Makes a fresh clone ready to run: the dependencies of package-lock.json are installed and dist is
 * built from the present sources when it returns. Does only what is missing; needs Node alone.
 */
export async function prepare() {
  checkNode();
  process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
  if (isInstalled() && isBuilt()) return;
  await withLock('.cache/prepare.lock', async () => {
    if (!isInstalled()) await install();
    if (!isBuilt()) await build();
  });
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  const oldest = OLDEST_NODE.join('.');
  throw new Error(`Fulcrum needs Node ${oldest} or newer; this is ${process.versions.node}`);
}

function isInstalled() {
  return read(INSTALLED_FROM) === hashOf(['package-lock.json']) || isInstalledByHand();
}

/** After a plain `npm ci` npm's own record in node_modules names every package of the lock file. */
function isInstalledByHand() {
  if (!existsSync('node_modules/.package-lock.json')) return false;
  const installed = JSON.parse(read('node_modules/.package-lock.json')).packages;
  const wanted = JSON.parse(read('package-lock.json')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    // Optional packages for other platforms are absent.
    const absent = path === '' || (entry.optional === true && installed[path] === undefined);
    return absent || installed[path]?.integrity === entry.integrity;
  });
}

async function install() {
  // The build needs the development dependencies, whatever NODE_ENV says.
  const args = ['ci', '--no-audit', '--no-fund', '--include=dev'];
  const hash = hashOf(['package-lock.json']);
  // The npm that runs this script, when there is one: it need not be on PATH.
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('npm-cli.js')) await step('installing dependencies', process.execPath, [npm, ...args]);
  else await step('installing dependencies', 'npm', args);
  writeFileSync(INSTALLED_FROM, hash);
}

function isBuilt() {
  return existsSync('dist/main.js') && read(BUILT_FROM) === hashOfSources();
}

async function build() {
  const hash = hashOfSources();
  await step('building', process.execPath, ['node_modules/@nestjs/cli/bin/nest.js', 'build']);
  if (!existsSync('dist/main.js')) throw new Error('the build wrote no dist/main.js');
  writeFileSync(BUILT_FROM, hash);
}

function hashOfSources() {
  const sources = readdirSync('src', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  return hashOf([...sources.sort(), 'tsconfig.json', 'nest-cli.json', 'package-lock.json']);
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`${file} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** Runs a tool with one line on the screen, and shows what it wrote only when it fails. */
async function step(name, command, args) {
  const started = performance.now();
  process.stdout.write(`fulcrum: ${name} ...`);
  const output = [];
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // On Windows npm is a script of the shell; the arguments are fixed words.
    shell: command === 'npm' && process.platform === 'win32',
  });
  const interrupt = (signal) => child.kill(signal);
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const failure = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  if (failure === undefined) {
    console.log(` ${((performance.now() - started) / 1000).toFixed(1)} s`);
    return;
  }
  console.log(' failed');
  process.stderr.write(Buffer.concat(output));
  throw new Error(`${name} failed (${failure})`);
}
