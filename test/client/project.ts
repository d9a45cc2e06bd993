import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLIENT = join(ROOT, 'clients/typescript');
const PROGRAMS = join(ROOT, 'test/client/programs');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
/** What the client depends on, packed from what is installed here, so that no registry has to answer. */
const DEPENDENCIES = ['openapi-fetch', 'openapi-typescript-helpers'];

const STRICT = {
  module: 'nodenext',
  target: 'es2022',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: false,
  // The types of the package are looked at as well.
  skipLibCheck: false,
  types: ['node'],
  typeRoots: [join(ROOT, 'node_modules/@types')],
};

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

async function run(command: string, args: readonly string[], cwd: string): Promise<Ended> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, output };
}

async function done(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, output } = await run(command, args, cwd);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${output}`);
  return output;
}

/** A project of somebody who uses the client: outside of the tree, with the packed client installed. */
export class ClientProject {
  private constructor(readonly folder: string) {}

  /** Builds and packs the client, and installs it in a new folder. */
  static async create(): Promise<ClientProject> {
    const folder = await mkdtemp(join(tmpdir(), 'fulcrum-client-'));
    try {
      await done('npm', ['run', 'build:client'], ROOT);
      const packages = [CLIENT, ...DEPENDENCIES.map((name) => join(ROOT, 'node_modules', name))];
      const packed = await done('npm', ['pack', '--json', '--pack-destination', folder, ...packages], ROOT);
      const tarballs = [...packed.matchAll(/"filename": "([^"]+)"/g)].map(([, name = '']) => `./${name}`);
      await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
      const quiet = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts'];
      await done('npm', ['install', ...quiet, ...tarballs], folder);
      return new ClientProject(folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Compiles the programs of this test, the examples of the README and `wrong`, and gives the numbers of the lines of `wrong` in which there is an error. */
  async compile(wrong: string): Promise<number[]> {
    await cp(PROGRAMS, join(this.folder, 'src'), { recursive: true });
    await writeFile(join(this.folder, 'src/wrong.ts'), wrong);
    const readme = await readFile(join(CLIENT, 'README.md'), 'utf8');
    for (const [at, [, example = '']] of [...readme.matchAll(/^```ts\n(.*?)^```/gms)].entries()) {
      await writeFile(join(this.folder, `src/example-${at}.ts`), example);
    }
    const config = { compilerOptions: { ...STRICT, rootDir: 'src', outDir: 'out' }, include: ['src'] };
    await writeFile(join(this.folder, 'tsconfig.json'), JSON.stringify(config));
    const { output } = await run(process.execPath, [TSC, '--pretty', 'false'], this.folder);
    const errors = [...output.matchAll(/^(\S+)\((\d+),/gm)];
    const others = errors.filter(([, file]) => file !== 'src/wrong.ts');
    if (others.length > 0) throw new Error(`what is right does not compile: ${output}`);
    return [...new Set(errors.map(([, , line]) => Number(line)))].sort((x, y) => x - y);
  }

  program(name: string): string {
    return join(this.folder, 'out', `${name}.js`);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
