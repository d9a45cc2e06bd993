import type { LockNode } from '../../redis/lock-nodes.js';
import type { Approach, NodeCalls, Wanted } from './locking.node-calls.js';
import type { HolderNow, Vote } from './locking.scripts.js';
import type { Ballot } from './locking.voting.js';

/** Why nothing was granted, as far as the nodes that answered say. */
export interface Refusal {
  /** The highest place in a line that any of them gave; 0 for none. */
  readonly ticket: number;
  /** In how many ms all of it can be free by itself, by what the first node to say so knows; undefined if nobody holds it. */
  readonly freeInMs: number | undefined;
  readonly holders: readonly HolderNow[];
  /** A minority granted it, and took it back. */
  readonly isSplit: boolean;
}

/** A vote on a grant, and what each node said. */
export class AcquireBallot implements Ballot {
  /** Undefined for a node that has not answered. */
  private readonly votes = new Map<LockNode, Vote | undefined>();

  constructor(
    private readonly calls: NodeCalls,
    private readonly wanted: Wanted,
    private readonly approach: Approach,
  ) {}

  async ask(node: LockNode): Promise<boolean> {
    this.votes.set(node, undefined);
    const vote = await this.calls.acquire(node, this.wanted, this.approach);
    this.votes.set(node, vote);
    return vote.outcome === 'granted';
  }

  async undo(node: LockNode): Promise<void> {
    const vote = this.votes.get(node);
    if (vote?.outcome === 'held') return;
    if (vote !== undefined) await this.calls.undo(node, this.wanted, this.approach);
    else this.calls.undoUnheard(node, this.wanted, this.approach);
  }

  /** The highest of those that granted. */
  token(): number {
    let token = 0;
    for (const vote of this.votes.values()) {
      if (vote?.outcome === 'granted') token = Math.max(token, vote.token);
    }
    return token;
  }

  /** Whether fewer than `majority` granted it anew, since they had granted it before. */
  stood(majority: number): boolean {
    const granted = [...this.votes.values()].filter((vote) => vote?.outcome === 'granted');
    return granted.filter(({ stood }) => !stood).length < majority;
  }

  refusal(): Refusal {
    let ticket = 0;
    let freeInMs: number | undefined;
    let holders: readonly HolderNow[] = [];
    let isSplit = false;
    for (const vote of this.votes.values()) {
      if (vote === undefined) continue;
      if (vote.outcome === 'granted') {
        isSplit = true;
        continue;
      }
      ticket = Math.max(ticket, vote.ticket);
      if (vote.freeInMs !== undefined) freeInMs = Math.min(freeInMs ?? vote.freeInMs, vote.freeInMs);
      if (vote.holders.length > holders.length) holders = vote.holders;
    }
    return { ticket, freeInMs, holders, isSplit };
  }
}
