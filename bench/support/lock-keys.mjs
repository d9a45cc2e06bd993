import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** The keys of all contenders, whose resources are named `bench:…`. */
const PATTERNS = ['bench:*', 'mutex:bench:*', '*:{locking:_}:*'];
/** What the service goes on to know of resources that nobody holds. */
const KNOWLEDGE = /:processes$/;
/** The last number that the service gave out, among the holders. */
const CLOCK = ' clock';
/** On several nodes a release is over before the last of them has answered. */
const LATE_MS = 1000;
const POLL_MS = 10;

/** The locks that some Redis servers have, whosever they are. */
export class LockKeys {
  #clients;

  /** @param {readonly string[]} urls */
  constructor(urls) {
    this.#clients = urls.map((url) => new Redis(url));
  }

  /** Removes all that there is; and says how many keys were left of locks, which should have been none. */
  async clear() {
    let left = await this.#left();
    for (const deadline = performance.now() + LATE_MS; left > 0 && performance.now() < deadline;) {
      await pause(POLL_MS);
      left = await this.#left();
    }
    for (const client of this.#clients) {
      const keys = await keysOf(client);
      if (keys.length > 0) await client.unlink(...keys);
    }
    return left;
  }

  async end() {
    await Promise.all(this.#clients.map((client) => client.quit()));
  }

  async #left() {
    const counts = await Promise.all(
      this.#clients.map(async (client) => {
        let left = 0;
        for (const key of await keysOf(client)) {
          if (key.endsWith(':places'))
            left += (await client.hkeys(key)).filter((field) => field !== CLOCK).length;
          else if (!KNOWLEDGE.test(key)) left += 1;
        }
        return left;
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }
}

async function keysOf(client) {
  const found = await Promise.all(PATTERNS.map((pattern) => client.keys(pattern)));
  return found.flat();
}
