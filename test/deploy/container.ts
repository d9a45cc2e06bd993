import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltStage } from './image.js';

/** What a container of the image would run with. */
export interface Container {
  readonly image: BuiltStage;
  readonly user: { readonly uid: number; readonly gid: number };
  /** All of it: nothing of this process' environment is added. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const isRoot = () => process.getuid?.() === 0;

/** Starts `command` in a container: in the image's folder, as its user where this process may change to it. */
export function start({ image, user, environment }: Container, command: readonly string[]): ChildProcess {
  const [program, ...args] = command;
  // The base image's node; here it is the one that runs the test.
  if (program !== 'node') throw new Error(`${program} is not in the image`);
  return spawn(process.execPath, args, {
    cwd: join(image.root, image.workdir),
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(isRoot() ? user : {}),
  });
}

/** All that a child writes until it ends, and its exit code. */
export async function untilEnded(child: ChildProcess): Promise<Ended> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

export interface Entry {
  readonly path: string;
  readonly isFolder: boolean;
  readonly bytes: number;
  readonly changedMs: number;
}

/** Everything below `folder`, in order. */
export async function entriesOf(folder: string, below = ''): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const name of (await readdir(join(folder, below))).sort()) {
    const path = join(below, name);
    const { size, mtimeMs, ...entry } = await lstat(join(folder, path));
    const isFolder = (entry.mode & 0o170_000) === 0o040_000;
    found.push({ path, isFolder, bytes: isFolder ? 0 : size, changedMs: mtimeMs });
    if (isFolder) found.push(...(await entriesOf(folder, path)));
  }
  return found;
}

/** Takes everybody's permission to write from all below `folder`, or gives it back to the owner. */
export async function setReadOnly(folder: string, readOnly: boolean): Promise<void> {
  const entry = await lstat(folder);
  if (entry.isSymbolicLink()) return;
  await chmod(folder, readOnly ? entry.mode & 0o555 : entry.mode | 0o200);
  if (!entry.isDirectory()) return;
  for (const name of await readdir(folder)) await setReadOnly(join(folder, name), readOnly);
}
