import { fork } from 'node:child_process';
import { NODE_FLAGS } from '../../scripts/node-flags.mjs';

/** Longer than any run may take beyond what its plan says. */
const PATIENCE_MS = 60_000;

/**
 * A contender's client in a process of its own, with the flags that the service is started with: as `LoadProcess`, but what it
 * does is what is measured.
 */
export class ContenderClient {
  #child;

  constructor(program, dialect, place) {
    // Standard output is the log of a service that runs in there.
    this.#child = fork(program, [dialect, JSON.stringify(place)], {
      execArgv: NODE_FLAGS,
      env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.gone = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  /**
   * @param {import('./stage.mjs').Stage} stage ends it at the latest
   * @param {URL} program one of `load/`, which runs plans (load/plans.mjs)
   */
  static async start(stage, program, dialect, place) {
    const client = await stage.own(new ContenderClient(program, dialect, place));
    await client.#until('ready', PATIENCE_MS);
    return client;
  }

  get pid() {
    return this.#child.pid;
  }

  /**
   * @param {Partial<import('./load-process.mjs').LoadPlan> & {work: string}} plan
   * @param {{begun(): void, ended(): void}} edges called at the edges of the measured window
   */
  async run(plan, edges) {
    const over = this.#until('result', plan.warmUpMs + plan.durationMs + PATIENCE_MS, edges);
    this.#child.send(plan);
    return (await over).result;
  }

  async end() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
    await this.gone;
  }

  /** The message of that kind; of those that come before it, `edges` are told. */
  async #until(kind, limitMs, edges = {}) {
    let late;
    let listen;
    try {
      return await new Promise((resolve, reject) => {
        late = setTimeout(() => reject(new Error('a client did not finish in time')), limitMs);
        listen = (message) => {
          if (message.kind === kind) resolve(message);
          else if (message.kind === 'failed') reject(new Error(`a client failed: ${message.message}`));
          else edges[message.kind]?.();
        };
        this.#child.on('message', listen);
        void this.gone.then(() => reject(new Error('a client is gone')));
      });
    } finally {
      clearTimeout(late);
      this.#child.off('message', listen);
    }
  }
}
