import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIGNALS = ['SIGINT', 'SIGTERM'];

/** Gives `work` a stage, and ends everything on it afterwards, whether it returned, threw, or a signal came. */
export async function onStage(work) {
  const directory = await mkdtemp(join(tmpdir(), 'fulcrum-bench-'));
  const stage = new Stage(directory);
  let interrupt;
  const interrupted = new Promise((_resolve, reject) => {
    interrupt = (signal) => reject(new Error(`interrupted by ${signal}`));
  });
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await Promise.race([work(stage), interrupted]);
  } finally {
    await stage.close();
    await rm(directory, { recursive: true, force: true });
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

/** Owns the processes of a benchmark: each has an `end`, which is called when it is done with. */
export class Stage {
  #owned = new Set();
  #closed = false;
  #folders = 0;

  /** @param {string} directory for files that are gone when the stage is */
  constructor(directory) {
    this.directory = directory;
  }

  /** A name for a new folder. */
  newFolder() {
    return join(this.directory, String(this.#folders++));
  }

  /**
   * Takes over something with an `end`, or what a promise of it resolves to; when the stage is closed meanwhile, that
   * is ended at once.
   */
  async own(something) {
    const starting = Promise.resolve(something);
    const pending = { end: async () => (await starting.catch(() => undefined))?.end() };
    if (this.#closed) {
      await pending.end();
      throw new Error('interrupted');
    }
    this.#owned.add(pending);
    try {
      const owned = await starting;
      this.#owned.add(owned);
      return owned;
    } finally {
      this.#owned.delete(pending);
    }
  }

  async end(owned) {
    await owned.end();
    this.#owned.delete(owned);
  }

  /** Ends what was started last first. */
  async close() {
    this.#closed = true;
    for (const owned of [...this.#owned].reverse()) {
      await owned.end().catch((error) => console.error(`could not be ended: ${error.message}`));
    }
  }
}
