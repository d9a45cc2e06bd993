import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppError } from '../../errors/app-error.js';
import { held, shuttingDown } from './locking.errors.js';
import type { Wanted } from './locking.node-calls.js';
import { type Acquired, Quorum, type Refused } from './locking.quorum.js';
import type { Waiter, WaitingRoom } from './locking.waiting-room.js';
import { WaitingRooms } from './locking.waiting-rooms.js';

/** How often those who do not wait try after each of them was granted by a minority. */
const SPLIT_ATTEMPTS = 5;
const SPLIT_PAUSE_MS = 30;
/** The same where others were quicker to take a slot that was free: mostly one of them has it then and is out of the way. */
const OVERTAKEN_ATTEMPTS = 20;

/**
 * Grants: for a time, with a token that is higher than each before it, at once or to one after the other in the order in
 * which they came. Locks and semaphores are the same here.
 */
@Injectable()
export class LockGrants {
  constructor(
    private readonly quorum: Quorum,
    private readonly rooms: WaitingRooms,
  ) {}

  /**
   * Waits `waitMs` at the most, or until `signal` says that nobody waits for the answer.
   * @throws AppError `locking.held`, `locking.no-quorum`; of a single node as `RedisGateway.execute`
   */
  async acquire(wanted: Wanted, waitMs: number, signal?: AbortSignal): Promise<Acquired> {
    const granted = await (waitMs > 0 ? this.inLine(wanted, waitMs, signal) : this.atOnce(wanted));
    if (!signal?.aborted) return granted;
    // Nobody will ever release it.
    await this.quorum.takeBack(wanted);
    throw held([], undefined);
  }

  private async atOnce(wanted: Wanted): Promise<Acquired> {
    const standing = { ticket: '', waitMs: 0, processId: this.rooms.processId } as const;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.quorum.acquire(wanted, standing);
      if (outcome.granted) return outcome;
      const attempts = outcome.wasOvertaken ? OVERTAKEN_ATTEMPTS : outcome.isSplit ? SPLIT_ATTEMPTS : 1;
      if (attempt >= attempts) throw held(outcome.holders, outcome.freeInMs);
      // Others who came at the same moment pause for another time.
      await pause(Math.random() * SPLIT_PAUSE_MS * Math.min(attempt, SPLIT_ATTEMPTS));
    }
  }

  private async inLine(wanted: Wanted, waitMs: number, signal: AbortSignal | undefined): Promise<Acquired> {
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
  ): Promise<Acquired> {
    let refused: Refused | undefined;
    do {
      if (this.rooms.closing) throw shuttingDown();
      const wasListening = room.isListening;
      const outcome = await this.quorum.acquire(wanted, {
        ticket: refused?.ticket ?? 0,
        waitMs: Math.max(1, Math.ceil(untilMs - performance.now())),
        processId: this.rooms.processId,
      });
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
    if (!isShared) await this.quorum.end(tenant, id);
    else if (!isAwaited) await this.quorum.end(tenant, id, { keep: 'grant', process: this.rooms.processId });
  }
}

function isOutage(error: unknown): boolean {
  return error instanceof AppError && error.kind === 'unavailable';
}
