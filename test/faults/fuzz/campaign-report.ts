import { isBusy, isRedisTimeout, type Objection } from './contract.js';

const MOST_SHOWN = 20;

/** What came of a campaign. */
export class CampaignReport {
  sent = 0;
  /** When answers were 503 because Redis did not answer in time, in ms since 1970. */
  readonly redisTimeouts: number[] = [];
  /** What was wrong, but for those. */
  readonly counts: Record<Objection['sort'], number> = { 'server error': 0, 'off the schema': 0, leak: 0 };
  /** The first objections, each with what was sent. */
  readonly examples: string[] = [];
  /** Answers by operation and class of status: `2xx`. */
  private readonly coverage = new Map<string, Map<string, number>>();

  object({ sort, reason }: Objection, sent: string): void {
    this.counts[sort]++;
    if (this.examples.length < MOST_SHOWN) this.examples.push(`${sort}: ${reason}\n  ${sent}`);
  }

  /**
   * Whether an answer of 503 is nothing that the service does wrong: Redis did not answer in time, now, or when the payload
   * of the request was taken, which is left to whoever took it for as long as its lease.
   */
  isExcused(problem: unknown): boolean {
    return isRedisTimeout(problem) || (isBusy(problem) && this.redisTimeouts.length > 0);
  }

  count(address: string, status: number): void {
    const classes = this.coverage.get(address) ?? new Map<string, number>();
    const name = `${Math.floor(status / 100)}xx`;
    classes.set(name, (classes.get(name) ?? 0) + 1);
    this.coverage.set(address, classes);
  }

  get operations(): number {
    return this.coverage.size;
  }

  /** Which of the operations never succeeded: behind their doors nothing was tried. */
  unreached(addresses: readonly string[]): string[] {
    return addresses.filter((address) => this.coverage.get(address)?.has('2xx') !== true);
  }

  summary(): string {
    const { 'server error': errors, 'off the schema': off, leak } = this.counts;
    const sent = this.sent.toLocaleString('en');
    const late = this.redisTimeouts.length;
    const why = late > 0 ? ` (${late} of them 503, Redis late)` : '';
    return `${errors + late} answers 5xx${why}, ${off} off the schema, ${leak} leaks in ${sent}`;
  }

  table(): string {
    const rows = [...this.coverage].map(([address, classes]) => {
      const figures = [...classes].sort().map(([name, count]) => `${name} ${String(count).padEnd(6)}`);
      return `  ${address.padEnd(62)} ${figures.join(' ')}`.trimEnd();
    });
    return rows.sort().join('\n');
  }
}
