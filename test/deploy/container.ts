import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
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
export function entriesOf(folder: string, below = ''): Entry[] {
  return readdirSync(join(folder, below))
    .sort()
    .flatMap((name) => {
      const path = join(below, name);
      const entry = lstatSync(join(folder, path));
      const isFolder = entry.isDirectory();
      const own = { path, isFolder, bytes: isFolder ? 0 : entry.size, changedMs: entry.mtimeMs };
      return isFolder ? [own, ...entriesOf(folder, path)] : [own];
    });
}

/** Takes everybody's permission to write from all below `folder`. */
export function makeReadOnly(folder: string): void {
  for (const { path, isFolder } of entriesOf(folder)) chmodSync(join(folder, path), isFolder ? 0o555 : 0o444);
  chmodSync(folder, 0o555);
}

/** Gives back what its owner needs to remove `folder`. */
export function makeRemovable(folder: string): void {
  if (!lstatSync(folder).isDirectory()) return;
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) makeRemovable(join(folder, entry.name));
  }
}
