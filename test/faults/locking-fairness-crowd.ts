import { setTimeout as pause } from 'node:timers/promises';
import { Caller } from '../../src/access/caller.js';
import { AppError } from '../../src/errors/app-error.js';
import { LocksService } from '../../src/features/locking/locking.locks.service.js';
import type { Random } from '../support/random.js';
import { ADMIN_KEY, type TestService } from '../support/service.js';
import type { ServiceProcess } from '../support/service-process.js';
import { waitUntil } from '../support/wait-until.js';
import type { Arrival } from './locking-fairness-arrivals.js';
import type { Places } from './locking-fairness-places.js';

/** Long enough for every hold, and how long nobody can have what a process held that was killed. */
const TTL_MS = 2000;
const MAX_WAIT_MS = 30_000;
const MAX_HOLD_MS = 6;
const BATCH = 6;
/** So many wait at the most, and at the least when somebody comes. */
const DEPTH = 30;

interface Granted {
  readonly lockId: string;
  readonly fencingToken: number;
}

interface Asked {
  readonly resources: readonly string[];
  readonly owner: string;
  readonly waitMs: number;
}

/** Takes a lock: gives undefined if it is not granted, or not to somebody who is still there. */
type Taking = (asked: Asked, signal: AbortSignal) => Promise<Granted | undefined>;

/** Many who want one lock, from several processes; some of them go away. */
export class Crowd {
  readonly arrivals: Arrival[] = [];
  /** Those that went away by themselves, and those that a killed process took along. */
  left = 0;
  /** Where more of them are, while it runs. */
  other: ServiceProcess | undefined;
  readonly resource: string;
  readonly side: string;
  private readonly ends: Promise<void>[] = [];
  private readonly inOther = new Set<Arrival>();
  private readonly locks: LocksService;
  private waiting = 0;

  constructor(
    private readonly here: TestService,
    private readonly places: Places,
    private readonly random: Random,
    name: string,
    /** Whether everybody asks again and again in place of waiting. */
    private readonly isPolling = false,
  ) {
    this.resource = `crowd-${name}`;
    this.side = `side-${name}`;
    this.locks = here.application.nest.get(LocksService);
  }

  /** How many were granted what they had waited for. */
  get served(): number {
    return this.arrivals.filter(({ waited, token }) => waited && token !== undefined).length;
  }

  /** How many wait in the other process. */
  get waitingInOther(): number {
    return [...this.inOther].filter(({ waited }) => waited).length;
  }

  /** Lets some come at the same time, and returns when all of them certainly stand in the line. */
  async arrive(): Promise<void> {
    while (this.waiting >= DEPTH) await pause(1);
    const came = Array.from({ length: 1 + this.random.below(BATCH) }, () => this.come());
    await waitUntil(
      'all who came stand in the line',
      async () => {
        const open = came.filter(({ inLineAt }) => inLineAt === undefined);
        if (open.length === 0) return true;
        if (this.isPolling) return false;
        const owners = await this.places.inLine(
          this.resource,
          open.map(({ owner }) => owner),
        );
        const now = performance.now();
        for (const one of open.filter(({ owner }) => owners.includes(owner))) {
          one.inLineAt ??= now;
          one.waited ||= one.answeredAt === undefined;
        }
        return open.every(({ inLineAt }) => inLineAt !== undefined);
      },
      { timeoutMs: 60_000, everyMs: 2 },
    );
  }

  /** Returns when everybody has had the lock, or is gone. */
  async end(): Promise<void> {
    await Promise.all(this.ends);
  }

  private come(): Arrival {
    const owner = `waiter-${String(this.arrivals.length).padStart(6, '0')}`;
    const arrival: Arrival = { owner, sentAt: performance.now(), waited: false };
    this.arrivals.push(arrival);
    const resources = this.random.chance(0.2) ? [this.resource, this.side] : [this.resource];
    const fate = this.isPolling ? 1 : this.random.next();
    const waitMs = fate < 0.05 ? 20 + this.random.below(200) : MAX_WAIT_MS;
    const controller = new AbortController();
    if (fate >= 0.05 && fate < 0.1) setTimeout(() => controller.abort(), 20 + this.random.below(200));
    const holdMs = this.random.below(MAX_HOLD_MS);
    const isThere = this.other !== undefined && this.random.chance(0.4);
    if (isThere) this.inOther.add(arrival);
    const take = isThere ? this.overHttp(this.other?.url ?? '') : this.taking();
    this.waiting++;
    this.ends.push(
      this.run(arrival, { resources, owner, waitMs }, take, holdMs, controller.signal).finally(() => {
        this.waiting--;
        this.inOther.delete(arrival);
      }),
    );
    return arrival;
  }

  private async run(
    arrival: Arrival,
    asked: Asked,
    take: Taking,
    holdMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const granted = this.isPolling
      ? await this.poll(arrival, asked, take, signal)
      : await take(asked, signal);
    arrival.answeredAt = performance.now();
    arrival.inLineAt ??= arrival.answeredAt;
    if (granted === undefined) {
      this.left++;
      return;
    }
    arrival.token = granted.fencingToken;
    await pause(holdMs);
    // What cannot be released, since its time is up or a process gone, ends by itself.
    await this.here.admin.delete(`/v1/locks/${granted.lockId}`);
  }

  private async poll(
    arrival: Arrival,
    asked: Asked,
    take: Taking,
    signal: AbortSignal,
  ): Promise<Granted | undefined> {
    for (;;) {
      const granted = await take({ ...asked, waitMs: 0 }, signal);
      if (granted !== undefined) return granted;
      arrival.inLineAt ??= performance.now();
      arrival.waited = true;
      await pause(this.random.below(10));
    }
  }

  private taking(): Taking {
    return this.random.chance(0.5) ? this.overHttp(this.here.url) : this.inProcess;
  }

  private readonly inProcess: Taking = async ({ resources, ...asked }, signal) => {
    try {
      const input = { ...asked, resources: [...resources], ttlMs: TTL_MS };
      return await this.locks.acquire(Caller.inProcess(), input, signal);
    } catch (error) {
      if (error instanceof AppError && ['locking.held', 'locking.no-quorum'].includes(error.code))
        return undefined;
      throw error;
    }
  };

  private overHttp(url: string): Taking {
    return async (asked, signal) => {
      try {
        const response = await fetch(`${url}/v1/locks`, {
          method: 'POST',
          headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
          body: JSON.stringify({ ...asked, ttlMs: TTL_MS }),
          signal,
        });
        const body: unknown = await response.json();
        return response.status === 201 ? (body as Granted) : undefined;
      } catch {
        // It has gone away, or the service has.
        return undefined;
      }
    };
  }
}
