import type { HeldLock } from '../../effects/locked.js';
import { AppError } from '../../errors/app-error.js';
import { log } from '../../telemetry/log.js';
import { lost } from './locking.errors.js';
import type { Granted } from './locking.quorum.js';

/** Between the signal and the earliest end of the lock, at least: so long has whoever works under it to stop. */
const MARGIN_MS = 100;
const MARGIN_SHARE = 1 / 20;
/** A lock that hardly outlasts the margin would be over before it began. */
const MOST_OF_IT = 1 / 4;

/** A lock that extends itself, and says in time when it cannot. */
export class KeptLock implements HeldLock {
  private readonly controller = new AbortController();
  private readonly marginMs: number;
  private abortion: NodeJS.Timeout | undefined;
  private extension: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    readonly resources: readonly string[],
    private granted: Granted,
    private readonly ttlMs: number,
    private readonly extend: () => Promise<Granted>,
  ) {
    this.marginMs = Math.min(ttlMs * MOST_OF_IT, Math.max(MARGIN_MS, ttlMs * MARGIN_SHARE));
    this.plan();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get fencingToken(): number {
    return this.granted.token;
  }

  validForMs(): number {
    return Math.max(0, this.granted.validUntil - performance.now());
  }

  /** @throws AppError `locking.lost` if it was aborted, or would have been if this process had not stood still */
  throwIfOver(): void {
    if (this.validForMs() === 0) this.abort();
    this.signal.throwIfAborted();
  }

  /** Extends it no more. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.abortion);
    clearTimeout(this.extension);
  }

  /** The signal waits for a timer alone: nothing that Redis does, or does not do, can hold it up. */
  private plan(): void {
    clearTimeout(this.abortion);
    this.abortion = setTimeout(() => this.abort(), this.validForMs() - this.marginMs);
    this.extension = setTimeout(() => void this.renew(), this.ttlMs / 3);
  }

  private async renew(): Promise<void> {
    try {
      const granted = await this.extend();
      if (this.stopped) return;
      this.granted = granted;
      this.plan();
    } catch (error) {
      if (this.stopped) return;
      if (error instanceof AppError && error.kind === 'unavailable') {
        this.extension = setTimeout(() => void this.renew(), this.ttlMs / 20);
        return;
      }
      log.warn({ event: 'locking.kept.lost', err: error }, 'a lock that was kept is lost');
      // Somebody else may have it already, however much of its time is left.
      this.granted = { ...this.granted, validUntil: 0 };
      this.abort();
    }
  }

  private abort(): void {
    this.stop();
    this.controller.abort(lost());
  }
}
