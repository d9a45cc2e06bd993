/** What a consumer group knows, kept in the plainest way: the scripts must agree with it. */
interface ModelDelivery {
  consumer: string;
  deliveries: number;
  readonly firstDeliveredAt: number;
  visibleAt: number;
  reason: string | undefined;
}

export interface ModelLetter {
  readonly id: string;
  readonly deadAt: number;
  readonly data: string | undefined;
  readonly key: string | undefined;
  readonly reason: string;
  readonly deliveries: number;
}

export interface ModelEntry {
  readonly id: string;
  readonly data: string;
}

const ZERO = '0-0';

/** Order of entry ids, `<ms>-<sequence>`. */
export function compareIds(left: string, right: string): number {
  const [leftMs = 0, leftSequence = 0] = left.split('-').map(Number);
  const [rightMs = 0, rightSequence = 0] = right.split('-').map(Number);
  return leftMs - rightMs || leftSequence - rightSequence;
}

/** A stream: a list of entries, and which id came last. */
export class StreamModel {
  entries: ModelEntry[] = [];
  lastId = ZERO;
  maxLength = Infinity;

  append(rows: readonly ModelEntry[]): void {
    this.entries.push(...rows);
    this.lastId = rows.at(-1)?.id ?? this.lastId;
    this.trim();
  }

  trim(): void {
    this.entries.splice(0, Math.max(0, this.entries.length - this.maxLength));
  }

  remove(id: string): boolean {
    const at = this.entries.findIndex((entry) => entry.id === id);
    if (at >= 0) this.entries.splice(at, 1);
    return at >= 0;
  }

  dataOf(id: string): string | undefined {
    return this.entries.find((entry) => entry.id === id)?.data;
  }
}

/** A consumer group of a `StreamModel`. */
export class GroupModel {
  readonly pending = new Map<string, ModelDelivery>();
  readonly letters = new Map<string, ModelLetter>();
  private readonly copies = new Map<string, string>();
  private position = ZERO;

  constructor(
    private readonly stream: StreamModel,
    readonly maxDeliveries: number,
    readonly visibilityTimeoutMs: number,
  ) {}

  /** Counted, one by one. */
  get lag(): number {
    return this.stream.entries.filter(({ id }) => compareIds(id, this.position) > 0).length;
  }

  heldBy(consumer: string): number {
    return [...this.pending.values()].filter((delivery) => delivery.consumer === consumer).length;
  }

  receive(consumer: string, limit: number, now: number) {
    const given: { id: string; data: string; deliveries: number; firstDeliveredAt: number }[] = [];
    const give = (id: string, data: string, delivery: ModelDelivery) => {
      delivery.consumer = consumer;
      delivery.deliveries++;
      this.place(id, delivery, now + this.visibilityTimeoutMs);
      given.push({
        id,
        data,
        deliveries: delivery.deliveries,
        firstDeliveredAt: delivery.firstDeliveredAt,
      });
    };
    for (const [id, delivery] of this.due(now)) {
      if (given.length === limit) return given;
      const data = this.stream.dataOf(id) ?? this.copies.get(id);
      if (data === undefined) this.bury(id, delivery, 'trimmed', now);
      else if (delivery.deliveries >= this.maxDeliveries) {
        this.bury(id, delivery, delivery.reason ?? 'visibility-timeout', now);
      } else give(id, data, delivery);
    }
    for (const { id, data } of this.stream.entries) {
      if (given.length === limit) break;
      if (compareIds(id, this.position) <= 0) continue;
      this.position = id;
      if (this.pending.has(id)) continue;
      give(id, data, {
        consumer,
        deliveries: 0,
        firstDeliveredAt: now,
        visibleAt: 0,
        reason: undefined,
      });
    }
    return given;
  }

  /** Why `id` is not the consumer's; undefined if it is. */
  refusal(id: string, consumer: string, now: number): string | undefined {
    const delivery = this.pending.get(id);
    if (delivery === undefined) return 'not-pending';
    if (delivery.consumer !== consumer) return 'not-owner';
    return delivery.visibleAt <= now ? 'expired' : undefined;
  }

  acknowledge(id: string): void {
    this.pending.delete(id);
    this.copies.delete(id);
  }

  extend(id: string, now: number): void {
    const delivery = this.pending.get(id);
    if (delivery) this.place(id, delivery, now + this.visibilityTimeoutMs);
  }

  giveBack(id: string, delayMs: number, reason: string, now: number): void {
    const delivery = this.pending.get(id);
    if (delivery === undefined) return;
    delivery.reason = reason === '' ? 'given-back' : reason;
    if (delivery.deliveries >= this.maxDeliveries) this.bury(id, delivery, delivery.reason, now);
    else this.place(id, Object.assign(delivery, { consumer: '' }), now + delayMs);
  }

  seek(to: string): void {
    this.position = this.placeBefore(to);
    for (const id of [...this.pending.keys()]) if (!this.copies.has(id)) this.pending.delete(id);
  }

  replay(id: string, now: number): string | undefined {
    const letter = this.letters.get(id);
    if (letter === undefined) return 'no-dead-letter';
    if (letter.data === undefined) return 'trimmed';
    if (this.pending.has(id)) return 'pending';
    this.letters.delete(id);
    this.copies.set(id, letter.data);
    const delivery = {
      consumer: '',
      deliveries: 0,
      firstDeliveredAt: now,
      visibleAt: now,
      reason: undefined,
    };
    this.place(id, delivery, now);
    return undefined;
  }

  burySpent(now: number): void {
    for (const [id, delivery] of this.due(now)) {
      if (delivery.deliveries >= this.maxDeliveries) {
        this.bury(id, delivery, delivery.reason ?? 'visibility-timeout', now);
      }
    }
  }

  /** In the order in which they are shown. */
  deadLetters(): ModelLetter[] {
    return [...this.letters.values()].sort((left, right) => left.deadAt - right.deadAt);
  }

  private due(now: number): [string, ModelDelivery][] {
    return [...this.pending]
      .filter(([, { visibleAt }]) => visibleAt <= now)
      .sort(([, left], [, right]) => left.visibleAt - right.visibleAt);
  }

  /** Behind those of the same instant: a Map keeps the order in which it was filled, and a sort that of equals. */
  private place(id: string, delivery: ModelDelivery, visibleAt: number): void {
    this.pending.delete(id);
    this.pending.set(id, Object.assign(delivery, { visibleAt }));
  }

  private bury(id: string, { deliveries }: ModelDelivery, reason: string, now: number): void {
    const data = this.stream.dataOf(id) ?? this.copies.get(id);
    this.letters.delete(id);
    this.letters.set(id, { id, deadAt: now, data, key: undefined, reason, deliveries });
    this.acknowledge(id);
  }

  private placeBefore(to: string): string {
    const { entries, lastId } = this.stream;
    if (to === 'begin') return ZERO;
    const at = to === 'now' ? -1 : entries.findIndex(({ id }) => compareIds(id, to) >= 0);
    return at < 0 ? lastId : (entries[at - 1]?.id ?? ZERO);
  }
}
