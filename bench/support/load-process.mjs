import { fork } from 'node:child_process';

/** Longer than any run may take beyond what its plan says. */
const PATIENCE_MS = 60_000;

/**
 * What a generator is asked to do. Times are milliseconds.
 * @typedef {object} LoadPlan
 * @property {{host: string, port: number}} target
 * @property {{method: string, path: string, headers?: Record<string, string>, body?: string}[]} requests sent in turn; with slots, see load/request-template.mjs
 * @property {readonly number[]} expected statuses that are no error
 * @property {number} connections
 * @property {number} [thinkMs] how often each connection sends; without it the next request follows each answer
 * @property {number} seed
 * @property {number} rampMs in which the connections are opened
 * @property {number} warmUpMs
 * @property {number} durationMs of the measured window
 * @property {number} drainMs how long answers are waited for after it
 */

/** A load generator in a process of its own, which runs one plan after the other. */
export class LoadProcess {
  #child;

  constructor(program = new URL('../load/http-load.mjs', import.meta.url)) {
    // As JSON, what is not known (NaN) would become a zero.
    this.#child = fork(program, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.gone = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  get pid() {
    return this.#child.pid;
  }

  /**
   * @param {LoadPlan} plan
   * @param {{begun(): void, ended(): void}} edges called at the edges of the measured window
   */
  async run(plan, edges) {
    const limitMs = plan.rampMs + plan.warmUpMs + plan.durationMs + plan.drainMs + PATIENCE_MS;
    let late;
    let listen;
    const finished = new Promise((resolve, reject) => {
      late = setTimeout(() => reject(new Error('the load generator did not finish in time')), limitMs);
      listen = ({ kind, result, message }) => {
        if (kind === 'result') resolve(result);
        else if (kind === 'failed') reject(new Error(`the load generator failed: ${message}`));
        else edges[kind]();
      };
      void this.gone.then(() => reject(new Error('the load generator is gone')));
    });
    this.#child.on('message', listen);
    try {
      this.#child.send(plan);
      return await finished;
    } finally {
      clearTimeout(late);
      this.#child.off('message', listen);
    }
  }

  async end() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
    await this.gone;
  }
}
