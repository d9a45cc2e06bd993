/** Spreads what has to be done with each of many things over the turns in which all of them come round once. */
export class Wheel<T> {
  private readonly slots: readonly Set<T>[];
  private next = 0;
  private current = 0;

  constructor(turns: number) {
    this.slots = Array.from({ length: turns }, () => new Set<T>());
  }

  /** Gives `item` its place, from which it is deleted when it is over. Those that come at once get different ones. */
  add(item: T): Pick<Set<T>, 'delete'> {
    const slot = this.at(this.next);
    this.next = (this.next + 1) % this.slots.length;
    slot.add(item);
    return slot;
  }

  /** Those whose turn it is. */
  turn(): Iterable<T> {
    const slot = this.at(this.current);
    this.current = (this.current + 1) % this.slots.length;
    return slot;
  }

  /** All of them. */
  *[Symbol.iterator](): Iterator<T> {
    for (const slot of this.slots) yield* slot;
  }

  private at(index: number): Set<T> {
    const slot = this.slots[index];
    if (slot === undefined) throw new RangeError(`there is no slot ${index}`);
    return slot;
  }
}
