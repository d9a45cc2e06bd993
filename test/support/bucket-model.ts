/** A token bucket in exact arithmetic: the definition that the script is held against. */
export class BucketModel {
  private parts: bigint;
  private at: bigint;

  constructor(
    readonly capacity: bigint,
    readonly refillTokens: bigint,
    readonly intervalMicros: bigint,
    startMicros: bigint,
  ) {
    this.parts = capacity * intervalMicros;
    this.at = startMicros;
  }

  /** Tokens at `nowMicros` in parts of 1 / intervalMicros. */
  levelAt(nowMicros: bigint): bigint {
    const full = this.capacity * this.intervalMicros;
    const refilled = this.parts + (nowMicros - this.at) * this.refillTokens;
    return refilled < full ? refilled : full;
  }

  holds(cost: bigint, nowMicros: bigint): boolean {
    return this.levelAt(nowMicros) >= cost * this.intervalMicros;
  }

  /** Takes `cost` tokens, or gives them back if it is negative. */
  take(cost: bigint, nowMicros: bigint): void {
    const full = this.capacity * this.intervalMicros;
    const left = this.levelAt(nowMicros) - cost * this.intervalMicros;
    this.parts = left < full ? left : full;
    this.at = nowMicros;
  }

  remaining(nowMicros: bigint): number {
    return Number(this.levelAt(nowMicros) / this.intervalMicros);
  }
}
