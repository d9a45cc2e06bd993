import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);
const COMMAND_TIMEOUT_MS = 180_000;
// Root's downloads drop to the user _apt, which cannot enter a private cache folder. The packages
// are still checked against the signed lists.
const COMMON = ['-q', '-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=1'];

/** Downloads and extracts Debian packages into one folder, without root and without installing. */
export class AptPackages {
  #listOptions: readonly string[] = [];

  constructor(private readonly folder: string) {}

  /** Reads package lists of its own from now on: the system's may be empty or old. */
  async useOwnLists(): Promise<void> {
    const lists = join(this.folder, 'lists');
    const cache = join(this.folder, 'cache');
    await mkdir(join(lists, 'partial'), { recursive: true });
    await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
    this.#listOptions = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`];
    // One unreachable source among several fails the update; the download tells if it mattered.
    await this.#apt(['update', '-o', 'Acquire::Languages=none']).catch(() => undefined);
  }

  /** Extracts the named packages, and the libraries they need that this system lacks, into `root`. */
  async extract(packages: readonly string[], root: string): Promise<void> {
    const debs = join(root, 'debs');
    await mkdir(debs, { recursive: true });
    await this.#download(packages, debs);
    const asked = new Set(packages);
    let missing = await missingLibraries(debs, asked);
    while (missing.length > 0) {
      for (const name of missing) asked.add(name);
      await this.#downloadKnown(missing, debs);
      missing = await missingLibraries(debs, asked);
    }
    for (const deb of await readdir(debs)) await run('dpkg', ['-x', join(debs, deb), root]);
  }

  /** A name may be virtual or gone, and one unknown name fails the whole command. */
  async #downloadKnown(packages: readonly string[], folder: string): Promise<void> {
    try {
      await this.#download(packages, folder);
    } catch {
      for (const name of packages) await this.#download([name], folder).catch(() => undefined);
    }
  }

  async #download(packages: readonly string[], folder: string): Promise<void> {
    await this.#apt(['download', ...packages], folder);
  }

  async #apt(words: readonly string[], folder = this.folder): Promise<void> {
    await run('apt-get', [...COMMON, ...this.#listOptions, ...words], folder);
  }
}

async function missingLibraries(debs: string, asked: ReadonlySet<string>): Promise<string[]> {
  const groups: string[][] = [];
  for (const deb of await readdir(debs)) {
    const depends = await run('dpkg-deb', ['-f', join(debs, deb), 'Depends']);
    for (const group of depends.split(',')) {
      const names = group.split('|').map((name) => name.trim().split(/[\s:(]/)[0] ?? '');
      if (names.some((name) => /^(lib|lua)/.test(name))) groups.push(names);
    }
  }
  const installed = await installedPackages(groups.flat());
  const missing = new Set<string>();
  for (const names of groups) {
    const [first] = names;
    if (first === undefined || names.some((name) => installed.has(name) || asked.has(name))) continue;
    missing.add(first);
  }
  return [...missing];
}

async function installedPackages(names: readonly string[]): Promise<Set<string>> {
  if (names.length === 0) return new Set();
  const format = '${Package} ${db:Status-Status}\n';
  const query = execFileAsync('dpkg-query', ['-W', '-f', format, ...new Set(names)]);
  // It exits with 1 when one name is unknown, and still lists the others.
  const listed = await query.then(({ stdout }) => stdout, outputOf);
  const lines = listed.split('\n').filter((line) => line.endsWith(' installed'));
  return new Set(lines.map((line) => line.split(' ')[0] ?? ''));
}

function outputOf(error: unknown): string {
  const failed = error instanceof Error && 'stdout' in error;
  return failed && typeof error.stdout === 'string' ? error.stdout : '';
}

async function run(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await execFileAsync(command, args, { cwd, timeout: COMMAND_TIMEOUT_MS });
  return stdout;
}
