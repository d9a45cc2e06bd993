import { setTimeout as pause } from 'node:timers/promises';
import { Caller } from '../../src/access/caller.js';
import { AppError } from '../../src/errors/app-error.js';
import type { LockAnswer } from '../../src/features/locking/dto/answers.dto.js';
import type { LocksService } from '../../src/features/locking/locking.locks.service.js';
import { Random } from '../support/random.js';
import { waitUntil } from '../support/wait-until.js';

const TTL_MS = 400;
const WAIT_MS = 1000;
const RESOURCES = Array.from({ length: 12 }, (_each, at) => `token.${at}`);
const WORKERS = 8;
const MOST_RESOURCES = 3;

/** Locks that were granted, and where a token was not higher than each of those whose answers came before it was asked for. */
export class Grants {
  count = 0;
  refused = 0;
  unknown = 0;
  readonly fallen: string[] = [];
  private readonly highest = new Map<string, number>();
  private readonly given = new Map<string, Set<number>>();

  constructor(private readonly services: readonly LocksService[]) {}

  /** A lock of resources, if there is one within `waitMs`. */
  async acquire(
    resources: readonly string[],
    { waitMs = WAIT_MS, ttlMs = TTL_MS, at = 0 } = {},
  ): Promise<LockAnswer | undefined> {
    const before = resources.map((resource) => this.highest.get(resource) ?? 0);
    const input = { resources: [...resources], ttlMs, waitMs };
    const lock = await this.ask(() => this.service(at).acquire(Caller.inProcess(), input));
    if (lock === undefined) return undefined;
    this.count++;
    for (const [number, resource] of resources.entries()) {
      const token = lock.fencingToken;
      const highest = before[number] ?? 0;
      if (token <= highest) this.fallen.push(`${resource} got ${token} after ${highest}`);
      const given = this.given.get(resource) ?? new Set();
      this.given.set(resource, given);
      if (given.has(token)) this.fallen.push(`${resource} got ${token} twice`);
      given.add(token);
      this.see(resource, token);
    }
    return lock;
  }

  /** As `acquire`, for what comes free soon. */
  async acquired(resources: readonly string[], options: { ttlMs?: number } = {}): Promise<LockAnswer> {
    return await waitUntil('it is granted', () => this.acquire(resources, { ...options, waitMs: 0 }));
  }

  /** What an extension answers is a token that was seen as well. */
  async extend({ lockId, resources, fencingToken }: LockAnswer, ttlMs: number, at = 0): Promise<void> {
    const answer = await this.ask(() => this.service(at).extend(Caller.inProcess(), { lockId, ttlMs }));
    if (answer === undefined) return;
    for (const resource of resources) this.see(resource, answer.fencingToken);
    if (answer.fencingToken !== fencingToken)
      this.fallen.push(`${lockId} had ${fencingToken}, and ${answer.fencingToken} when it was extended`);
  }

  async release({ lockId }: LockAnswer, at = 0): Promise<void> {
    await this.ask(() => this.service(at).release(Caller.inProcess(), { lockId }));
  }

  /** Grants this many locks more, of one and of several resources at once. */
  async go(random: Random, many: number): Promise<void> {
    const end = this.count + many;
    const worker = async (own: Random, at: number) => {
      while (this.count < end) {
        const some = new Set(
          Array.from(
            { length: 1 + own.below(MOST_RESOURCES) },
            () => RESOURCES[own.below(RESOURCES.length)] ?? '',
          ),
        );
        const lock = await this.acquire([...some], { at });
        if (lock === undefined) {
          await pause(own.below(20));
          continue;
        }
        if (own.chance(0.2)) await this.extend(lock, TTL_MS, at);
        // Now and then somebody crashes.
        if (own.chance(0.99)) await this.release(lock, at);
      }
    };
    const workers = Array.from({ length: WORKERS }, (_each, at) =>
      worker(new Random(random.below(2 ** 31)), at),
    );
    await Promise.all(workers);
  }

  private service(at: number): LocksService {
    const service = this.services[at % this.services.length];
    if (service === undefined) throw new Error('there is no service');
    return service;
  }

  private see(resource: string, token: number): void {
    this.highest.set(resource, Math.max(token, this.highest.get(resource) ?? 0));
  }

  private async ask<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof AppError) || !['unavailable', 'locked', 'conflict'].includes(error.kind))
        throw error;
      if (error.kind === 'unavailable') this.unknown++;
      else this.refused++;
      return undefined;
    }
  }
}
