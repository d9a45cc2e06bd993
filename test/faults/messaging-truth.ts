import { type Position, positionOf } from '../../src/features/messaging/messaging.position.js';
import { seedOfRun } from '../support/random.js';

/** A gap as a subscriber was told of it. */
export interface ToldGap {
  readonly from: string | null;
  readonly to: string;
  /** By this machine's clock, in ms since 1970: it was told by then. */
  readonly seenAt: number;
}

/** What one subscriber was told of one channel, in order: the numbers of messages, and gaps. */
export class ChannelLog {
  readonly entries: (number | ToldGap)[] = [];
  /** Offset up to which the subscriber was told something. */
  reached = 0;
  /** Offset from which on it has to be told everything. */
  startsAt = 1;

  constructor(readonly channel: string) {}

  message(n: number, id: string): void {
    this.entries.push(n);
    this.reached = placeOf(id).offset;
  }

  gap(gap: ToldGap): void {
    this.entries.push(gap);
    this.reached = placeOf(gap.to).offset;
  }

  get gaps(): ToldGap[] {
    return this.entries.filter((entry) => typeof entry !== 'number');
  }
}

/** What became of messages; every list names those that went wrong. */
export interface Verdict {
  readonly messages: number;
  readonly missing: string[];
  readonly doubled: string[];
  readonly disordered: string[];
  /** Gaps that name more or less than what was missed, or something that was still kept. */
  readonly wrongGaps: string[];
  /** Messages that have another id than their publisher was told. */
  readonly strange: string[];
  /** Gaps in all. */
  readonly gaps: number;
}

interface Line {
  /** Number of the message by its offset; nothing at 0. */
  readonly numbers: number[];
  readonly instants: number[];
  epoch: string;
}

/** What was published: every message has a number of its own as its data, and the id that its publisher was answered with. */
export class Truth {
  private readonly lines = new Map<string, Line>();
  private readonly ids = new Map<number, string>();
  private readonly seen = new Map<number, string>();
  private readonly conflicts: string[] = [];
  private next = 1;

  get acknowledged(): number {
    return this.ids.size;
  }

  /** The number of a message that is about to be published. */
  newNumber(): number {
    return this.next++;
  }

  acknowledge(n: number, channel: string, id: string): void {
    const { epoch, offset, at = 0 } = placeOf(id);
    const line = this.lines.get(channel) ?? { numbers: [], instants: [], epoch };
    this.lines.set(channel, line);
    if (line.epoch !== epoch) this.conflicts.push(`${channel} has epochs ${line.epoch} and ${epoch}`);
    if (line.numbers[offset] !== undefined) this.conflicts.push(`${id} was given to two messages`);
    line.numbers[offset] = n;
    line.instants[offset] = at;
    this.ids.set(n, id);
  }

  /** Some subscriber got a message. */
  see(n: number, id: string): void {
    const before = this.seen.get(n);
    if (before === undefined) this.seen.set(n, id);
    else if (before !== id) this.conflicts.push(`message ${n} came as ${before} and as ${id}`);
  }

  /** Offset of the last message of a channel that is acknowledged. */
  lastOf(channel: string): number {
    return Math.max(0, (this.lines.get(channel)?.numbers.length ?? 0) - 1);
  }

  /** The numbers of a channel's messages, in order. */
  numbersOf(channel: string): number[] {
    return this.lines.get(channel)?.numbers.slice(1) ?? [];
  }

  /** What is wrong with `logs`; `keptOf` says how many messages of a channel were kept. */
  judge(logs: readonly ChannelLog[], keptOf: (channel: string) => number): Verdict {
    const verdict = {
      messages: this.ids.size,
      missing: [],
      doubled: [],
      disordered: [],
      wrongGaps: [],
      strange: this.strange(),
      gaps: logs.reduce((sum, log) => sum + log.gaps.length, 0),
    };
    for (const log of logs) new Reading(log, this.lines.get(log.channel), this.ids, verdict).go(keptOf);
    return verdict;
  }

  private strange(): string[] {
    const found = [...this.conflicts];
    for (const [n, id] of this.seen) {
      if (this.ids.get(n) !== id) found.push(`message ${n} came as ${id}, not as ${this.ids.get(n)}`);
    }
    for (const [channel, { numbers }] of this.lines) {
      for (let offset = 1; offset < numbers.length; offset++) {
        if (numbers[offset] === undefined) found.push(`offset ${offset} of ${channel} is nobody’s`);
      }
    }
    return found;
  }
}

/** One subscriber's log of one channel, gone through from its start. */
class Reading {
  private expected: number;
  private readonly had = new Set<number>();

  constructor(
    private readonly log: ChannelLog,
    private readonly line: Line | undefined,
    private readonly ids: ReadonlyMap<number, string>,
    private readonly verdict: Verdict,
  ) {
    this.expected = log.startsAt;
  }

  go(keptOf: (channel: string) => number): void {
    for (const entry of this.log.entries) {
      if (typeof entry === 'number') this.message(entry);
      else this.gap(entry, keptOf(this.log.channel));
    }
    this.miss((this.line?.numbers.length ?? 1) - 1);
  }

  private message(n: number): void {
    const id = this.ids.get(n);
    if (id === undefined) return;
    const { offset } = placeOf(id);
    if (this.had.has(n)) this.verdict.doubled.push(this.named(offset));
    else if (offset < this.expected) this.verdict.disordered.push(this.named(offset));
    this.had.add(n);
    this.miss(offset - 1);
    this.expected = Math.max(this.expected, offset + 1);
  }

  /** It begins where the subscriber was, and what it names was kept no longer when it was told; what follows shows its end. */
  private gap({ from, to, seenAt }: ToldGap, kept: number): void {
    const [begin, end] = [placeOf(from ?? ''), placeOf(to)];
    const next = this.line?.instants[end.offset + kept];
    const isExact =
      begin.offset === this.expected - 1 &&
      end.offset >= this.expected &&
      begin.epoch === this.line?.epoch &&
      end.epoch === begin.epoch;
    if (!isExact) this.verdict.wrongGaps.push(`${from} to ${to}, expected ${this.named(this.expected)}`);
    else if (next === undefined || next > seenAt) this.verdict.wrongGaps.push(`${to} was still kept`);
    this.expected = Math.max(this.expected, end.offset + 1);
  }

  private miss(upTo: number): void {
    for (; this.expected <= upTo; this.expected++) this.verdict.missing.push(this.named(this.expected));
  }

  private named(offset: number): string {
    return `${this.log.channel}.${offset}`;
  }
}

/** What a verdict counts, as one line; `when` says what it was under. */
export function told(verdict: Verdict, when: string): string {
  const { missing, doubled, disordered, wrongGaps, gaps, messages } = verdict;
  return (
    `${missing.length} missing, ${doubled.length} double, ${disordered.length} out of order of ${messages} messages ` +
    `${when} (${gaps} gaps told, ${wrongGaps.length} of them wrong; seed ${seedOfRun()})`
  );
}

/** What a verdict has to be where all is well. */
export const NOTHING_WRONG = { missing: [], doubled: [], disordered: [], wrongGaps: [], strange: [] };

export function placeOf(id: string): Position {
  return positionOf(id) ?? { epoch: '', offset: -1, at: undefined };
}
