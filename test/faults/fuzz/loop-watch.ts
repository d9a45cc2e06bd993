import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For how long an event loop could not turn, in ms. */
export interface LoopReport {
  /** The longest delay of a timer, less the time in which the main thread waited for a processor. */
  readonly blockMs: number;
  /** The longest delay as a clock on the wall saw it, the machine's other work included. */
  readonly delayMs: number;
}

const NEAR_MS = 1000;

/** Learns from inside of a process how long its event loop is blocked. */
export class LoopWatch {
  private since = Date.now();

  private constructor(private readonly directory: string) {}

  static async create(): Promise<LoopWatch> {
    return new LoopWatch(await mkdtemp(join(tmpdir(), 'fulcrum-loop-')));
  }

  /** What the process has to be started with. */
  get environment(): Record<'NODE_OPTIONS' | 'FULCRUM_TEST_LOOP_FILE', string> {
    const monitor = new URL('./loop-monitor.mjs', import.meta.url).href;
    return { NODE_OPTIONS: `--import=${monitor}`, FULCRUM_TEST_LOOP_FILE: this.file };
  }

  /** Forgets what was before, such as the start of the process. */
  begin(): void {
    this.since = Date.now();
  }

  report(): LoopReport {
    const delays = this.delays().filter(({ at, delayMs }) => at - delayMs > this.since);
    return {
      blockMs: Math.max(0, ...delays.map(({ blockMs }) => blockMs)),
      delayMs: Math.max(0, ...delays.map(({ delayMs }) => delayMs)),
    };
  }

  /** The longest that the process waited for a processor shortly before `at`, in ms; both clocks are the machine's. */
  starvedBefore(at: number): number {
    const near = this.delays().filter((delay) => Math.abs(delay.at - at) < NEAR_MS);
    return Math.max(0, ...near.map(({ delayMs, blockMs }) => delayMs - blockMs));
  }

  async end(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  private delays(): (LoopReport & { readonly at: number })[] {
    const text = existsSync(this.file) ? readFileSync(this.file, 'utf8') : '';
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LoopReport & { at: number });
  }

  private get file(): string {
    return join(this.directory, 'delays.jsonl');
  }
}
