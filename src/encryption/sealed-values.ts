import { Injectable } from '@nestjs/common';
import { keyIdOf } from './key-ring.js';

/** In the place of a key's id: the value is in no form that names one. */
const NO_KEY = '';

/** What a walk over sealed values came to so far; the values themselves are in none of it. */
export class ResealTally {
  /** Values that are known to stand, counted before the walk began; some are added and some go while it runs. */
  total = 0;
  /** Values that the walk came by, those that were under the newest key already included. */
  looked = 0;
  /** Values that it put under the newest key. */
  resealed = 0;
  /** Values that others kept writing under an older key, as often as it sealed them anew. */
  contended = 0;
  private readonly byKey = new Map<string, number>();

  /** Counts a value that cannot be opened, under the key that it names. */
  addUnreadable(value: string): void {
    const id = keyIdOf(value) ?? NO_KEY;
    this.byKey.set(id, (this.byKey.get(id) ?? 0) + 1);
  }

  /** Values that cannot be opened. */
  get unreadable(): number {
    return [...this.byKey.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The same by the id of the key that they name, most first; undefined for those that name none. */
  unreadableByKey(): readonly (readonly [keyId: string | undefined, count: number])[] {
    return [...this.byKey]
      .sort(([, a], [, b]) => b - a)
      .map(([id, count]) => [id === NO_KEY ? undefined : id, count]);
  }
}

/** The sealed values of one feature. */
export interface SealedKind {
  /** What they are, as `SealingContext` names it for people: `<feature>` or `<feature>.<what>`. */
  readonly what: string;
  /** How many stand about now. @throws AppError of the kind `unavailable` if Redis stays away */
  count(): Promise<number>;
  /**
   * Puts every value that is not under the newest key of the ring under it, where it stands; one that somebody else writes
   * meanwhile stays as that one wrote it. Ends after the values that it has in hand once `signal` is aborted, and may then,
   * or after a failure, be done again from the start: what is under the newest key is only looked at.
   * @throws AppError of the kind `unavailable` if Redis stays away
   */
  reseal(tally: ResealTally, signal: AbortSignal): Promise<void>;
}

/** Which values there are under keys of the ring; each feature enters its own, so that none has to know another. */
@Injectable()
export class SealedValues {
  private readonly byName = new Map<string, SealedKind>();

  register(kind: SealedKind): void {
    if (this.byName.has(kind.what)) throw new Error(`two features keep ${kind.what}`);
    this.byName.set(kind.what, kind);
  }

  /** In the order of their names. */
  all(): readonly SealedKind[] {
    return [...this.byName.values()].sort((a, b) => (a.what < b.what ? -1 : 1));
  }
}
