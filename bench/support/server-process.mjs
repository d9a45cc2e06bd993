import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';

const START_LIMIT_MS = 60_000;
const STOP_GRACE_MS = 15_000;
const KEPT_LINES = 20;

/** A server under measurement, in a process of its own. */
export class ServerProcess {
  #child;
  #lines = [];
  /** How it ended; undefined while it runs. */
  endedBy;

  /** @param {{args: readonly string[], env: Record<string, string>, logFile: string}} command for Node */
  constructor({ args, env, logFile }) {
    const log = openSync(logFile, 'a', 0o600);
    this.#child = spawn(process.execPath, args, {
      env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', ...env },
      stdio: ['ignore', log, 'pipe'],
      // Ctrl-C in a terminal is for the benchmark alone, which then ends its servers in order.
      detached: true,
    });
    closeSync(log);
    this.gone = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    }).then((how) => {
      this.endedBy = how;
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** @returns {Promise<{host: string, port: number}>} once the server has named its URL on standard error */
  async address() {
    const lines = createInterface({ input: this.#child.stderr });
    let late;
    const named = new Promise((resolve, reject) => {
      late = setTimeout(() => reject(this.failure('did not start in time')), START_LIMIT_MS);
      lines.on('line', (line) => {
        this.#lines.push(line);
        if (this.#lines.length > KEPT_LINES) this.#lines.shift();
        const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
        if (port !== undefined) resolve({ host: '127.0.0.1', port: Number(port) });
      });
      void this.gone.then(() => reject(this.failure('did not start')));
    });
    try {
      return await named;
    } finally {
      clearTimeout(late);
    }
  }

  /** An error that says what happened, with the last lines that the server wrote. */
  failure(what) {
    const how = this.endedBy === undefined ? '' : ` (${this.endedBy})`;
    return new Error([`the server ${what}${how}`, ...this.#lines].join('\n  '));
  }

  async end() {
    if (this.endedBy !== undefined || this.pid === undefined) return;
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    await this.gone;
    clearTimeout(late);
  }
}
