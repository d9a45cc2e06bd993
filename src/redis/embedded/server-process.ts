import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createInterface } from 'node:readline';
import type { RedisBinary } from './redis-binary.js';

const KEPT_LINES = 12;
const LAST_OUTPUT_MS = 200;

/** One run of the server, from its start until the process is gone. */
export class ServerProcess {
  readonly pid: number;
  /** Says how the process ended, once it has; never rejects. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];

  /** `directory` holds redis.conf; `secret` is kept out of what is reported. */
  constructor(binary: RedisBinary, directory: string, secret: string) {
    this.#child = spawn(binary.path, ['redis.conf'], {
      cwd: directory,
      env: { ...binary.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a process group of its own, Ctrl-C in the terminal does not end it before the service.
      detached: true,
    });
    this.pid = this.#child.pid ?? 0;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.#lines.push(line.replaceAll(secret, '***'));
        if (this.#lines.length > KEPT_LINES) this.#lines.shift();
      });
    }
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`could not be run: ${error.message}`));
      this.#child.once('exit', (code, signal) => {
        const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
        // `close` comes after the last output, unless a process it forked holds the pipe.
        const closed = new Promise((done) => this.#child.once('close', done));
        void Promise.race([closed, sleep(LAST_OUTPUT_MS, undefined, { ref: false })]).then(() =>
          resolve(how),
        );
      });
    });
  }

  /** The last lines that the server wrote, without the secret. */
  get lastLines(): readonly string[] {
    return this.#lines;
  }

  /** Asks the server to finish, kills it and what it forked after `graceMs`, returns when it is gone. */
  async end(graceMs: number): Promise<void> {
    if (this.pid === 0) return;
    this.#child.kill('SIGTERM');
    const patience = new AbortController();
    const killed = sleep(graceMs, undefined, { signal: patience.signal }).then(
      () => this.#killGroup(),
      () => undefined,
    );
    await this.ended;
    patience.abort();
    await killed;
  }

  #killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // It ended in this very moment.
    }
  }
}
