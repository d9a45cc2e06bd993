/**
 * Lets identical reads that are asked for in one turn of the event loop share one call of Redis, which is made at
 * the end of the turn: after all who share it have asked. So nobody is shown less than what was acknowledged
 * before the read was asked for, as would happen if it joined a call under way.
 */
export class SharedReads<T> {
  private readonly askedFor = new Map<string, Promise<T>>();
  private readonly atTheEnd: (() => void)[] = [];

  /** What `read` gives; `key` says everything that it depends on. The result is shared: nobody may change it. */
  get(key: string, read: () => Promise<T>): Promise<T> {
    const shared = this.askedFor.get(key);
    if (shared) return shared;
    const result = new Promise<T>((resolve) => {
      this.atTheEnd.push(() => resolve(read()));
    });
    this.askedFor.set(key, result);
    if (this.atTheEnd.length === 1) setImmediate(() => this.readAll());
    return result;
  }

  private readAll(): void {
    const reads = this.atTheEnd.splice(0);
    this.askedFor.clear();
    for (const read of reads) read();
  }
}
