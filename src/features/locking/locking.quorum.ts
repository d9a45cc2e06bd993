import { AppError } from '../../errors/app-error.js';
import type { LockNode } from '../../redis/lock-nodes.js';
import { log } from '../../telemetry/log.js';
import type { Refusal } from './locking.acquire-ballot.js';
import type { Approach, Kept, NodeCalls, Wanted } from './locking.node-calls.js';

/** By so much may the clocks of two machines differ in speed, as in the article on Redlock; and Redis counts in whole ms. */
const DRIFT = 0.01;
const DRIFT_MS = 2;

export interface Granted {
  readonly token: number;
  /** Until when no other can have it, by the clock of `performance`, in ms. */
  readonly validUntil: number;
}

export interface Refused extends Refusal {
  /** Of a semaphore: somebody has the slot that was free when it was chosen, and there may be another. */
  readonly wasOvertaken: boolean;
}

/** `stood`: another request with the same id had it before. */
export type Acquired = Granted & { readonly stood: boolean };

export type Outcome = ({ readonly granted: true } & Acquired) | ({ readonly granted: false } & Refused);

/** Where whoever asks stands. */
export type Standing = Pick<Approach, 'ticket' | 'waitMs' | 'processId'>;

/** Who decides on grants: a single lock node, or a majority of several. */
export abstract class Quorum {
  constructor(protected readonly calls: NodeCalls) {}

  /** @throws AppError `locking.no-quorum`; of a single node as `RedisGateway.execute` */
  abstract acquire(wanted: Wanted, standing: Standing): Promise<Outcome>;

  /** @throws AppError `locking.lost`, and as `acquire` */
  abstract extend(tenant: string, id: string, ttlMs: number): Promise<Granted>;

  /** @throws as `extend` */
  abstract release(tenant: string, id: string, kept?: Kept): Promise<void>;

  /**
   * What the nodes answer: a majority at least, and of the others who is not much slower.
   * @throws AppError as `acquire`
   */
  abstract askAll<T>(ask: (node: LockNode) => Promise<T>): Promise<T[]>;

  /** As `release`, for what may not be held: what cannot be ended now ends with its time. */
  async end(tenant: string, id: string, kept?: Kept): Promise<void> {
    try {
      await this.release(tenant, id, kept);
    } catch (err) {
      if (!(err instanceof AppError)) log.error({ event: 'locking.release.failure', err });
    }
  }

  /** Of a grant that is not given out. Another request with the same id may have it: such a one ends with its time. */
  async takeBack({ tenant, id, isShared }: Wanted): Promise<void> {
    if (!isShared) await this.end(tenant, id);
  }

  /** What a grant holds, as far as any node knows. */
  async placesOf(tenant: string, id: string): Promise<readonly string[]> {
    const found = await this.askAll((node) => this.calls.find(node, tenant, id));
    return [...new Set(found.flat())];
  }
}

/** @param beganMs when the first node was asked, by the clock of `performance` */
export function validUntil(beganMs: number, ttlMs: number): number {
  return beganMs + ttlMs - Math.round(DRIFT * ttlMs) - DRIFT_MS;
}

/** When a grant ends, as an answer says it. */
export function expiresAt({ validUntil }: Granted): string {
  return new Date(Date.now() + validUntil - performance.now()).toISOString();
}
