import { setTimeout as pause } from 'node:timers/promises';
import type { TestRedis } from '../support/redis-server.js';
import { isAlive } from './processes.js';

/** The least time between the signal and the moment in which somebody else could have the lock. */
export const LEAD_MS = 50;
/** A loop that stands still for so long fires no timer in time, whoever set it. */
const STALL_MS = 30;
const TICK_MS = 5;

/** Says when this process had no processor: what it did late then, it could not do in time. */
export class Stalls {
  private last = performance.now();
  private readonly stalls: { readonly at: number; readonly ms: number }[] = [];
  private readonly ticking = setInterval(() => {
    const now = performance.now();
    if (now - this.last > STALL_MS + TICK_MS) this.stalls.push({ at: now, ms: now - this.last });
    this.last = now;
  }, TICK_MS);

  /** Whether there was one in the time before `at`. */
  before(at: number, withinMs: number): boolean {
    return this.stalls.some((stall) => stall.at > at - withinMs && stall.at - stall.ms <= at);
  }

  stop(): void {
    clearInterval(this.ticking);
  }
}

/** Wraps what gives a lock time, and knows until when no other can have it by what succeeded. */
export class KnownExpiry {
  /** By the clock of `performance`. */
  atMs = 0;

  /** `give` runs, and if it succeeds the lock lasts `ttlMs` from when it was begun. */
  async note<T>(ttlMs: number, give: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const given = await give();
    this.atMs = Math.max(this.atMs, began + ttlMs);
    return given;
  }
}

/** What came of one freeze. */
export interface Freeze {
  /** How long before somebody else could have it the signal was there; below zero after that. */
  readonly leadMs: number;
  /** Whether this process had no processor shortly before. */
  readonly isStalled: boolean;
  /** What the work under the lock rejected with. */
  readonly code: string;
}

/** Whether a signal came in time: the check of both variants. */
export const isInTime = ({ leadMs }: Freeze) => leadMs >= LEAD_MS;

/** Stops servers until the returned function is called. */
export function freezeAll(servers: readonly TestRedis[]): () => void {
  for (const { server } of servers) process.kill(server.pid, 'SIGSTOP');
  return () => {
    for (const { server } of servers) if (isAlive(server.pid)) process.kill(server.pid, 'SIGCONT');
  };
}

/** Work that never ends by itself: it waits for the signal and `afterMs` more, and gives when the signal came. */
export async function untilAborted(signal: AbortSignal, afterMs: number): Promise<number> {
  const at = await new Promise<number>((resolve) => {
    signal.addEventListener('abort', () => resolve(performance.now()), { once: true });
  });
  await pause(afterMs);
  return at;
}
