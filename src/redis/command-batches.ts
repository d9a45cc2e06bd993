import type { Writable } from 'node:stream';

/** Commands that are sent together at most. */
const MAX_BATCH = 16;

/**
 * Sends the commands of one turn of the event loop together, in batches: Redis begins with the first while the process
 * is still busy with the requests that came after. One batch of all would leave each of the two idle while the other works.
 */
export class CommandBatches {
  private corked: Writable | undefined;
  private waiting = 0;

  /** @param streamOf the socket of the connection that commands are written to now */
  constructor(private readonly streamOf: () => Writable | undefined) {}

  /** To be called before a command is handed to the connection. */
  add(): void {
    if (this.waiting >= MAX_BATCH) this.flush();
    this.waiting += 1;
    if (this.corked !== undefined) return;
    this.corked = this.streamOf();
    if (this.corked === undefined) {
      this.waiting = 0;
      return;
    }
    this.corked.cork();
    setImmediate(this.flush);
  }

  private readonly flush = (): void => {
    const stream = this.corked;
    this.corked = undefined;
    this.waiting = 0;
    stream?.uncork();
  };
}
