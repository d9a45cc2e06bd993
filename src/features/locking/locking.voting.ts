import { Injectable } from '@nestjs/common';
import Redlock, { ExecutionError, Lock } from 'redlock';
import { AppError } from '../../errors/app-error.js';
import { type LockNode, LockNodes } from '../../redis/lock-nodes.js';

/** What every node is asked in one vote; each answers for itself whether it is for it. */
export interface Ballot {
  /** The question. @throws AppError of the kind `unavailable` if the node cannot be asked */
  ask(node: LockNode): Promise<boolean>;
  /** Takes back what `ask` may have done there, once a majority was not for it. */
  undo?(node: LockNode): Promise<void>;
}

type Operation = 'acquire' | 'extend' | 'release';

/** How a vote went: `for` it was a majority, or why it was not. */
export interface Result {
  readonly won: boolean;
  /** Nodes that were not for it, and that could not be asked, when the vote was over. */
  readonly against: number;
  readonly failures: readonly AppError[];
}

/**
 * Asks all nodes at once and counts until a majority has decided: the part of Redlock that `redlock` plays here. What a node
 * does when it is asked is a script of ours, for the package's own answer nothing but a number: no fencing token, nobody
 * who waits. Its retries are not used, since they keep what a minority granted.
 */
@Injectable()
export class Voting {
  private readonly redlock: Redlock;
  private readonly open = new Map<string, Count>();
  private votes = 0;

  constructor(readonly nodes: LockNodes) {
    const names = new Map<string, Operation>();
    const clients = nodes.all.map((node) => ({
      evalsha: (hash: string, _keyCount: number, [vote]: readonly (string | number)[]) =>
        this.counted(vote).ask(node, names.get(hash)),
      // Only asked for after a NOSCRIPT, which none of the above gives.
      eval: () => Promise.reject(new Error('a vote is no script')),
    }));
    this.redlock = new Redlock(
      clients,
      { retryCount: 0 },
      { acquireScript: 'acquire', extendScript: 'extend', releaseScript: 'release' },
    );
    const { acquireScript, extendScript, releaseScript } = this.redlock.scripts;
    names
      .set(acquireScript.hash, 'acquire')
      .set(extendScript.hash, 'extend')
      .set(releaseScript.hash, 'release');
  }

  /** As `extend`; if no majority is for it, `undo` has been called for every node. */
  acquire(ballot: Ballot, ttlMs: number): Promise<Result> {
    return this.count(ballot, (vote) => this.redlock.acquire([vote], ttlMs));
  }

  /** @throws what a node threw that is no failure of the node */
  extend(ballot: Ballot, ttlMs: number): Promise<Result> {
    return this.count(ballot, (vote) => this.redlock.extend(this.lock(vote), ttlMs));
  }

  /** As `extend`. */
  release(ballot: Ballot): Promise<Result> {
    return this.count(ballot, (vote) => this.redlock.release(this.lock(vote)));
  }

  /** What `redlock` knows of a lock by itself is not used: its expiry goes by the wall clock, which can be set. */
  private lock(vote: string): Lock {
    return new Lock(this.redlock, [vote], '', [], Number.MAX_SAFE_INTEGER);
  }

  private async count(ballot: Ballot, vote: (id: string) => Promise<unknown>): Promise<Result> {
    const id = String(this.votes++);
    const count = new Count(ballot);
    this.open.set(id, count);
    let won = true;
    try {
      await vote(id);
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
      won = false;
    } finally {
      this.open.delete(id);
    }
    if (count.fault !== undefined) throw count.fault;
    return { won, against: count.against, failures: count.failures };
  }

  private counted(id: string | number | undefined): Count {
    const count = this.open.get(String(id));
    if (count === undefined) throw new Error('a vote is over');
    return count;
  }
}

/** One vote, from the side of the nodes: `redlock` calls it once a node, and for `acquire` once more to take it back. */
class Count {
  against = 0;
  readonly failures: AppError[] = [];
  /** A bug, which `redlock` would count as a vote against. */
  fault: Error | undefined;
  private isAcquisition = false;

  constructor(private readonly ballot: Ballot) {}

  async ask(node: LockNode, operation: Operation | undefined): Promise<number> {
    if (operation === 'acquire') this.isAcquisition = true;
    try {
      if (operation === 'release' && this.isAcquisition) {
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
