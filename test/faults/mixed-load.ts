import { setTimeout as pause } from 'node:timers/promises';
import { positionOf } from '../../src/features/messaging/messaging.position.js';
import { type Answer, ApiClient } from '../support/api-client.js';
import { EventReader } from '../support/event-reader.js';
import type { MessageClient } from '../support/message-client.js';
import type { Random } from '../support/random.js';
import { ADMIN_KEY } from '../support/service.js';
import { waitUntil } from '../support/wait-until.js';
import { DEADLINE_MS } from './sizes.js';
import { type Gap, type Received, subscribeBySocket } from './socket-subscriber.js';

const STREAM = 'load';
const GROUP = `/v1/streams/${STREAM}/groups/workers`;
const CHANNEL = 'load';
/** Between two requests of one client. */
const PACE_MS = 5;
const RETRY_MS = 25;
const PAGE = 1000;
const MEMBERS = 50;

export interface MixedLoadOptions {
  /** The services as they are reached now. */
  readonly urls: () => readonly string[];
  readonly random: Random;
  /** What writes ask for; they are sent again until they have it. */
  readonly replicas?: number;
  /** Of the message transport; closed at the end. */
  readonly messages: MessageClient;
  /** Sends a request in another way than once, to one of the services; undefined if there is no answer. */
  readonly send?: Send;
}

export type Send = (
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string>,
) => Promise<Answer | undefined>;

/** What became of it all; every list names what went wrong. */
export interface LoadVerdict {
  readonly writes: number;
  readonly lost: string[];
  readonly doubled: string[];
  /** Answers that no fault explains. */
  readonly unexpected: string[];
  /** Requests that took longer than any may. */
  readonly slow: string[];
}

/**
 * Clients of every kind at once, each of which goes on until what it sends is acknowledged, and a book of what was: writers with
 * Idempotency-Keys, consumers whose effects are part of their acknowledgement, subscribers that resume, Nest's message client, and
 * holders of a lock.
 */
export class MixedLoad {
  readonly unexpected: string[] = [];
  readonly slow: string[] = [];
  slowestMs = 0;
  /** As in the options; what is sent from a change on asks for the new number. */
  replicas: number | undefined;
  /** Live connections that ended, and those of them that were not told why. */
  readonly ends = { all: 0, untold: [] as string[] };
  /** Messages that were sent again because no answer came. */
  unanswered = 0;
  private readonly appended = new Set<number>();
  private readonly published = new Map<number, string>();
  private readonly counted = new Map<string, number>();
  private readonly received: Received[] = [];
  /** Of each client, how often it got something done. */
  private readonly progress = new Map<string, number>();
  private readonly running: Promise<void>[] = [];
  private readonly readers = new Set<EventReader>();
  private ending = false;
  private draining = false;
  private next = 1;
  private lastToken = 0;

  constructor(private readonly options: MixedLoadOptions) {
    this.replicas = options.replicas;
  }

  async start(): Promise<void> {
    await this.acknowledged('PUT', GROUP, { visibilityTimeoutMs: 3000, maxDeliveries: 1000 });
    await this.acknowledged('PUT', `/v1/channels/${CHANNEL}`, {
      historySize: 100_000,
      historyTtlMs: 3_600_000,
    });
    for (const at of [0, 1]) {
      const received: Received = { isThere: false, ids: new Map(), gaps: [] };
      this.received.push(received);
      this.running.push(this.subscribe(`subscriber ${at}`, at, received));
    }
    this.running.push(this.listen('socket'));
    // What is published before is not for them.
    await waitUntil('all are subscribed', () => this.received.every(({ isThere }) => isThere));
    for (const at of [0, 1]) {
      this.run(`append ${at}`, () => this.append());
      this.run(`increment ${at}`, () => this.increment());
      this.run(`consumer ${at}`, () => this.consume(`consumer-${at}`));
    }
    this.run('publisher', () => this.publish());
    this.run('lock holder', () => this.lock());
    this.run('message client', () => this.send());
    await this.resumed(30_000);
  }

  get writes(): number {
    return this.next - 1;
  }

