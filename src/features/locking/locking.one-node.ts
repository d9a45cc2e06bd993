import type { LockNode } from '../../redis/lock-nodes.js';
import { lost, tooSlow } from './locking.errors.js';
import type { Kept, NodeCalls, Wanted } from './locking.node-calls.js';
import { type Granted, type Outcome, Quorum, type Standing, validUntil } from './locking.quorum.js';
import { ANY_SLOT } from './locking.slots.js';

/** A single lock node, which decides by itself. */
export class OneNode extends Quorum {
  constructor(
    private readonly node: LockNode,
    calls: NodeCalls,
  ) {
    super(calls);
  }

  override async acquire(wanted: Wanted, { ticket, waitMs, processId }: Standing): Promise<Outcome> {
    const began = performance.now();
    const approach = { ticket, waitMs, processId, slot: ANY_SLOT.slot, isAlone: true };
    let vote;
    try {
      vote = await this.calls.acquire(this.node, wanted, approach);
    } catch (error) {
      this.calls.undoUnheard(this.node, wanted, approach);
      throw error;
    }
    if (vote.outcome === 'held') {
      const { ticket: given, freeInMs, holders } = vote;
      return { granted: false, ticket: given, freeInMs, holders, isSplit: false, wasOvertaken: false };
    }
    const until = validUntil(began, vote.leftMs);
    if (performance.now() < until)
      return { granted: true, token: vote.token, validUntil: until, stood: vote.stood };
    void this.takeBack(wanted);
    throw tooSlow();
  }

  override async extend(tenant: string, id: string, ttlMs: number): Promise<Granted> {
    const began = performance.now();
    const extended = await this.calls.extend(this.node, tenant, id, ttlMs);
    if (extended === undefined) throw lost();
    return { token: extended, validUntil: validUntil(began, ttlMs) };
  }

  override async release(tenant: string, id: string, kept?: Kept): Promise<void> {
    if (!(await this.calls.release(this.node, tenant, id, kept))) throw lost();
  }

  override async askAll<T>(ask: (node: LockNode) => Promise<T>): Promise<T[]> {
    return [await ask(this.node)];
  }
}
