// Looks for secrets in every file that git tracks or would track.
//   node scripts/checks/secrets.mjs [file…]      the files are below the working folder
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runSecretLint } from 'secretlint';

const config = JSON.parse(readFileSync(new URL('../../.secretlintrc.json', import.meta.url), 'utf8'));
// Named by its whole path: secretlint takes a relative one for a package.
config.rules.push({ id: fileURLToPath(new URL('own-secrets.mjs', import.meta.url)) });

const listed = (...how) =>
  execFileSync('git', ['ls-files', '-z', ...how], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .split('\0')
    .filter((name) => name !== '');

function trackedFiles() {
  try {
    const deleted = new Set(listed('--deleted'));
    return listed('--cached', '--others', '--exclude-standard').filter((name) => !deleted.has(name));
  } catch {
    return undefined; // an unpacked archive has no git
  }
}

const files = process.argv.length > 2 ? process.argv.slice(2) : trackedFiles();
const { exitStatus, stdout, stderr } = await runSecretLint({
  cliOptions:
    files === undefined
      ? { filePathOrGlobList: ['**/*'], ignoreFilePath: '.gitignore' }
      : { filePathOrGlobList: files, noGlob: true },
  engineOptions: {
    configFileJSON: config,
    formatter: 'stylish',
    color: process.stdout.isTTY === true,
    maskSecrets: true,
  },
});
if (stdout) console.log(stdout);
if (stderr) console.error(stderr);
if (exitStatus === 0) console.log(`no secret in ${files?.length ?? 'the'} files`);
process.exitCode = exitStatus;
