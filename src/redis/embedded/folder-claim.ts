import { randomBytes, randomInt } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './process-identity.js';

const CLAIM = /^owner\.(\d+)-(\w+)-[0-9a-f]+$/;
const TRIES = 6;

/**
 * A claim on a folder that at most one living owner holds, whatever moment the others start or die
 * at. It is a file whose name says whose it is, so that it cannot be read half written.
 */
export class FolderClaim {
  private constructor(
    private readonly directory: string,
    private readonly name: string,
  ) {}

  /**
   * Throws when another living owner has the folder. Each contender shows its claim first and looks
   * for others then, so of two at least one sees the other; the lower name stays, the higher one
   * withdraws and tries again.
   */
  static async take(directory: string): Promise<FolderClaim> {
    // Where the system cannot tell, the claim protects nothing and the check by redis.url remains.
    const identity = (await processIdentity(process.pid)) ?? '0';
    const name = `owner.${process.pid}-${identity}-${randomBytes(6).toString('hex')}`;
    const claim = new FolderClaim(directory, name);
    for (let tries = 1; tries <= TRIES; tries += 1) {
      await writeFile(join(directory, name), '', { mode: 0o600 });
      const others = await claim.#livingOthers();
      if (others.length === 0) return claim;
      if (others.some((other) => other < name)) await claim.release();
      await sleep(randomInt(10, 60));
    }
    await claim.release();
    throw new Error(`the data folder ${directory} is in use by another Fulcrum`);
  }

  async release(): Promise<void> {
    await rm(join(this.directory, this.name), { force: true });
  }

  /** Removes the claims of the dead on the way: a name is never used twice. */
  async #livingOthers(): Promise<string[]> {
    const living: string[] = [];
    for (const name of await readdir(this.directory)) {
      const match = CLAIM.exec(name);
      if (match === null || name === this.name) continue;
      if ((await processIdentity(Number(match[1]))) === match[2]) living.push(name);
      else await rm(join(this.directory, name), { force: true });
    }
    return living;
  }
}
