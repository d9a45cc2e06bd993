/**
 * The few functions that wait for something of one connection. A list that grows in place reserves room for seventeen, which
 * ten thousand connections would pay for; this one is replaced by one that fits.
 */
export class Listeners<Told extends readonly unknown[] = []> {
  private all: readonly ((...told: Told) => void)[] = NONE;

  add(listener: (...told: Told) => void): void {
    this.all = this.all.concat([listener]);
  }

  call(...told: Told): void {
    for (const listener of this.all) listener(...told);
  }

  /** As `call`, and forgets them before, so that none is called twice. */
  callOnce(...told: Told): void {
    const { all } = this;
    this.all = NONE;
    for (const listener of all) listener(...told);
  }
}

const NONE: readonly [] = [];
