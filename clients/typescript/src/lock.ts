import type { Calls } from './calls.js';
import { FulcrumError } from './errors.js';
import type { components } from './schema.js';

export interface LockOptions {
  /** How long it lasts unless it is extended, which it is by itself. */
  readonly ttlMs: number;
  /** How long to wait for it, in the order of those who came; 0 if left out. */
  readonly waitMs?: number;
  /** Who that is, for those who look at what is held. */
  readonly owner?: string;
  readonly metadata?: Record<string, unknown>;
  /** Ends the waiting; a lock that is held is ended by `release`. */
  readonly signal?: AbortSignal;
}

/** The lock cannot be relied on any more. */
export class LockLostError extends Error {
  override readonly name = 'LockLostError';
}

/** Between the signal and the earliest end of the lock, at least: so long has whoever works under it to stop. */
const MARGIN_MS = 100;
const MARGIN_SHARE = 1 / 20;
/** A lock that hardly outlasts the margin would be over before it began. */
const MOST_OF_IT = 1 / 4;
const MIN_TIMEOUT_MS = 50;
const MAX_RELEASE_MS = 10_000;

/**
 * A lock that extends itself at a third of its time, and says in time when it cannot. Times are this machine's, by a clock that
 * nobody sets, and counted from before a request was sent: the service's own count began later.
 */
export class Lock implements AsyncDisposable {
  private readonly controller = new AbortController();
  private readonly marginMs: number;
  private abortion: ReturnType<typeof setTimeout> | undefined;
  private extension: ReturnType<typeof setTimeout> | undefined;
  private released: Promise<void> | undefined;

  private constructor(
    private readonly calls: Calls,
    private readonly answer: components['schemas']['LockAnswer'],
    private readonly ttlMs: number,
    private validUntil: number,
  ) {
    this.marginMs = Math.min(ttlMs * MOST_OF_IT, Math.max(MARGIN_MS, ttlMs * MARGIN_SHARE));
  }

  /** @throws FulcrumError `locking.held` if it does not come free in time; LockLostError if it came too late to be kept */
  static async acquire(
    calls: Calls,
    resources: readonly string[],
    { signal, ...options }: LockOptions,
  ): Promise<Lock> {
    const began = performance.now();
    const { data } = await calls.POST('/v1/locks', {
      body: { ...options, resources: [...resources] },
      signal,
    });
    const lock = new Lock(calls, data, options.ttlMs, began + options.ttlMs);
    try {
      // It was granted at some instant since then; if that may be long ago, only an extension tells how long it lasts.
      if (performance.now() - began > options.ttlMs / 3) await lock.extendOnce();
      lock.throwIfLost();
    } catch (error) {
      void lock[Symbol.asyncDispose]();
      throw error;
    }
    lock.plan();
    return lock;
  }

  get resources(): readonly string[] {
    return this.answer.resources;
  }

  /** Higher than that of everybody who had one of the resources before. */
  get fencingToken(): number {
    return this.answer.fencingToken;
  }

  /** The header `Fence` of a write under this lock, by its first resource. */
  get fence(): string {
    return `${this.answer.resources[0]}=${this.answer.fencingToken}`;
  }

  /** Is aborted with a LockLostError before the lock can expire, whether or not the service answers. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** At least so long nobody else can have it, unless an admin breaks it. */
  validForMs(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.validUntil - performance.now());
  }

  /** At the end of the work: whether all of it was under the lock. @throws LockLostError */
  throwIfLost(): void {
    // A process that stood still has not been told yet.
    if (this.validForMs() === 0) this.abort('its time is over');
    this.signal.throwIfAborted();
  }

  /** Ends it. @throws FulcrumError `locking.lost` if it was over already */
  async release(): Promise<void> {
    this.stop();
    this.released ??= this.giveUp();
    await this.released;
  }

  /** Releases it, and throws nothing that would hide what the work has thrown: a lock that is not released expires. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release().catch(() => undefined);
  }

  /** The signal waits for a timer alone: nothing that the service does, or does not do, can hold it up. */
  private plan(): void {
    this.stop();
    const leftMs = this.validForMs() - this.marginMs;
    this.abortion = setTimeout(() => this.abort('it could not be extended in time'), leftMs);
    this.planExtension(this.ttlMs / 3);
  }

  private planExtension(ms: number): void {
    this.extension = setTimeout(() => void this.extend(), ms);
  }

  private async extend(): Promise<void> {
    try {
      await this.extendOnce();
      if (!this.isOver) this.plan();
    } catch (error) {
      if (this.isOver) return;
      // Somebody else may have it already, however much of its time is left.
      if (error instanceof FulcrumError && error.status < 500 && error.status !== 429) this.abort(error);
      else this.planExtension(this.ttlMs / 20);
    }
  }

  private async extendOnce(): Promise<void> {
    const began = performance.now();
    await this.calls.POST('/v1/locks/{lockId}/extend', {
      params: { path: { lockId: this.answer.lockId } },
      body: { ttlMs: this.ttlMs },
      timeoutMs: Math.max(MIN_TIMEOUT_MS, this.ttlMs / 4),
      // A new one counts from later on.
      retry: { attempts: 1 },
    });
    this.validUntil = began + this.ttlMs;
  }

  private get isOver(): boolean {
    return this.released !== undefined || this.signal.aborted;
  }

  /** Takes no longer than the lock would have lasted. */
  private async giveUp(): Promise<void> {
    await this.calls.DELETE('/v1/locks/{lockId}', {
      params: { path: { lockId: this.answer.lockId } },
      timeoutMs: Math.min(MAX_RELEASE_MS, Math.max(MIN_TIMEOUT_MS, this.ttlMs / 3)),
      retry: { totalMs: Math.min(MAX_RELEASE_MS, this.validForMs()) },
    });
  }

  private stop(): void {
    clearTimeout(this.abortion);
    clearTimeout(this.extension);
  }

  private abort(cause: unknown): void {
    this.stop();
    const what = cause instanceof Error ? cause.message : String(cause);
    this.controller.abort(
      new LockLostError(`the lock of ${this.resources.join(', ')} is lost: ${what}`, { cause }),
    );
  }
}
