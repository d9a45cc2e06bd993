import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, ApiClient } from '../support/api-client.js';

const STREAM = '/v1/streams/power/entries';
const BOARD = '/v1/leaderboards/power';
const RETRY_MS = 10;
const PAGE = 1000;
const READERS = 16;
/** Longer than any run. */
const TTL_MS = 3_600_000;

type Kind = 'entry' | 'increment' | 'session' | 'lock';
const KINDS: readonly Kind[] = ['entry', 'increment', 'session', 'lock'];

/** A write that was acknowledged. */
export interface Written {
  readonly n: number;
  readonly kind: Kind;
  /** When, by `performance.now()`. */
  readonly at: number;
  /** A session's token, or a lock's. */
  readonly token: string | number | undefined;
}

export interface Findings {
  readonly lost: readonly Written[];
  readonly doubled: readonly string[];
}

/** Clients that write without pause, each write with a key until it is acknowledged, and what was. */
export class Writers {
  readonly acknowledged: Written[] = [];
  readonly unexpected: string[] = [];
  private readonly running: Promise<void>[];
  private next = 0;
  private ending = false;

  constructor(
    private readonly api: ApiClient,
    readonly clients: number,
  ) {
    this.running = Array.from({ length: clients }, () => this.write());
  }

  /** Lets each end what it has begun. */
  async finish(): Promise<void> {
    this.ending = true;
    await Promise.all(this.running);
  }

  /** Compares what was acknowledged with what there is. */
  async judge(): Promise<Findings> {
    const entries = tally((await this.all(STREAM)).map(({ data }) => Number(data.n)));
    const scores = new Map<number, number>();
    for (const { member, score } of await this.all(`${BOARD}/entries`)) {
      scores.set(Number(member), Number(score));
    }
    const timesOf = async (written: Written): Promise<number> => {
      switch (written.kind) {
        case 'entry':
          return entries.get(written.n) ?? 0;
        case 'increment':
          return scores.get(written.n) ?? 0;
        case 'session':
          return await this.timesOfSession(written);
        case 'lock':
          return await this.timesOfLock(written);
      }
    };
    const lost: Written[] = [];
    const doubled: string[] = [];
    const waiting = this.acknowledged.values();
    const read = async () => {
      for (const written of waiting) {
        const times = await timesOf(written);
        if (times < 1) lost.push(written);
        if (times > 1) doubled.push(`${written.kind} ${written.n}: ${times} times`);
      }
    };
    await Promise.all(Array.from({ length: READERS }, read));
    return { lost, doubled };
  }

  private async write(): Promise<void> {
    while (!this.ending) {
      const n = this.next++;
      const kind = KINDS[n % KINDS.length] ?? 'entry';
      const { body } = await this.sent(kind, n);
      const token: string | number | undefined = body?.token ?? body?.fencingToken;
      this.acknowledged.push({ n, kind, at: performance.now(), token });
    }
  }

  private async sent(kind: Kind, n: number): Promise<Answer> {
    const [path, body] = requestOf(kind, n);
    for (;;) {
      const headers = { 'idempotency-key': `${kind}-${n}` };
      const answer = await this.api.post(path, body, headers).catch(() => undefined);
      if (answer && answer.status < 300) return answer;
      if (answer && answer.status !== 503) {
        this.unexpected.push(`${kind} ${n}: ${answer.status} ${JSON.stringify(answer.body)}`);
      }
      await pause(RETRY_MS);
    }
  }

  private async timesOfSession({ n, token }: Written): Promise<number> {
    const [own, all] = await Promise.all([
      this.api.get('/v1/sessions/current', { 'session-token': String(token) }),
      this.api.get(`/v1/users/user-${n}/sessions`),
    ]);
    return own.status === 200 && own.body.data.n === n ? (all.body.items as unknown[]).length : 0;
  }

  private async timesOfLock({ n, token }: Written): Promise<number> {
    const { body } = await this.api.get(`/v1/locks/resources/resource-${n}`);
    if (body.held !== true) return 0;
    // It was granted a second time if it is under another token.
    return body.fencingToken === token ? 1 : 2;
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as `Answer`
  private async all(path: string): Promise<any[]> {
    const items: unknown[] = [];
    for (let cursor = ''; ;) {
      const { status, body } = await this.api.get(`${path}?limit=${PAGE}${cursor}`);
      if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
      items.push(...(body.items as unknown[]));
      if (body.next === null || body.next === undefined) return items;
      cursor = `&cursor=${encodeURIComponent(String(body.next))}`;
    }
  }
}

function requestOf(kind: Kind, n: number): [path: string, body: object] {
  switch (kind) {
    case 'entry':
      return [STREAM, { data: { n } }];
    case 'increment':
      return [`${BOARD}/submissions`, { member: String(n), score: 1, operator: 'increment' }];
    case 'session':
      return ['/v1/sessions', { userId: `user-${n}`, data: { n } }];
    case 'lock':
      return ['/v1/locks', { resources: [`resource-${n}`], ttlMs: TTL_MS }];
  }
}

function tally(numbers: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const n of numbers) counts.set(n, (counts.get(n) ?? 0) + 1);
  return counts;
}
