// Refuses a lock file with a package that no strong hash pins, or that comes from elsewhere than npm's registry.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { lockedPackages } from './locked-packages.mjs';

const LINT = fileURLToPath(new URL('../../node_modules/lockfile-lint/bin/lockfile-lint.js', import.meta.url));
const RULES = ['--validate-https', '--validate-package-names', '--allowed-hosts', 'npm'];

// lockfile-lint passes over packages without a `resolved` URL. Those are all of ours, since .npmrc leaves the URLs out
// so that no mirror is written down; hence the hashes are looked at here.
const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/;

const packages = lockedPackages();
const unpinned = packages.filter(({ integrity, link }) => link === true || !SHA512.test(integrity ?? ''));
for (const { path, version } of unpinned) console.error(`${path}@${version} has no sha512 hash`);

const lint = [LINT, '--path', 'package-lock.json', '--type', 'npm', ...RULES, '--format', 'plain'];
const { status } = spawnSync(process.execPath, lint, { stdio: ['ignore', 'ignore', 'inherit'] });

const passed = status === 0 && unpinned.length === 0;
if (passed) console.log(`${packages.length} packages, each pinned by its hash`);
process.exitCode = passed ? 0 : 1;