  /** How often a client got something done: a write, a commit, a lock, a message received. */
  get operations(): number {
    return [...this.progress.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Settles once every client has got something done from now on, with how long that took. */
  async resumed(timeoutMs: number): Promise<number> {
    const before = performance.now();
    const then = new Map(this.progress);
    const behind = () => [...this.progress].filter(([name, count]) => count <= (then.get(name) ?? 0));
    await waitUntil('all go on', () => behind().length === 0 || undefined, { timeoutMs }).catch(() => {
      throw new Error(
        `${behind()
          .map(([name]) => name)
          .join(', ')} did not go on within ${timeoutMs} ms`,
      );
    });
    return performance.now() - before;
  }

  /** Lets all end what they have begun, and the consumers what there is. */
  async finish(): Promise<void> {
    this.ending = true;
    await waitUntil('the consumers have all', async () => await this.isConsumed(), { timeoutMs: 60_000 });
    await waitUntil('the subscribers have all', () => this.missed().length === 0, {
      timeoutMs: 15_000,
    }).catch(() => undefined);
    this.draining = true;
    for (const reader of this.readers) reader.close();
    await Promise.all(this.running);
    await this.options.messages.close();
  }

  async judge(): Promise<LoadVerdict> {
    const lost: string[] = [];
    const doubled: string[] = [];
    const compare = (what: string, wanted: number, found: number) => {
      if (found < wanted) lost.push(`${what}: ${found} of ${wanted}`);
      if (found > wanted) doubled.push(`${what}: ${found} of ${wanted}`);
    };
    const entries = tally(
      (await this.all(`/v1/streams/${STREAM}/entries`)).map(({ data }) => Number(data.n)),
    );
    for (const n of this.appended) compare(`entry ${n}`, 1, entries.get(n) ?? 0);
    const effects = await this.scores('effects');
    for (const n of entries.keys()) compare(`effect of ${n}`, 1, effects.get(String(n)) ?? 0);
    const scores = await this.scores('load');
    for (const [member, count] of this.counted)
      compare(`increments of ${member}`, count, scores.get(member) ?? 0);
    const history = await this.all(`/v1/channels/${CHANNEL}/messages`);
    const kept = tally(history.map(({ data }) => Number(data)));
    for (const n of this.published.keys()) compare(`message ${n}`, 1, kept.get(n) ?? 0);
    lost.push(...this.missed());
    for (const [at, { ids }] of this.received.entries()) {
      for (const [id, times] of ids) if (times > 1) doubled.push(`${id} at subscriber ${at}`);
    }
    return { writes: this.writes, lost, doubled, unexpected: this.unexpected, slow: this.slow };
  }

  private run(name: string, once: () => Promise<boolean>): void {
    const isConsumer = name.startsWith('consumer');
    const loop = async () => {
      while (isConsumer ? !this.draining : !this.ending) {
        if (await once()) this.step(name);
        await pause(PACE_MS);
      }
    };
    this.progress.set(name, 0);
    this.running.push(loop());
  }

  private step(name: string): void {
    this.progress.set(name, (this.progress.get(name) ?? 0) + 1);
  }

  private async append(): Promise<boolean> {
    const n = this.next++;
    await this.written(`/v1/streams/${STREAM}/entries`, { data: { n } }, `append-${n}`);
    this.appended.add(n);
    return true;
  }

  private async increment(): Promise<boolean> {
    const n = this.next++;
    const member = `member-${n % MEMBERS}`;
    const body = { member, score: 1, operator: 'increment' };
    await this.written('/v1/leaderboards/load/submissions', body, `increment-${n}`);
    this.counted.set(member, (this.counted.get(member) ?? 0) + 1);
    return true;
  }

  private async publish(): Promise<boolean> {
    const n = this.next++;
    const { body } = await this.written(`/v1/channels/${CHANNEL}/messages`, { data: n }, `publish-${n}`);
    this.published.set(n, String(body.id));
    return true;
  }

  private async consume(consumer: string): Promise<boolean> {
    const got = await this.ask('POST', `${GROUP}/receive`, { consumer, limit: 20, waitMs: 500 });
    if (got?.status !== 200) return false;
    const entries = got.body.entries as { id: string; deliveries: number; data: { n: number } }[];
    if (entries.length === 0) return false;
    const items = entries.map(({ id, deliveries, data }) => ({
      id,
      deliveries,
      effects: [
        {
          kind: 'leaderboards.submit',
          board: 'effects',
          member: String(data.n),
          score: 1,
          operator: 'increment',
        },
      ],
    }));
    const done = await this.ask('POST', `${GROUP}/commit`, { consumer, items });
    return done?.status === 200;
  }

  private async lock(): Promise<boolean> {
    const granted = await this.ask('POST', '/v1/locks', { resources: ['load'], ttlMs: 2000, waitMs: 500 });
    if (granted?.status !== 201) return false;
    const token = Number(granted.body.fencingToken);
    if (token <= this.lastToken) this.unexpected.push(`token ${token} after ${this.lastToken}`);
    this.lastToken = token;
    await this.ask('DELETE', `/v1/locks/${granted.body.lockId}`, undefined);
    return true;
  }

  private async subscribe(name: string, at: number, received: Received): Promise<void> {
    this.progress.set(name, 0);
    let place = '';
    for (let tries = at; !this.draining; tries++) {
      const urls = this.options.urls();
      const url = `${urls[tries % urls.length]}/v1/events?channel=${CHANNEL}`;
      const headers: Record<string, string> = place === '' ? {} : { 'last-event-id': place };
      const reader = await EventReader.open(url, ADMIN_KEY, headers).catch(() => undefined);
      if (reader === undefined) {
        await pause(RETRY_MS);
        continue;
      }
      this.readers.add(reader);
      let isTold = false;
      while (!reader.ended && !this.draining && reader.status === 200) {
        for (const { event, data, id } of reader.events.splice(0)) {
          place = id ?? place;
          isTold ||= event === 'end';
          if (event === 'end') continue;
          const item = JSON.parse(data) as { id: string; from: string | null; to: string };
          if (event === 'gap') received.gaps.push({ ...item, had: received.ids.size });
          else received.ids.set(item.id, (received.ids.get(item.id) ?? 0) + 1);
          this.step(name);
        }
        place = reader.lastEventId === '' ? place : reader.lastEventId;
        received.isThere ||= place !== '';
        await pause(PACE_MS);
      }
      isTold ||= reader.events.some(({ event }) => event === 'end');
      if (reader.status === 200) this.ended(name, isTold);
      reader.close();
      this.readers.delete(reader);
      await pause(RETRY_MS);
    }
  }

  private async listen(name: string): Promise<void> {
    const received: Received = { isThere: false, ids: new Map(), gaps: [] };
    this.received.push(received);
    this.progress.set(name, 0);
    await subscribeBySocket({
      urls: this.options.urls,
      channel: CHANNEL,
      received,
      isOver: () => this.draining,
      onMessage: () => this.step(name),
      onEnd: (isTold) => this.ended(name, isTold),
    });
  }

  private ended(name: string, isTold: boolean): void {
    if (this.draining) return;
    this.ends.all++;
    if (!isTold) this.ends.untold.push(name);
  }

  private async send(): Promise<boolean> {
    const idempotencyKey = `message-${this.next++}`;
    const data = { board: 'load', member: 'by-message', score: 1, operator: 'increment' };
    const { messages } = this.options;
    for (;;) {
      const answer = await messages
        .send('leaderboards.submissions.create', data, { idempotencyKey })
        .catch((error: unknown) => this.refusedMessage(error));
      if (answer?.score !== undefined) break;
      await pause(RETRY_MS);
    }
    this.counted.set('by-message', (this.counted.get('by-message') ?? 0) + 1);
    return true;
  }

  private refusedMessage(error: unknown): undefined {
    this.unanswered++;
    const status: unknown =
      typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : undefined;
    if (typeof status === 'number' && status !== 503)
      this.unexpected.push(`a message: ${JSON.stringify(error)}`);
    return undefined;
  }

  /** A write that is sent again, with its key, until it is acknowledged and on as many replicas as it asks for. */
  private async written(path: string, body: object, key: string): Promise<Answer> {
    const { replicas } = this;
    const durability: Record<string, string> =
      replicas === undefined ? {} : { durability: `replica=${replicas}` };
    for (;;) {
      const answer = await this.ask('POST', path, body, { 'idempotency-key': key, ...durability });
      const reached = Number(/^replica=(\d+)$/.exec(answer?.headers.get('durability') ?? '')?.[1] ?? 0);
      if (answer && answer.status < 300 && reached >= (replicas ?? 0)) return answer;
      await pause(RETRY_MS);
    }
  }

  private async acknowledged(method: string, path: string, body?: object): Promise<Answer> {
    for (;;) {
      const answer = await this.ask(method, path, body);
      if (answer && answer.status < 300) return answer;
      await pause(RETRY_MS);
    }
  }

  /** Undefined if there is no answer, which a client tries again. */
  private async ask(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer | undefined> {
    const before = performance.now();
    const answer = await (this.options.send ?? this.once)(method, path, body, headers);
    const took = performance.now() - before;
    this.slowestMs = Math.max(this.slowestMs, took);
    if (took > DEADLINE_MS) this.slow.push(`${method} ${path}: ${Math.round(took)} ms`);
    if (answer && isUnexpected(answer)) {
      this.unexpected.push(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer;
  }

  private readonly once: Send = async (method, path, body, headers) => {
    const url = this.options.random.pick(this.options.urls() as [string, ...string[]]);
    return await new ApiClient(url, ADMIN_KEY).send(method, path, body, headers).catch(() => undefined);
  };

  private async isConsumed(): Promise<boolean> {
    const group = await this.ask('GET', GROUP);
    if (group?.status !== 200 || Number(group.body.lag) + Number(group.body.pending) > 0) return false;
    // Effects in other slots follow their commit.
    const effects = await this.ask('GET', '/v1/leaderboards/effects/entries?limit=1');
    const stream = await this.ask('GET', `/v1/streams/${STREAM}`);
    return Number(effects?.body.total) >= Number(stream?.body.length);
  }

  /** Acknowledged messages that a subscriber neither got nor was told of. */
  private missed(): string[] {
    const acknowledged = new Set(this.published.values());
    return this.received.flatMap(({ ids, gaps }, at) => {
      const told = gaps.map((gap) => ({ ...gap, from: knownBefore(gap, [...ids.keys()], acknowledged) }));
      return [...this.published]
        .filter(([, id]) => !ids.has(id) && !told.some((gap) => covers(gap, id)))
        .map(([n, id]) => `message ${n} (${id}) at subscriber ${at}`);
    });
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as `Answer`
  private async all(path: string): Promise<any[]> {
    const items: unknown[] = [];
    for (let cursor = ''; ;) {
      const page = await this.acknowledged('GET', `${path}?limit=${PAGE}${cursor && `&${cursor}`}`);
      items.push(...(page.body.items as unknown[]));
      if (page.body.next === null || page.body.next === undefined) return items;
      cursor = `cursor=${encodeURIComponent(String(page.body.next))}`;
    }
  }

  private async scores(board: string): Promise<Map<string, number>> {
    const entries = await this.all(`/v1/leaderboards/${board}/entries`);
    return new Map(entries.map(({ member, score }) => [String(member), Number(score)]));
  }
}

/** 503 that may be repeated is what faults look like; a lock may be held, or lost. */
function isUnexpected({ status, body }: Answer): boolean {
  if (status === 503) return typeof body?.retryable !== 'boolean';
  return status >= 400 && status !== 423 && !(status === 409 && body?.code === 'locking.lost');
}

/**
 * From where on a gap tells. A master that is frozen takes what was sent to it when it wakes, and hands it out, before it hears that it
 * is none any more: a gap after such a message tells of those that took its place.
 */
function knownBefore({ from, had }: Gap, ids: readonly string[], acknowledged: ReadonlySet<string>) {
  if (from === null || acknowledged.has(from)) return from;
  return ids.slice(0, had).findLast((id) => acknowledged.has(id)) ?? null;
}

function covers(gap: Pick<Gap, 'from' | 'to'>, id: string): boolean {
  const [from, to, place] = [positionOf(gap.from ?? ''), positionOf(gap.to), positionOf(id)];
  if (to === undefined || place === undefined) return false;
  return place.offset <= to.offset && (from === undefined || place.offset > from.offset);
}

function tally<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
