import { spawn } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { all, environmentOf, stagesOf, type Instruction, type Stage } from './dockerfile.js';

/** A stage's root file system as a folder, without what its base image has. */
export interface BuiltStage {
  readonly root: string;
  /** As WORKDIR left it; absolute in the container. */
  readonly workdir: string;
}

export interface BuildOptions {
  /** Where the files of the build context are, and which of them there are. */
  readonly context: string;
  readonly files: readonly string[];
  /** Where the stages are to be built, each in a folder with its name. */
  readonly into: string;
  /** What RUN lines get besides PATH, HOME and what the stage sets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What is done in the place of a RUN line, in the folder that it would be run in. */
  readonly instead?: ReadonlyMap<string, (folder: string) => Promise<void>>;
  /** Stages that were built before; they are taken as they are. */
  readonly built?: ReadonlyMap<string, BuiltStage>;
}

/** Does what `docker build` does with the stages of a Dockerfile, in folders and with this machine's Node and npm. */
export async function buildStages(
  dockerfile: string,
  options: BuildOptions,
): Promise<Map<string, BuiltStage>> {
  const built = new Map<string, Promise<BuiltStage>>();
  for (const [name, stage] of options.built ?? []) built.set(name, Promise.resolve(stage));
  // A stage waits for those that it copies from alone, as in Docker.
  for (const stage of stagesOf(dockerfile)) {
    if (!built.has(stage.name)) built.set(stage.name, buildStage(stage, built, options));
  }
  return new Map(await Promise.all([...built].map(async ([name, stage]) => [name, await stage] as const)));
}

async function buildStage(
  stage: Stage,
  built: ReadonlyMap<string, Promise<BuiltStage>>,
  { context, files, into, environment = {}, instead }: BuildOptions,
): Promise<BuiltStage> {
  if (built.has(stage.base)) throw new Error('a stage that begins with another one is not built here');
  const root = join(into, stage.name);
  await mkdir(root);
  let workdir = '/';
  const inside = (path: string) => join(root, posix.resolve(workdir, path));
  for (const instruction of stage.instructions) {
    switch (instruction.keyword) {
      case 'WORKDIR':
        workdir = posix.resolve(workdir, instruction.text);
        await mkdir(join(root, workdir), { recursive: true });
        break;
      case 'COPY': {
        const { sources, to } = copied(instruction);
        const from = instruction.flags.get('from');
        if (from === undefined)
          await copyFromContext({ context, files, sources, to: inside(to), isFolder: to.endsWith('/') });
        else {
          const other = await built.get(from);
          if (other === undefined) throw new Error(`there is no stage ${from}`);
          for (const source of sources) linkTree(join(other.root, source), inside(to));
        }
        break;
      }
      case 'RUN': {
        const line = instruction.text;
        const other = instead?.get(line);
        const folder = join(root, workdir);
        await (other?.(folder) ?? run(line, folder, { ...environmentOf(stage), ...environment }));
        break;
      }
      case 'CMD':
      case 'ENV':
      case 'EXPOSE':
      case 'HEALTHCHECK':
      case 'USER':
        break;
      default:
        throw new Error(`${instruction.keyword} is not known here`);
    }
  }
  return { root, workdir };
}

function copied({ text }: Instruction): { sources: string[]; to: string } {
  const words = text.split(/\s+/);
  return { sources: words.slice(0, -1), to: words.at(-1) ?? '' };
}

/** A file keeps its last name; of a folder the content is copied. */
async function copyFromContext(copy: {
  readonly context: string;
  readonly files: readonly string[];
  readonly sources: readonly string[];
  readonly to: string;
  readonly isFolder: boolean;
}): Promise<void> {
  for (const source of copy.sources) {
    const pairs = copy.files.flatMap((file) => {
      if (file === source)
        return [[file, copy.isFolder ? join(copy.to, posix.basename(file)) : copy.to] as const];
      return file.startsWith(`${source}/`) ? [[file, join(copy.to, file.slice(source.length))] as const] : [];
    });
    if (pairs.length === 0) throw new Error(`COPY ${source}: the build context has no such file`);
    for (const [file, target] of pairs) {
      await mkdir(dirname(target), { recursive: true });
      await copyFile(join(copy.context, file), target);
    }
  }
}

/** Links in place of copies: the bytes are the same, and tens of thousands of files take a fraction of the time. */
function linkTree(from: string, to: string): void {
  const entries = readdirSync(from, { withFileTypes: true });
  mkdirSync(to, { recursive: true });
  for (const entry of entries) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else linkSync(source, target);
  }
}

async function run(
  line: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const child = spawn('/bin/sh', ['-c', line], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`RUN ${line} ended with ${code}:\n${output}`);
}

/** The RUN lines of all stages. */
export function runLines(dockerfile: string): string[] {
  return stagesOf(dockerfile).flatMap((stage) => all(stage, 'RUN').map(({ text }) => text));
}
