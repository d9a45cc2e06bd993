import { readFile } from 'node:fs/promises';

const COMMANDS: readonly (readonly [family: RegExp, command: string])[] = [
  [/\b(debian|ubuntu)\b/, 'sudo apt-get install redis-server'],
  [/\b(fedora|rhel|centos)\b/, 'sudo dnf install valkey'],
  [/\balpine\b/, 'sudo apk add redis'],
  [/\barch\b/, 'sudo pacman -S valkey'],
];

/** Returns one sentence with the command that installs a Redis server on this system. */
export async function installHint(): Promise<string> {
  return `${await installCommand()}, or set REDIS_URL to a Redis that is already running`;
}

async function installCommand(): Promise<string> {
  if (process.platform === 'darwin') return 'Install one with: brew install redis';
  if (process.platform === 'win32') return 'Redis does not run on Windows itself: use WSL';
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const names = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].map((m) => m[1]).join(' ');
  const known = COMMANDS.find(([family]) => family.test(names));
  return known === undefined
    ? 'Install redis-server or valkey-server 7.0 or newer with the package manager of this system'
    : `Install one with: ${known[1]}`;
}
