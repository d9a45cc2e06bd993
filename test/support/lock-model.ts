/** What one lock node knows of a tenant, kept in the plainest way: the scripts must agree with it. */
export interface Want {
  readonly place: string;
  readonly permits: number;
}

export interface ModelGrant {
  readonly held: readonly { readonly place: string; readonly slot: number }[];
  readonly owner: string;
  readonly since: number;
  token: number;
  /** Whether the token is the one that was given out, and not what this node alone had in mind. */
  isAgreed: boolean;
  endsAt: number;
}

export interface ModelWaiter {
  readonly wants: readonly Want[];
  readonly owner: string;
  readonly since: number;
  readonly ticket: number;
  readonly process: string;
  readonly deadline: number;
}

/** What an attempt comes to: the slots that can be taken, or when the last of what is missing can come free. */
export type Chance =
  | { readonly slots: readonly number[]; readonly freeInMs?: never }
  | { readonly slots?: never; readonly freeInMs: number | undefined };

export interface ModelAttempt {
  readonly id: string;
  readonly wants: readonly Want[];
  readonly ttlMs: number;
  /** '' to stand in no line, 0 for the next place or the one that it has, else this one. */
  readonly ticket: number | '';
  readonly waitMs: number;
  readonly process: string;
  readonly confirmed: boolean;
}

/** A process that was not heard of for so long is gone, and those who wait in it with it. */
const ALIVE_MS = 3000;

export class LockModel {
  /** In ms; nothing happens between two of them. */
  now = 1_000_000;
  readonly grants = new Map<string, ModelGrant>();
  readonly waiters = new Map<string, ModelWaiter>();
  private readonly heardOf = new Map<string, number>();
  /** The highest number that was given out, as a token or as a ticket. */
  private lastNumber = 0;

  /** The grant of `id`, unless its time is up. */
  standing(id: string): ModelGrant | undefined {
    const grant = this.grants.get(id);
    if (grant && grant.endsAt > this.now) return grant;
    this.grants.delete(id);
    return undefined;
  }

  /** Who holds a place, in the order in which they came to hold it. */
  holders(place: string): { id: string; slot: number; grant: ModelGrant }[] {
    return [...this.grants.keys()].flatMap((id) => {
      const grant = this.standing(id);
      return (grant?.held ?? []).flatMap((held) =>
        grant && held.place === place ? [{ id, slot: held.slot, grant }] : [],
      );
    });
  }

  isInLine(id: string): boolean {
    const waiter = this.waiters.get(id);
    return (
      waiter !== undefined &&
      waiter.deadline > this.now &&
      (this.heardOf.get(waiter.process) ?? 0) + ALIVE_MS > this.now
    );
  }

  /** Who waits for a place, in order. */
  line(place: string): string[] {
    return [...this.waiters]
      .filter(([id, { wants }]) => this.isInLine(id) && wants.some((want) => want.place === place))
      .sort(([a, one], [b, other]) => one.ticket - other.ticket || (a < b ? -1 : 1))
      .map(([id]) => id);
  }

  chance(id: string, wants: readonly Want[]): Chance {
    const slots: number[] = [];
    let freeInMs: number | undefined;
    let isBlocked = false;
    for (const { place, permits } of wants) {
      const holders = this.holders(place);
      const first = this.line(place).at(0);
      if (first !== undefined && first !== id) isBlocked = true;
      if (holders.length < permits) {
        const taken = new Set(holders.map(({ slot }) => slot));
        let slot = 1;
        while (taken.has(slot)) slot++;
        slots.push(slot);
      } else {
        isBlocked = true;
        const soonest = Math.min(...holders.map(({ grant }) => grant.endsAt - this.now));
        freeInMs = Math.max(freeInMs ?? 0, soonest);
      }
    }
    return isBlocked ? { freeInMs } : { slots };
  }

