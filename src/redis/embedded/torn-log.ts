import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbeddedRedisLog } from './embedded-redis-log.js';

const CHUNK_BYTES = 1 << 20;
/** Longer than any line that is no argument. */
const LONGEST_LINE = 1024;
/** How many arguments, how long one is, or a comment. */
const LINE = /^(?:([*$])(\d+)|#.*)\r\n$/;

/**
 * Cuts what a power cut or a kill left of a script's writes from the end of the append-only file, before a server reads it.
 *
 * A server cuts such an end itself, but Redis 7.0 and Valkey before https://github.com/valkey-io/valkey/pull/4342 only
 * back to the last whole command. The rest stays an open transaction, into which the next writes go: at the start after
 * next half of the script takes effect together with them, or none of them does.
 *
 * A file that is damaged in another way is left alone, for the server to refuse.
 */
export async function cutTornLog(directory: string, log: EmbeddedRedisLog): Promise<void> {
  const folder = join(directory, 'appendonlydir');
  const manifest = await readFile(join(folder, 'appendonly.aof.manifest'), 'latin1').catch(() => '');
  const name = [...manifest.matchAll(/^file (\S+) seq \d+ type i/gm)].at(-1)?.[1];
  if (name === undefined) return;
  const file = await open(join(folder, name), 'r+').catch(() => undefined);
  if (file === undefined) return;
  try {
    const { size } = await file.stat();
    const whole = await wholeLengthOf(file);
    if (whole === undefined || whole === size) return;
    await file.truncate(whole);
    await file.datasync();
    log.warn(`the embedded Redis was ended within a write: ${size - whole} bytes of it are cut off`);
  } finally {
    await file.close();
  }
}

async function wholeLengthOf(file: FileHandle): Promise<number | undefined> {
  const scan = new LogScan();
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, scan.length);
    if (bytesRead === 0) return scan.whole;
    scan.push(chunk.subarray(0, bytesRead));
    if (scan.whole === undefined) return undefined;
  }
}

/** Follows the commands of an append-only file, given piece by piece. */
export class LogScan {
  /** How many bytes it was given. */
  length = 0;
  /** Where the last whole command ends that is in no open transaction; undefined once something is no command. */
  whole: number | undefined = 0;
  private line = '';
  /** How many arguments of the command are to come. */
  private left = 0;
  /** How many bytes of the argument are to come, its end of line included. */
  private rest = 0;
  /** The command's name, as far as it is read. */
  private name: string | undefined;
  private inTransaction = false;

  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && this.whole !== undefined;) {
      const from = at;
      if (this.rest > 0) {
        at = Math.min(bytes.length, from + this.rest);
        this.takeArgument(bytes.subarray(from, at));
      } else {
        const end = bytes.indexOf('\n', from);
        at = end === -1 ? bytes.length : end + 1;
        this.line += bytes.toString('latin1', from, Math.min(at, from + LONGEST_LINE));
        if (end !== -1 || this.line.length > LONGEST_LINE) this.takeLine();
      }
      this.length += at - from;
      if (this.left === 0 && this.line === '') this.endCommand();
    }
  }

  private takeArgument(bytes: Buffer): void {
    // Only a first argument that is this short can be one of the two names that matter.
    if (this.name !== undefined && this.name.length < 8) this.name += bytes.toString('latin1', 0, 8);
    this.rest -= bytes.length;
    if (this.rest > 0) return;
    this.left--;
    if (this.name !== undefined) this.takeName(this.name);
    this.name = undefined;
  }

  private takeName(name: string): void {
    if (/^multi\r\n$/i.test(name)) this.inTransaction = true;
    if (/^exec\r\n$/i.test(name)) this.inTransaction = false;
  }

  private takeLine(): void {
    const found = LINE.exec(this.line);
    this.line = '';
    if (found === null) {
      this.whole = undefined;
    } else if (found[1] === '*') {
      this.left = Number(found[2]);
      this.name = '';
    } else if (found[1] === '$') {
      this.rest = Number(found[2]) + 2;
    }
  }

  private endCommand(): void {
    if (this.whole !== undefined && !this.inTransaction) this.whole = this.length;
  }
}
