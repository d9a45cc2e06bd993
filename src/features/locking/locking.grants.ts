import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppError } from '../../errors/app-error.js';
import type { LockNode, LockNodes } from '../../redis/lock-nodes.js';
import { log } from '../../telemetry/log.js';
import { held, lost, noQuorum, shuttingDown } from './locking.errors.js';
import { AcquireBallot, type Refusal } from './locking.acquire-ballot.js';
import { type Approach, type Kept, NodeCalls, type Wanted } from './locking.node-calls.js';
import { ANY_SLOT, freestSlot, type SlotChoice } from './locking.slots.js';
import { type Ballot, type Result, Voting } from './locking.voting.js';
import type { Waiter, WaitingRoom } from './locking.waiting-room.js';
import { WaitingRooms } from './locking.waiting-rooms.js';

/** By so much may the clocks of two machines differ in speed, as in the article on Redlock; and Redis counts in whole ms. */
const DRIFT = 0.01;
const DRIFT_MS = 2;
/** How often those who do not wait try after each of them was granted by a minority. */
const SPLIT_ATTEMPTS = 5;
const SPLIT_PAUSE_MS = 30;
/** The same where others were quicker to take a slot that was free: mostly one of them has it then and is out of the way. */
const OVERTAKEN_ATTEMPTS = 20;
/** How much longer than a majority the other nodes are waited for, by those who only look. */
const GRACE_MS = 100;

export interface Granted {
  readonly token: number;
  /** Until when no other can have it, by the clock of `performance`, in ms. */
  readonly validUntil: number;
}

interface Refused extends Refusal {
  /** Of a semaphore: somebody has the slot that was free when it was chosen, and there may be another. */
  readonly wasOvertaken: boolean;
}

type Outcome = ({ readonly granted: true } & Granted) | ({ readonly granted: false } & Refused);

/**
 * Grants by a majority of the lock nodes: for a time, with a token that is higher than each before it, to one after the
 * other in the order in which they came. Locks and semaphores are the same here.
 */
@Injectable()
export class LockGrants {
  private readonly nodes: LockNodes;
  private readonly isAlone: boolean;

  constructor(
    private readonly voting: Voting,
    private readonly calls: NodeCalls,
    private readonly rooms: WaitingRooms,
  ) {
    this.nodes = voting.nodes;
    this.isAlone = this.nodes.all.length === 1;
  }

  /**
   * Waits `waitMs` at the most, or until `signal` says that nobody waits for the answer.
   * @throws AppError `locking.held`, `locking.no-quorum`; of a single node as `RedisGateway.execute`
   */
  async acquire(wanted: Wanted, waitMs: number, signal?: AbortSignal): Promise<Granted> {
    const granted = await (waitMs > 0 ? this.inLine(wanted, waitMs, signal) : this.atOnce(wanted));
    if (!signal?.aborted) return granted;
    // Nobody will ever release it.
    await this.takeBack(wanted);
    throw held([], undefined);
  }

  /** @throws AppError `locking.lost`, and as `acquire` */
  async extend(tenant: string, id: string, ttlMs: number): Promise<Granted> {
    const began = performance.now();
    let token = 0;
    const result = await this.voting.extend(
      {
        ask: async (node) => {
          const extended = await this.calls.extend(node, tenant, id, ttlMs);
          token = Math.max(token, extended ?? 0);
          return extended !== undefined;
        },
      },
      ttlMs,
    );
    if (!result.won) throw this.notWon(result);
    return { token, validUntil: validUntil(began, ttlMs) };
  }

  /** @throws as `extend` */
  async release(tenant: string, id: string): Promise<void> {
    const result = await this.voting.release(this.releaseBallot(tenant, id));
    if (!result.won) throw this.notWon(result);
  }

  /** As `release`, for what may not be held: what cannot be ended now ends with its time. */
  async end(tenant: string, id: string, kept?: Kept): Promise<void> {
    try {
      await this.voting.release(this.releaseBallot(tenant, id, kept));
    } catch (err) {
      if (!(err instanceof AppError)) log.error({ event: 'locking.release.failure', err });
    }
  }

