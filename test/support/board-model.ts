/** How a board of the model is set up; the words are those of the API. */
export interface ModelSettings {
  readonly order: 'ascending' | 'descending';
  readonly operator: Operator;
  readonly ties: 'arrival' | 'member';
}

export type Operator = 'set' | 'best' | 'increment';
export type Ranking = 'ordinal' | 'competition' | 'dense';

export interface ModelSubmission {
  readonly member: string;
  readonly score: number;
  readonly operator?: Operator;
  readonly metadata?: Record<string, unknown>;
}

export interface ModelRow {
  readonly member: string;
  readonly score: number;
  readonly rank: number;
  readonly metadata?: Record<string, unknown>;
}

interface Entry {
  readonly member: string;
  readonly score: number;
  readonly arrival: number;
}

/** Entries in the order of their board. */
export class ModelSeason {
  entries: readonly Entry[] = [];
  readonly metadata = new Map<string, Record<string, unknown>>();

  rows(ranking: Ranking): ModelRow[] {
    const scores = this.entries.map(({ score }) => score);
    const distinct = [...new Set(scores)];
    return this.entries.map(({ member, score }, at) => {
      const document = this.metadata.get(member);
      const rank =
        { ordinal: at, competition: scores.indexOf(score), dense: distinct.indexOf(score) }[ranking] + 1;
      return document === undefined ? { member, score, rank } : { member, score, rank, metadata: document };
    });
  }

  remove(member: string): boolean {
    const before = this.entries.length;
    this.entries = this.entries.filter((entry) => entry.member !== member);
    this.metadata.delete(member);
    return this.entries.length < before;
  }
}

/** A leaderboard as the contract describes it, by sorting alone: what the real one is compared with. */
export class BoardModel {
  live = new ModelSeason();
  readonly closed = new Map<string, ModelSeason>();
  private capacity = Infinity;
  private arrivals = 0;

  constructor(private readonly settings: ModelSettings) {}

  /** The answer to a submission, or `overflow`. */
  submit({ member, score, operator = this.settings.operator, metadata }: ModelSubmission) {
    const standing = this.live.entries.find((entry) => entry.member === member);
    const previousRank = standing ? this.live.entries.indexOf(standing) + 1 : null;
    const previousScore = standing?.score ?? null;
    let after = score + 0;
    if (operator === 'increment') {
      if (leavesRange(standing?.score ?? 0, score)) return 'overflow' as const;
      after = (standing?.score ?? 0) + score;
    }
    if (operator === 'best' && standing && !this.isBetter(score, standing.score)) after = standing.score;
    const changed = after !== previousScore;
    if (changed) {
      this.live.entries = [
        ...this.live.entries.filter((entry) => entry !== standing),
        { member, score: after, arrival: this.arrivals++ },
      ].sort((a, b) => this.compare(a, b));
      this.trim();
    }
    const at = this.live.entries.findIndex((entry) => entry.member === member);
    const rank = at < 0 ? null : at + 1;
    if (metadata && rank !== null && (changed || operator !== 'best'))
      this.live.metadata.set(member, metadata);
    return { member, score: after, rank, previousScore, previousRank, changed: changed && rank !== null };
  }

  setCapacity(capacity: number | null): void {
    this.capacity = capacity ?? Infinity;
    this.trim();
  }

  closeSeason(): string {
    const id = String(this.closed.size + 1);
    this.closed.set(id, this.live);
    this.live = new ModelSeason();
    return id;
  }

  private trim(): void {
    for (const { member } of this.live.entries.slice(this.capacity)) this.live.remove(member);
  }

  private isBetter(score: number, than: number): boolean {
    return this.settings.order === 'ascending' ? score < than : score > than;
  }

  private compare(a: Entry, b: Entry): number {
    if (a.score !== b.score) return this.isBetter(a.score, b.score) ? -1 : 1;
    return this.settings.ties === 'arrival'
      ? a.arrival - b.arrival
      : Buffer.compare(Buffer.from(a.member), Buffer.from(b.member));
  }
}

const LIMIT = scaled(2 ** 53);

function leavesRange(a: number, b: number): boolean {
  const sum = scaled(a) + scaled(b);
  return sum > LIMIT || sum < -LIMIT;
}

/** A double times 2^1074, which is an integer for every double. */
function scaled(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const exponent = bits >> 52n;
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return value < 0 ? -magnitude : magnitude;
}
