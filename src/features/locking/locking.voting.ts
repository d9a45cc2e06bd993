import Redlock, { ExecutionError, Lock } from 'redlock';
import { AppError } from '../../errors/app-error.js';
import type { LockNode, LockNodes } from '../../redis/lock-nodes.js';

/** What every node is asked in one vote; each answers for itself whether it is for it. */
export interface Ballot {
  /** The question. @throws AppError of the kind `unavailable` if the node cannot be asked */
  ask(node: LockNode): Promise<boolean>;
  /** Takes back what `ask` may have done there, once a majority was not for it. */
  undo?(node: LockNode): Promise<void>;
}

/** How a vote went. */
export interface Result {
  /** Whether a majority was for it. */
  readonly won: boolean;
  /** Nodes that were not for it, as far as they had answered when that was clear. */
  readonly against: number;
  /** Why nodes could not be asked. */
  readonly failures: readonly AppError[];
}

const OPERATIONS = ['acquire', 'extend', 'release'] as const;
type Operation = (typeof OPERATIONS)[number];

/**
 * Asks all nodes at once and counts until a majority has decided: the part of Redlock that `redlock` plays here. What a node
 * does when it is asked is a script of ours, for the package takes nothing but a number for an answer: no fencing token,
 * nobody who waits. Its retries are not used, since they keep what a minority granted.
 */
export class Voting {
  private readonly redlock: Redlock<Vote>;

  constructor(nodes: LockNodes) {
    const operations = new Map<string, Operation>();
    const clients = nodes.all.map((node) => ({
      evalsha: (hash: string, _count: number, [vote]: readonly [Vote, ...unknown[]]) =>
        vote.at(node, operations.get(hash)),
      // Only asked for after a NOSCRIPT, which the above never gives.
      eval: () => Promise.reject(new Error('a vote is no script')),
    }));
    this.redlock = new Redlock(
      clients,
      { retryCount: 0 },
      { acquireScript: 'acquire', extendScript: 'extend', releaseScript: 'release' },
    );
    for (const operation of OPERATIONS) {
      operations.set(this.redlock.scripts[`${operation}Script`].hash, operation);
    }
  }

  /** As `extend`; if no majority is for it, `undo` has been called for every node. */
  acquire(ballot: Ballot, ttlMs: number): Promise<Result> {
    return this.count(ballot, 'acquire', (vote) => this.redlock.acquire([vote], ttlMs));
  }

  /** @throws what a node threw that is no failure of the node */
  extend(ballot: Ballot, ttlMs: number): Promise<Result> {
    return this.count(ballot, 'extend', (vote) => this.redlock.extend(this.lock(vote), ttlMs));
  }

  /** As `extend`. */
  release(ballot: Ballot): Promise<Result> {
    return this.count(ballot, 'release', (vote) => this.redlock.release(this.lock(vote)));
  }

  /** What `redlock` knows of a lock by itself is not used: its expiry goes by the wall clock, which can be set. */
  private lock(vote: Vote): Lock<Vote> {
    return new Lock(this.redlock, [vote], '', [], Number.MAX_SAFE_INTEGER);
  }

  private async count(
    ballot: Ballot,
    operation: Operation,
    ask: (vote: Vote) => Promise<unknown>,
  ): Promise<Result> {
    const vote = new Vote(ballot, operation);
    vote.won = await decided(ask(vote));
    if (vote.fault !== undefined) throw vote.fault;
    return vote;
  }
}

/** Whether `redlock` has counted a majority. */
async function decided(count: Promise<unknown>): Promise<boolean> {
  try {
    await count;
    return true;
  } catch (error) {
    if (error instanceof ExecutionError) return false;
    throw error;
  }
}

/** One vote. `redlock` carries it to the nodes in the place of a resource. */
class Vote implements Result {
  won = false;
  against = 0;
  readonly failures: AppError[] = [];
  /** A bug, which `redlock` would count as a vote against. */
  fault: Error | undefined;

  constructor(
    private readonly ballot: Ballot,
    private readonly operation: Operation,
  ) {}

  /** 1 if the node is for it. What an acquisition releases is what it may have got there. */
  async at(node: LockNode, operation: Operation | undefined): Promise<number> {
    try {
      if (operation !== this.operation) {
        await this.ballot.undo?.(node);
        return 1;
      }
      if (await this.ballot.ask(node)) return 1;
      this.against++;
    } catch (error) {
      if (error instanceof AppError && error.kind === 'unavailable') this.failures.push(error);
      else this.fault = error instanceof Error ? error : new Error(String(error));
    }
    return 0;
  }
}
