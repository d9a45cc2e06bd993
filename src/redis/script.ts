import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Reply } from './decode.js';
import { fencedSource } from './fence.js';
import { checkHeader } from './script-header.js';

/** Names instead of numbers for a script's KEYS and ARGV, and the meaning of its reply. */
export interface ScriptDescriptor<Key extends string, Arg extends string, Result> {
  /** The Lua file; shared functions stand in files that it names with `-- use: <file>`. */
  readonly file: URL;
  readonly keys: readonly Key[];
  /** Name of further keys after the named ones, if any number of them may follow. */
  readonly restKeys?: string;
  readonly args: readonly Arg[];
  /** Name of what follows the named arguments, if any number of values may. */
  readonly rest?: string;
  readonly decode: (reply: Reply) => Result;
}

/** What Redis is sent. */
export interface ScriptText {
  readonly file: URL;
  readonly source: string;
  readonly sha: string;
}

/** A script whose source was read and whose header agrees with its descriptor. */
export interface Script<Key extends string, Arg extends string, Result>
  extends ScriptDescriptor<Key, Arg, Result>, ScriptText {
  /** The variant for writes that carry a fence, if its file has a line `-- fence` where that is checked. */
  readonly fenced: ScriptText | undefined;
}

/** Sources and digests of all scripts that the loaded modules define; readiness checks that Redis takes them. */
export const definedScripts: ScriptText[] = [];

/**
 * Reads a script and compares its header with the descriptor, so that a wrong order of keys or arguments
 * stops the start instead of writing to a wrong key.
 * @throws Error that names the file and the difference
 */
export function defineScript<Key extends string, Arg extends string, Result>(
  descriptor: ScriptDescriptor<Key, Arg, Result>,
): Script<Key, Arg, Result> {
  const text = readFileSync(descriptor.file, 'utf8');
  checkHeader(descriptor.file.pathname.split('/').at(-1) ?? '', text, descriptor);
  const source = withUsedFiles(descriptor.file, text);
  const withFence = fencedSource(source);
  const fenced = withFence === undefined ? undefined : textOf(descriptor.file, withFence);
  const script = { ...descriptor, ...textOf(descriptor.file, source), fenced };
  definedScripts.push(script);
  if (fenced) definedScripts.push(fenced);
  return script;
}

function textOf(file: URL, source: string): ScriptText {
  return { file, source, sha: createHash('sha1').update(source).digest('hex') };
}

function withUsedFiles(file: URL, text: string): string {
  return text.replace(/^-- use: (\S+)$/gm, (_line, name: string) =>
    readFileSync(new URL(name, file), 'utf8'),
  );
}