  /** Those who wait, have nothing yet and could have it now. */
  able(): string[] {
    return [...this.waiters].flatMap(([id, { wants }]) =>
      this.isInLine(id) && this.standing(id) === undefined && this.chance(id, wants).slots ? [id] : [],
    );
  }

  /** The grant, or the chance that it did not have and its place in the line. */
  acquire(attempt: ModelAttempt): ModelGrant | { freeInMs: number | undefined; ticket: number } {
    const { id, wants, ttlMs, ticket, waitMs, process, confirmed } = attempt;
    const earlier = this.standing(id);
    if (earlier) return earlier;
    const chance = this.chance(id, wants);
    if (chance.slots) {
      const { slots } = chance;
      const grant: ModelGrant = {
        held: wants.map(({ place }, at) => ({ place, slot: slots[at] ?? 0 })),
        owner: id,
        since: this.now,
        token: this.nextNumber(),
        isAgreed: confirmed,
        endsAt: this.now + ttlMs,
      };
      this.grants.set(id, grant);
      this.lastNumber = grant.token;
      if (confirmed) this.waiters.delete(id);
      return grant;
    }
    if (ticket === '') return { freeInMs: chance.freeInMs, ticket: 0 };
    const before = this.waiters.get(id);
    const place = ticket || (before?.ticket ?? this.nextNumber());
    this.lastNumber = Math.max(this.lastNumber, place);
    this.heard(process);
    const deadline = this.now + waitMs;
    const since = before?.since ?? this.now;
    this.waiters.set(id, { wants, owner: id, since, ticket: place, process, deadline });
    return { freeInMs: chance.freeInMs, ticket: place };
  }

  /** `agreed`: the token that a majority gives out; with it the line is left. Undefined if there is no such grant. */
  extend(id: string, ttlMs: number, agreed: number | ''): ModelGrant | undefined {
    if (agreed !== '') {
      this.lastNumber = Math.max(this.lastNumber, agreed);
      this.waiters.delete(id);
    }
    const grant = this.standing(id);
    if (grant === undefined) return undefined;
    grant.endsAt = this.now + ttlMs;
    if (agreed !== '') {
      grant.token = agreed;
      grant.isAgreed = true;
    }
    return grant;
  }

  /** `process`: where it was asked for, if another request may have the same id; '' if none has. */
  release(id: string, keep: 'place' | 'grant' | '', process: string): boolean {
    const grant = this.standing(id);
    const isEnded = grant !== undefined && keep !== 'grant' && !(process !== '' && grant.isAgreed);
    if (isEnded) this.grants.delete(id);
    const waitsElsewhere = process !== '' && this.waiters.get(id)?.process !== process;
    if (keep !== 'place' && !waitsElsewhere) this.waiters.delete(id);
    return isEnded;
  }

  break(place: string): number {
    const holders = this.holders(place);
    for (const { id } of holders) this.grants.delete(id);
    return holders.length;
  }

  heard(process: string): void {
    this.heardOf.set(process, this.now);
  }

  /** What `process` is told of its waiters `ids`: whose turn it is, and in how many ms it may be somebody's. */
  beat(process: string, ids: readonly string[]): { soonestMs: number | undefined; due: Set<string> } {
    this.heard(process);
    let soonestMs: number | undefined;
    const due = new Set<string>();
    for (const id of ids) {
      const place = this.waiters.get(id)?.wants[0]?.place;
      if (place === undefined) due.add(id);
      const first = place === undefined ? undefined : this.line(place).at(0);
      const waiter = first === undefined ? undefined : this.waiters.get(first);
      if (first === undefined || waiter === undefined) continue;
      const { slots, freeInMs } = this.chance(first, waiter.wants);
      if (slots && waiter.process === process) due.add(first);
      if (freeInMs !== undefined) soonestMs = Math.min(soonestMs ?? freeInMs, freeInMs);
    }
    return { soonestMs, due };
  }

  /** Of the clock, or the next one after the last. */
  private nextNumber(): number {
    return Math.max(this.now * 1000, this.lastNumber + 1);
  }
}
