import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';

const CALLS = 'trace=write,fdatasync,fsync,truncate,ftruncate';

/** Why system calls cannot be followed here; undefined if they can. */
export const NO_STRACE = problemOfStrace();

function problemOfStrace(): string | undefined {
  const { error, status, stderr } = spawnSync(
    'strace',
    ['-D', '-f', '--seccomp-bpf', '-o', '/dev/null', 'true'],
    {
      encoding: 'utf8',
    },
  );
  if (error) return `there is no strace (${error.message}): apt-get install strace`;
  return status === 0 ? undefined : `strace cannot follow a process: ${stderr.trim()}`;
}

/**
 * A script that becomes `program` in its own process, with strace beside it, which writes to `traceFile` what becomes of
 * `file`. Both names are taken in the folder that it is started in.
 */
export function tracingScript(program: string, file: string, traceFile: string): string {
  const options = ['-D', '-f', '--seccomp-bpf', '-qq', '-y', '-s', '0', '-e', CALLS, '-o', traceFile];
  const paths = `-P "$PWD/${file}" -P ${file}`;
  return `#!/bin/sh\nexec strace ${options.join(' ')} ${paths} ${program} "$@"\n`;
}

/**
 * How much of a file that is only appended to a power cut would leave: what was written before the last flush that ended
 * had begun. What a write or a flush did whose end was not seen does not count.
 */
export class FsyncTrace {
  /** How many flushes have ended. */
  flushes = 0;
  private length: number;
  private flushed: number;
  /** Of the flushes under way, by thread: how long the file was. */
  private readonly flushing = new Map<string, number>();
  private readonly ended = new Set<string>();
  private readonly descriptor: number;
  private rest = '';

  /** `length` is what the file had when the trace began. */
  constructor(traceFile: string, length: number) {
    this.descriptor = openSync(traceFile, 'r');
    this.length = length;
    this.flushed = length;
  }

  get covered(): number {
    this.read();
    return this.flushed;
  }

  /** Whether it is told that this thread was killed. */
  hasEnded(pid: number): boolean {
    this.read();
    return this.ended.has(String(pid));
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private read(): void {
    const buffer = Buffer.alloc(65_536);
    for (let size = 1; size > 0;) {
      size = readSync(this.descriptor, buffer);
      const lines = (this.rest + buffer.toString('latin1', 0, size)).split('\n');
      this.rest = lines.pop() ?? '';
      for (const line of lines) this.take(line);
    }
  }

  private take(line: string): void {
    const [thread = '', text = ''] = line.split(/ +(.*)/, 2);
    if (text.startsWith('+++')) this.ended.add(thread);
    const call = /^(?:<\.\.\. )?(\w+)/.exec(text)?.[1];
    const result = Number(/\) += (-?\d+)/.exec(text)?.[1]);
    const isFlush = call === 'fdatasync' || call === 'fsync';
    if (isFlush && !text.startsWith('<')) this.flushing.set(thread, this.length);
    if (Number.isNaN(result) || result < 0) return;
    if (call === 'write') this.length += result;
    if (call === 'truncate' || call === 'ftruncate') this.shorten(Number(/, (\d+)\)/.exec(text)?.[1]));
    if (isFlush) {
      this.flushed = Math.max(this.flushed, this.flushing.get(thread) ?? 0);
      this.flushes++;
    }
  }

  private shorten(length: number): void {
    this.length = length;
    this.flushed = Math.min(this.flushed, length);
  }
}