  /** What a grant holds, as far as any node knows. */
  async placesOf(tenant: string, id: string): Promise<readonly string[]> {
    const found = await this.askAll((node) => this.calls.find(node, tenant, id));
    return [...new Set(found.flat())];
  }

  /**
   * What the nodes answer: a majority at least, and of the others who is not much slower.
   * @throws AppError as `acquire`
   */
  async askAll<T>(ask: (node: LockNode) => Promise<T>): Promise<T[]> {
    const given: T[] = [];
    const failures: AppError[] = [];
    const asked = this.nodes.all.map(async (node) => {
      try {
        given.push(await ask(node));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        failures.push(error);
      }
    });
    await atLeast(this.nodes.majority, asked, () => given.length);
    if (given.length < this.nodes.majority) throw this.tooFew(failures);
    return [...given];
  }

  private async atOnce(wanted: Wanted): Promise<Granted> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.attempt(wanted, { ticket: '', waitMs: 0 });
      if (outcome.granted) return outcome;
      const attempts = outcome.wasOvertaken ? OVERTAKEN_ATTEMPTS : outcome.isSplit ? SPLIT_ATTEMPTS : 1;
      if (attempt >= attempts) throw held(outcome.holders, outcome.freeInMs);
      // Others who came at the same moment pause for another time.
      await pause(Math.random() * SPLIT_PAUSE_MS * Math.min(attempt, SPLIT_ATTEMPTS));
    }
  }

  private async inLine(wanted: Wanted, waitMs: number, signal: AbortSignal | undefined): Promise<Granted> {
    const { tenant, id } = wanted;
    const room = this.rooms.of(tenant);
    const waiter = room.enter(id);
    try {
      const granted = await this.untilGranted(wanted, room, waiter, performance.now() + waitMs, signal);
      room.leave(id, waiter);
      return granted;
    } catch (error) {
      const left = this.leaveLine(wanted, room.leave(id, waiter));
      if (this.rooms.closing || !isOutage(error)) await left;
      throw this.rooms.closing ? shuttingDown() : error;
    }
  }

  private async untilGranted(
    wanted: Wanted,
    room: WaitingRoom,
    waiter: Waiter,
    untilMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Granted> {
    let refused: Refused | undefined;
    do {
      if (this.rooms.closing) throw shuttingDown();
      const wasListening = room.isListening;
      const outcome = await this.stand(wanted, refused?.ticket, untilMs);
      if (outcome.granted) {
        // When its time is up, whoever stands behind may have it.
        room.lookIn(wanted.ttlMs);
        return outcome;
      }
      refused = outcome;
      // No release tells of what is free already.
      if (refused.wasOvertaken) room.lookIn(Math.random() * SPLIT_PAUSE_MS);
      else if (refused.freeInMs !== undefined) room.lookIn(refused.freeInMs);
      if (wasListening) continue;
      await room.listen();
      // It may have come free before this process listened.
      waiter.wake();
    } while (await waiter.woken(untilMs, signal));
    throw held(refused.holders, refused.freeInMs);
  }

  /** Nobody is to stand in line behind somebody who is gone. `isAwaited`: another request with the same id waits in this process. */
  private async leaveLine({ tenant, id, isShared }: Wanted, isAwaited: boolean): Promise<void> {
    if (!isShared) await this.end(tenant, id);
    else if (!isAwaited) await this.end(tenant, id, { keep: 'grant', process: this.rooms.processId });
  }

  /** Of a grant that is not given out. Another request with the same id may have it: such a one ends with its time. */
  private async takeBack({ tenant, id, isShared }: Wanted): Promise<void> {
    if (!isShared) await this.end(tenant, id);
  }

  /** An attempt from the line; the first one goes to its end, with the same ticket on every node. */
  private async stand(wanted: Wanted, before: number | undefined, untilMs: number): Promise<Outcome> {
    const waitMs = Math.max(1, Math.ceil(untilMs - performance.now()));
    const outcome = await this.attempt(wanted, { ticket: before ?? 0, waitMs });
    if (outcome.granted || before !== undefined || this.isAlone) return outcome;
    // Each node gave a ticket of its own; the highest comes after all that a majority had given before.
    return await this.attempt(wanted, { ticket: outcome.ticket, waitMs });
  }

  private async attempt(wanted: Wanted, standing: Pick<Approach, 'ticket' | 'waitMs'>): Promise<Outcome> {
    // A single node has its own choice.
    const { slot, wasFree } = this.isAlone ? ANY_SLOT : await this.slotFor(wanted);
    const began = performance.now();
    const { ticket, waitMs } = standing;
    const { processId } = this.rooms;
    const ballot = new AcquireBallot(this.calls, wanted, {
      ticket,
      waitMs,
      slot,
      processId,
      isAlone: this.isAlone,
    });
    const result = await this.voting.acquire(ballot, wanted.ttlMs);
    if (!result.won) {
      if (result.failures.length > this.nodes.all.length - this.nodes.majority)
        throw this.tooFew(result.failures);
      const refusal = ballot.refusal();
      return { granted: false, ...refusal, wasOvertaken: wasFree && refusal.freeInMs !== undefined };
    }
    const { token, leftMs } = ballot.grant();
    const granted = this.isAlone
      ? { token, validUntil: validUntil(began, leftMs) }
      : await this.confirmed(wanted, token);
    if (performance.now() < granted.validUntil) return { granted: true, ...granted };
    void this.takeBack(wanted);
    throw noQuorum('The lock servers took longer to answer than the lock would have lasted.');
  }

  /** Raises the token on a majority before anybody gets to see it, so that whoever comes next gets a higher one. */
  private async confirmed(wanted: Wanted, token: number): Promise<Granted> {
    const began = performance.now();
    const { tenant, id, ttlMs } = wanted;
    const result = await this.voting.extend(
      { ask: async (node) => (await this.calls.extend(node, tenant, id, ttlMs, token)) !== undefined },
      ttlMs,
    );
    if (result.won) return { token, validUntil: validUntil(began, ttlMs) };
    void this.takeBack(wanted);
    throw this.tooFew(result.failures);
  }

  private releaseBallot(tenant: string, id: string, kept?: Kept): Ballot {
    return { ask: (node) => this.calls.release(node, tenant, id, kept) };
  }

  /** Of a semaphore on several nodes one for all of them. */
  private async slotFor({ tenant, places: [only] }: Wanted): Promise<SlotChoice> {
    if (only === undefined || only.permits === 1) return ANY_SLOT;
    const answers = await this.askAll((node) => this.calls.read(node, tenant, only.place));
    return freestSlot(only.permits, answers, this.nodes.majority);
  }

  private notWon({ against, failures }: Result): AppError {
    return against >= this.nodes.majority || failures.length === 0 ? lost() : this.tooFew(failures);
  }

  private tooFew(failures: readonly AppError[]): AppError {
    const [first] = failures;
    if (this.isAlone && first !== undefined) return first;
    const { all, majority } = this.nodes;
    return noQuorum(
      `${majority} of ${all.length} lock servers have to answer; the request may be sent again.`,
      first,
    );
  }
}

function validUntil(beganMs: number, ttlMs: number): number {
  return beganMs + ttlMs - Math.round(DRIFT * ttlMs) - DRIFT_MS;
}

/** Until all of `work` is done; of more than one, no longer than `GRACE_MS` after `enough` of it was counted. */
async function atLeast(enough: number, work: readonly Promise<void>[], count: () => number): Promise<void> {
  const all = Promise.all(work);
  if (work.length === 1) {
    await all;
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const done = () => resolve();
    all.then(done, reject);
    for (const one of work)
      void one.then(
        () => count() === enough && setTimeout(done, GRACE_MS),
        () => undefined,
      );
  });
}

function isOutage(error: unknown): boolean {
  return error instanceof AppError && error.kind === 'unavailable';
}

/** When a grant ends, as an answer says it. */
export function expiresAt({ validUntil }: Granted): string {
  return new Date(Date.now() + validUntil - performance.now()).toISOString();
}
