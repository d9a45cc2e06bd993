import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const START_LIMIT_MS = 60_000;
const STOP_GRACE_MS = 15_000;
const KEPT_LINES = 20;
const POLL_MS = 20;

/**
 * How a server is started.
 * @typedef {object} Command
 * @property {string} [program] Node if left out
 * @property {readonly string[]} args
 * @property {Record<string, string>} env
 * @property {number} [port] where it will listen, for a program that does not say so itself
 */

/** A server under measurement, in a process of its own. */
export class ServerProcess {
  #child;
  #lines = [];
  #port;
  /** How it ended; undefined while it runs. */
  endedBy;

  /** @param {Command & {logFile: string}} command */
  constructor({ program = process.execPath, args, env, port, logFile }) {
    this.#port = port;
    const log = openSync(logFile, 'a', 0o600);
    this.#child = spawn(program, args, {
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

  /** @returns {Promise<{host: string, port: number}>} once the server listens */
  async address() {
    const lines = createInterface({ input: this.#child.stderr });
    let late;
    let given = false;
    const named = new Promise((resolve, reject) => {
      late = setTimeout(() => reject(this.failure('did not start in time')), START_LIMIT_MS);
      lines.on('line', (line) => {
        this.#lines.push(line);
        if (this.#lines.length > KEPT_LINES) this.#lines.shift();
        const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
        if (port !== undefined) resolve({ host: '127.0.0.1', port: Number(port) });
      });
      void this.gone.then(() => reject(this.failure('did not start')));
      if (this.#port !== undefined) void untilAccepting(this.#port, () => given).then(resolve);
    });
    try {
      return await named;
    } finally {
      given = true;
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

/** Tries to connect until it works, or until nobody wants to know any more. */
async function untilAccepting(port, isOver) {
  const address = { host: '127.0.0.1', port };
  while (!isOver()) {
    const accepted = await new Promise((resolve) => {
      const socket = connect(address, () => resolve(true));
      socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
    });
    if (accepted) return address;
    await pause(POLL_MS);
  }
  return undefined;
}
