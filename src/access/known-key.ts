import type { ApiKeyRecord } from './api-key-record.js';

/** How long a node trusts what it read of a key: bounds how long a revoked key still works there. */
const FRESH_MS = 500;
/** How long what was read counts, while Redis is away, for the few operations that answer all the same. */
const KNOWN_MS = 60_000;

/** A question about a key that was put to Redis. */
interface LookUp {
  readonly askedAt: number;
  readonly found: Promise<ApiKeyRecord | undefined>;
}

/** What this node knows of one API key. Times are milliseconds of a monotonic clock. */
export class KnownKey {
  /** The newest that has not failed. */
  private lookUp: LookUp | undefined;
  /** What Redis answered to the newest look-up that it answered, and when it was asked. */
  private record: ApiKeyRecord | undefined;
  private askedAt = -Infinity;

  /** The look-up of the last half second, which whoever asks at the same time shares; begun with `find` if there is none. */
  look(find: () => Promise<ApiKeyRecord | undefined>, now: number): LookUp {
    if (this.lookUp && now - this.lookUp.askedAt < FRESH_MS) return this.lookUp;
    const lookUp = { askedAt: now, found: find() };
    this.lookUp = lookUp;
    lookUp.found.then(
      (record) => this.learn(record, now),
      () => {
        if (this.lookUp === lookUp) this.lookUp = undefined;
      },
    );
    return lookUp;
  }

  /** Whether `record`, which an earlier look-up gave, is still what this node goes by. */
  isFresh(record: ApiKeyRecord, now: number): boolean {
    return this.record === record && now - this.askedAt < FRESH_MS;
  }

  /** The key as Redis last had it, if that is at most a minute ago. */
  lastKnown(now: number): ApiKeyRecord | undefined {
    return now - this.askedAt < KNOWN_MS ? this.record : undefined;
  }

  /** An answer that was overtaken says nothing new. */
  private learn(record: ApiKeyRecord | undefined, askedAt: number): void {
    if (askedAt < this.askedAt) return;
    this.record = record;
    this.askedAt = askedAt;
  }
}
