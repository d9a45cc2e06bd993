import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { ApiClient } from '../support/api-client.js';
import { seedOfRun } from '../support/random.js';
import { waitUntil } from '../support/wait-until.js';

/** Events that count for one member. Each adds a power of 4, so that the score tells how often each was counted. */
const EVENTS_A_MEMBER = 25;
const BASE = 4;
const PAGE = 1000;
const BETWEEN_SENDS_MS = 25;

/** What became of the events of a flow; every list names those that went wrong. */
export interface Verdict {
  readonly events: number;
  /** Answered with 201, and not in the stream. */
  readonly lost: string[];
  /** Effects that did not take place. */
  readonly missing: string[];
  /** Entries and effects that are there more than once. */
  readonly doubled: string[];
  /** Events whose effect came from another delivery than their first. */
  readonly redelivered: number;
}

interface FlowOptions {
  /** Begins the names of its streams and boards. */
  readonly name: string;
  /** Boards, and streams of derived entries, over which the effects are spread. */
  readonly spread: number;
  readonly visibilityTimeoutMs: number;
}

/** A stream of events, of which each has to add to a board once and to append to another stream once. */
export class EventFlow {
  readonly events: string;
  readonly group = 'workers';
  /** Number of the event by the id that its append was answered with. */
  readonly acknowledged = new Map<string, number>();
  private next = 0;

  constructor(
    /** The service as it is reached now. */
    private readonly api: () => ApiClient,
    private readonly options: FlowOptions,
  ) {
    this.events = `${options.name}-events`;
  }

  /** Makes the group, and with it the stream. */
  async open(): Promise<void> {
    const { visibilityTimeoutMs } = this.options;
    const answer = await this.api().put(this.groupPath, { visibilityTimeoutMs, maxDeliveries: 1000 });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  }

  /** Appends `count` events as one request with an Idempotency-Key, which is sent until it is answered. */
  async append(count: number): Promise<void> {
    const numbers = Array.from({ length: count }, () => this.next++);
    const headers = { 'idempotency-key': `${this.events}-${numbers[0]}` };
    const body = { entries: numbers.map((n) => ({ data: this.eventOf(n) })) };
    for (;;) {
      const answer = await this.api()
        .post(`/v1/streams/${this.events}/entries/batch`, body, headers)
        .catch(() => undefined);
      if (answer?.status === 201) {
        const ids = answer.body.ids as string[];
        for (const [at, n] of numbers.entries()) this.acknowledged.set(ids[at] ?? '', n);
        return;
      }
      if (answer && answer.status !== 503) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
      await pause(BETWEEN_SENDS_MS);
    }
  }

  /** Events that no consumer has ended yet; all of them as long as the service does not say. */
  async unhandled(): Promise<number> {
    const answer = await this.api()
      .get(this.groupPath)
      .catch(() => undefined);
    return answer?.status === 200 ? Number(answer.body.lag) + Number(answer.body.pending) : Infinity;
  }

  /** Waits until every event was ended and every effect of theirs settled, on the servers at `urls`. */
  async untilSettled(urls: readonly string[], timeoutMs: number): Promise<void> {
    await waitUntil('the events are handled', async () => (await this.unhandled()) === 0, { timeoutMs });
    await waitUntil('their effects are settled', async () => (await unsettled(urls)).length === 0, {
      timeoutMs,
      everyMs: 250,
    });
  }

  async deadLetters(): Promise<number> {
    return Number((await this.api().get(this.groupPath)).body.deadLetters);
  }

  async judge(): Promise<Verdict> {
    const entries = await this.readAll(this.events);
    const standing = new Set(entries.map(({ id }) => id));
    const appends = tally(entries.map(({ data }) => Number(data.n)));
    const derived = (await Promise.all(this.each((at) => this.readAll(this.derived(at))))).flat();
    const derivations = tally(derived.map(({ data }) => String(data.id)));
    const counts = await this.countsOnBoards();

    const doubled = [...appends].filter(([, times]) => times > 1).map(([n]) => `event ${n} in the stream`);
    const lost: string[] = [];
    const missing: string[] = [];
    for (const [id, n] of this.acknowledged) {
      if (!standing.has(id)) lost.push(`event ${n}`);
      for (const [where, times] of [
        ['on the board', counts.get(n) ?? 0],
        ['derived', derivations.get(id) ?? 0],
      ] as const) {
        if (times === 0) missing.push(`event ${n} ${where}`);
        if (times > 1) doubled.push(`event ${n} ${where}: ${times} times`);
      }
    }
    const redelivered = derived.filter(({ data }) => Number(data.deliveries) > 1).length;
    return { events: this.acknowledged.size, lost, missing, doubled, redelivered };
  }

