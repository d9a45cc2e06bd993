import type { Writable } from 'node:stream';

/** Commands that are sent together at most. */
const MAX_BATCH = 16;

/**
 * Sends the commands of one turn of the event loop together, in batches: Redis begins with the first while the process
 * is still busy with the requests that came after. One batch of all would leave each of the two idle while the other works.
 */
export class CommandBatches {
  private corked: readonly Writable[] = [];
  private waiting = 0;
  /** Commands of the batch before. */
  private before = 0;

  /** @param streamsOf the sockets that commands may be written to now: of a cluster those of all masters */
  constructor(private readonly streamsOf: () => readonly Writable[]) {}

  /**
   * To be called before a command is handed to the connection; `isOnly` if no other waits for its reply. Where the one before was
   * alone, too, it need not wait for others that do not come.
   */
  add(isOnly = false): void {
    if (isOnly && this.before <= 1 && this.corked.length === 0) return;
    if (this.waiting >= MAX_BATCH) this.flush();
    this.waiting += 1;
    if (this.corked.length > 0) return;
    this.corked = this.streamsOf();
    if (this.corked.length === 0) {
      this.waiting = 0;
      return;
    }
    for (const stream of this.corked) stream.cork();
    setImmediate(this.flush);
  }

  private readonly flush = (): void => {
    const streams = this.corked;
    this.corked = [];
    this.before = this.waiting;
    this.waiting = 0;
    for (const stream of streams) stream.uncork();
  };
}
