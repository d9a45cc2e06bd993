import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that says lines of JSON. */
export class RunningProgram {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into what is said freely
  readonly said: any[] = [];
  errors = '';
  private rest = '';
  private readonly exit: Promise<unknown>;

  private constructor(readonly child: ChildProcess) {
    this.exit = once(child, 'close');
    child.stdout?.on('data', (chunk: Buffer) => this.take(chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
  }

  static start(
    file: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): RunningProgram {
    const env = { PATH: process.env.PATH, ...environment };
    return new RunningProgram(spawn(process.execPath, [file, ...args], { env, stdio: 'pipe' }));
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  tell(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Settles when it has ended and all that it said is here; with `signal` it is made to end. */
  async end(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal) this.child.kill(signal);
    await this.exit;
    return this.child.exitCode;
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.said.push(JSON.parse(line));
  }
}