  private get groupPath(): string {
    return `/v1/streams/${this.events}/groups/${this.group}`;
  }

  private eventOf(n: number) {
    const at = n % this.options.spread;
    const turn = Math.floor(n / this.options.spread);
    return {
      n,
      board: this.board(at),
      derived: this.derived(at),
      member: `member-${Math.floor(turn / EVENTS_A_MEMBER)}`,
      score: BASE ** (turn % EVENTS_A_MEMBER),
    };
  }

  private board(at: number): string {
    return `${this.options.name}-totals-${at}`;
  }

  private derived(at: number): string {
    return `${this.options.name}-derived-${at}`;
  }

  private each<T>(give: (at: number) => T): T[] {
    return Array.from({ length: this.options.spread }, (_, at) => give(at));
  }

  /** How often each event was counted, by its number: the digit of its power in the score of its member. */
  private async countsOnBoards(): Promise<Map<number, number>> {
    const scores = new Map((await Promise.all(this.each((at) => this.scoresOf(this.board(at))))).flat());
    const counts = new Map<number, number>();
    for (let n = 0; n < this.next; n++) {
      const { board, member, score } = this.eventOf(n);
      counts.set(n, Math.floor((scores.get(`${board}/${member}`) ?? 0) / score) % BASE);
    }
    return counts;
  }

  private async scoresOf(board: string): Promise<[string, number][]> {
    const last = this.eventOf(this.next).member.split('-')[1];
    const members = Array.from({ length: Number(last) + 1 }, (_, at) => `member-${at}`);
    const scores: [string, number][] = [];
    for (let at = 0; at < members.length; at += PAGE) {
      const answer = await this.api().post(`/v1/leaderboards/${board}/entries/lookup`, {
        members: members.slice(at, at + PAGE),
      });
      const items = answer.status === 200 ? (answer.body.items as { member: string; score: number }[]) : [];
      for (const { member, score } of items) scores.push([`${board}/${member}`, score]);
    }
    return scores;
  }

  private async readAll(stream: string): Promise<{ id: string; data: Record<string, unknown> }[]> {
    const found: { id: string; data: Record<string, unknown> }[] = [];
    let cursor = '';
    for (;;) {
      const page = await this.api().get(`/v1/streams/${stream}/entries?limit=${PAGE}${cursor}`);
      if (page.status === 404) return found;
      if (page.status !== 200) throw new Error(`${page.status} ${JSON.stringify(page.body)}`);
      found.push(...(page.body.items as typeof found));
      if (page.body.next === null) return found;
      cursor = `&cursor=${encodeURIComponent(String(page.body.next))}`;
    }
  }
}

/** What a verdict counts, as one line; `when` says what it was under. */
export function told({ events, lost, missing, doubled, redelivered }: Verdict, when: string): string {
  return (
    `${lost.length} lost, ${missing.length} missing, ${doubled.length} double effects of ${events} events ` +
    `${when} (${redelivered} events delivered more than once, seed ${seedOfRun()})`
  );
}

/** Keys of commits that are not settled, and of records of effects that nothing lets go, on the servers at `urls`. */
export async function unsettled(urls: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    urls.map(async (url) => {
      const redis = new Redis(url, { retryStrategy: () => null });
      redis.on('error', () => undefined);
      try {
        const keys = await redis.keys('*');
        const commits = keys.filter((key) => /:(outbox|effects)$/.test(key));
        if (commits.length > 0) return commits;
        const records = keys.filter((key) => key.includes(':operation:'));
        const left = await Promise.all(records.map((record) => redis.pttl(record)));
        return records.filter((_record, at) => left[at] === -1);
      } finally {
        redis.disconnect();
      }
    }),
  );
  return found.flat();
}

function tally<T>(values: readonly T[]): Map<T, number> {
  const times = new Map<T, number>();
  for (const value of values) times.set(value, (times.get(value) ?? 0) + 1);
  return times;
}
