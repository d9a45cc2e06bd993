import { AppError } from '../../errors/app-error.js';
import type { LockNode, LockNodes } from '../../redis/lock-nodes.js';
import { AcquireBallot } from './locking.acquire-ballot.js';
import { lost, noQuorum, tooSlow } from './locking.errors.js';
import type { Kept, NodeCalls, Wanted } from './locking.node-calls.js';
import { type Granted, type Outcome, Quorum, type Standing, validUntil } from './locking.quorum.js';
import { ANY_SLOT, freestSlot, type SlotChoice } from './locking.slots.js';
import { type Result, Voting } from './locking.voting.js';

/** How much longer than a majority the other nodes are waited for, by those who only look. */
const GRACE_MS = 100;

/** Several lock nodes that know nothing of each other: what more than half of them say holds. */
export class NodeMajority extends Quorum {
  private readonly voting: Voting;

  constructor(
    private readonly nodes: LockNodes,
    calls: NodeCalls,
  ) {
    super(calls);
    this.voting = new Voting(nodes);
  }

  /** The first attempt from the line goes to its end, with the same ticket on every node. */
  override async acquire(wanted: Wanted, standing: Standing): Promise<Outcome> {
    const outcome = await this.attempt(wanted, standing);
    if (outcome.granted || standing.ticket !== 0) return outcome;
    // Each node gave a ticket of its own; the highest comes after all that a majority had given before.
    return await this.attempt(wanted, { ...standing, ticket: outcome.ticket });
  }

  override async extend(tenant: string, id: string, ttlMs: number): Promise<Granted> {
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

  override async release(tenant: string, id: string, kept?: Kept): Promise<void> {
    const result = await this.voting.release({ ask: (node) => this.calls.release(node, tenant, id, kept) });
    if (!result.won) throw this.notWon(result);
  }

  override async askAll<T>(ask: (node: LockNode) => Promise<T>): Promise<T[]> {
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

  private async attempt(wanted: Wanted, standing: Standing): Promise<Outcome> {
    const { slot, wasFree } = await this.slotFor(wanted);
    const ballot = new AcquireBallot(this.calls, wanted, { ...standing, slot, isAlone: false });
    const result = await this.voting.acquire(ballot, wanted.ttlMs);
    if (!result.won) {
      if (result.failures.length > this.nodes.all.length - this.nodes.majority)
        throw this.tooFew(result.failures);
      const refusal = ballot.refusal();
      return { granted: false, ...refusal, wasOvertaken: wasFree && refusal.freeInMs !== undefined };
    }
    const granted = await this.confirmed(wanted, ballot.token());
    if (performance.now() < granted.validUntil)
      return { granted: true, ...granted, stood: ballot.stood(this.nodes.majority) };
    void this.takeBack(wanted);
    throw tooSlow();
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

  /** Of a semaphore one for all of them. */
  private async slotFor({ tenant, places: [only] }: Wanted): Promise<SlotChoice> {
    if (only === undefined || only.permits === 1) return ANY_SLOT;
    const answers = await this.askAll((node) => this.calls.read(node, tenant, only.place));
    return freestSlot(only.permits, answers, this.nodes.majority);
  }

  private notWon({ against, failures }: Result): AppError {
    return against >= this.nodes.majority || failures.length === 0 ? lost() : this.tooFew(failures);
  }

  private tooFew(failures: readonly AppError[]): AppError {
    const { all, majority } = this.nodes;
    return noQuorum(
      `${majority} of ${all.length} lock servers have to answer; the request may be sent again.`,
      failures[0],
    );
  }
}

/** Until all of `work` is done; but no longer than `GRACE_MS` after `enough` of it was counted. */
async function atLeast(enough: number, work: readonly Promise<void>[], count: () => number): Promise<void> {
  const all = Promise.all(work);
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
