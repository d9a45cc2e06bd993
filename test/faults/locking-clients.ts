import { setTimeout as pause } from 'node:timers/promises';
import { Caller } from '../../src/access/caller.js';
import { AppError } from '../../src/errors/app-error.js';
import type { LockAnswer } from '../../src/features/locking/dto/answers.dto.js';
import type { LocksService } from '../../src/features/locking/locking.locks.service.js';
import type { Random } from '../support/random.js';
import { fallenTokens, type LockOperation, overlaps, whyNotLinearizable } from './locking-linearizable.js';

export const CLIENTS = 5;
const SHORTEST_TTL_MS = 80;
const LONGEST_TTL_MS = 400;
const LONGEST_WAIT_MS = 300;
/** Times in answers are of whole ms. */
const ROUNDING_MS = 1;

/** A lock as its client knows it. */
export interface Held {
  readonly id: string;
  readonly resources: readonly string[];
  readonly ttlMs: number;
}

type Outcome = LockOperation['outcome'];

/** What clients did with locks, as they saw it. */
export class History {
  private readonly seen = new Map<string, LockOperation[]>();
  private readonly resourcesOf = new Map<string, readonly string[]>();
  readonly counts: Record<string, number> = {};

  constructor(
    private readonly services: readonly LocksService[],
    readonly resources: readonly string[],
  ) {}

  /** Which resources a lock has; a client that is broken on purpose asks. */
  lockedBy(id: string): readonly string[] {
    return this.resourcesOf.get(id) ?? [];
  }

  async acquire(
    client: number,
    resources: readonly string[],
    ttlMs: number,
    waitMs = 0,
  ): Promise<Held | undefined> {
    const input = { resources: [...resources], ttlMs, waitMs };
    const answer = await this.observe('acquire', client, { id: '', resources, ttlMs }, () =>
      this.serviceOf(client).acquire(Caller.inProcess(), input),
    );
    return answer && { id: answer.lockId, resources, ttlMs };
  }

  /** Gives what became of it. */
  async extend(client: number, held: Held, ttlMs: number): Promise<Outcome> {
    let outcome: Outcome = 'done';
    await this.observe(
      'extend',
      client,
      { ...held, ttlMs },
      () => this.serviceOf(client).extend(Caller.inProcess(), { lockId: held.id, ttlMs }),
      (seen) => (outcome = seen),
    );
    return outcome;
  }

  async release(client: number, held: Held): Promise<Outcome> {
    let outcome: Outcome = 'done';
    await this.observe(
      'release',
      client,
      held,
      () => this.serviceOf(client).release(Caller.inProcess(), { lockId: held.id }),
      (seen) => (outcome = seen),
    );
    return outcome;
  }

  /** What is wrong with it. */
  judge(): string[] {
    return [...this.seen].flatMap(([resource, operations]) => {
      const why = whyNotLinearizable(operations);
      return [
        ...(why === undefined ? [] : [`${resource} is no lock: ${why}`]),
        ...overlaps(operations).map((overlap) => `${resource} is held by ${overlap}`),
        ...fallenTokens(operations).map((fall) => `the token of ${resource} fell: ${fall}`),
      ];
    });
  }

  private serviceOf(client: number): LocksService {
    const service = this.services[client % this.services.length];
    if (service === undefined) throw new Error('there is no service');
    return service;
  }

  private async observe<T extends LockAnswer | void>(
    kind: LockOperation['kind'],
    client: number,
    { id, resources, ttlMs }: Held,
    operate: () => Promise<T>,
    tell: (outcome: Outcome) => void = () => undefined,
  ): Promise<T | undefined> {
    const invokedAt = performance.now();
    let answer: T | undefined;
    let outcome: Outcome = 'done';
    try {
      answer = await operate();
    } catch (error) {
      outcome = outcomeOf(error);
    }
    const answeredAt = performance.now();
    const known = answer
      ? { id: answer.lockId, until: monotonic(answer.expiresAt), token: answer.fencingToken }
      : { id, ...(kind === 'extend' && outcome === 'unknown' ? { until: leastEnd(invokedAt, ttlMs) } : {}) };
    if (kind === 'acquire') this.resourcesOf.set(known.id, resources);
    for (const resource of resources) {
      const operations = this.seen.get(resource) ?? [];
      this.seen.set(resource, operations);
      operations.push({ kind, client, invokedAt, answeredAt, outcome, ...known });
    }
    const name = `${kind} ${outcome}`;
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    tell(outcome);
    return answer;
  }
}

/** What an operation that threw may have done. @throws what is none of the answers of a lock */
function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof AppError)) throw error;
  if (error.code === 'locking.held') return 'held';
  if (error.code === 'locking.lost') return 'lost';
  if (error.kind === 'unavailable') return 'unknown';
  throw error;
}

/** An instant of an answer by the clock of `performance`. */
function monotonic(instant: string): number {
  return performance.now() + Date.parse(instant) - Date.now() - ROUNDING_MS;
}

/** Before then nothing ends that was given `ttlMs` by a request of that instant. */
function leastEnd(invokedAt: number, ttlMs: number): number {
  return invokedAt + ttlMs * 0.99 - 3;
}

/** A client that locks, keeps, forgets, oversleeps and comes too late as `random` will have it, until `isOver`. */
export async function actAtRandom(
  history: History,
  client: number,
  random: Random,
  isOver: () => boolean,
): Promise<void> {
  const someTtl = () => SHORTEST_TTL_MS + random.below(LONGEST_TTL_MS - SHORTEST_TTL_MS);
  while (!isOver()) {
    const waitMs = random.chance(0.5) ? 1 + random.below(LONGEST_WAIT_MS) : 0;
    const held = await history.acquire(client, someOf(history.resources, random), someTtl(), waitMs);
    if (held === undefined) {
      await pause(random.below(30));
      continue;
    }
    const fate = random.next();
    // It crashed: nobody knows the lock any more, and the next client takes its place.
    if (fate < 0.15) continue;
    if (fate < 0.4) await pause(held.ttlMs + random.below(100));
    else await pause(random.below(60));
    for (let times = random.below(3); times > 0; times--) {
      if ((await history.extend(client, held, someTtl())) === 'lost') break;
      await pause(random.below(80));
    }
    if (random.chance(0.2)) continue;
    if ((await history.release(client, held)) === 'unknown') await history.release(client, held);
  }
}

function someOf(resources: readonly string[], random: Random): readonly string[] {
  const some = resources.filter(() => random.chance(0.7));
  return some.length === 0 ? resources : some;
}
