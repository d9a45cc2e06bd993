import type { LockNode, LockNodes } from '../../redis/lock-nodes.js';
import { log } from '../../telemetry/log.js';
import { lockWaiters } from '../../telemetry/metrics.js';
import { noQuorum } from './locking.errors.js';
import type { NodeCalls } from './locking.node-calls.js';

/** A process says so often that it lives; nodes take it for gone after three times that (`ALIVE_MS` of the scripts). */
const BEAT_MS = 1000;
/** Waiters that one script is asked about. */
const IDS_A_BEAT = 200;

/** Somebody who waits in this process. */
export class Waiter {
  private told = false;
  private answer: (() => void) | undefined;

  /** What was granted to others may be free now. */
  wake(): void {
    this.told = true;
    this.answer?.();
  }

  /** Until it is woken, or was since the last call; false if `untilMs`, by the clock of `performance`, or `signal` came first. */
  woken(untilMs: number, signal: AbortSignal | undefined): Promise<boolean> {
    lockWaiters.inc();
    return new Promise((resolve) => {
      let isDone = false;
      const done = () => {
        if (!isDone) lockWaiters.dec();
        isDone = true;
        clearTimeout(late);
        signal?.removeEventListener('abort', done);
        this.answer = undefined;
        resolve(this.told && !signal?.aborted);
        this.told = false;
      };
      const late = setTimeout(done, Math.max(0, untilMs - performance.now()));
      this.answer = done;
      signal?.addEventListener('abort', done, { once: true });
      if (this.told || signal?.aborted) done();
    });
  }
}

/** Those of one tenant who wait in this process, and how they hear that it may be their turn. */
export class WaitingRoom {
  private readonly waiters = new Map<string, Set<Waiter>>();
  private readonly heard = new Map<LockNode, () => void>();
  private opening: Promise<void> | undefined;
  private beat: NodeJS.Timeout | undefined;
  private beatAt = Infinity;
  private isOpen = false;
  private isClosed = false;
  /** Nodes that have not answered yet, and those that are to be asked once more when they have. */
  private readonly asked = new Set<LockNode>();
  private readonly again = new Set<LockNode>();

  constructor(
    private readonly nodes: LockNodes,
    private readonly calls: NodeCalls,
    private readonly processId: string,
    private readonly tenant: string,
    private readonly emptied: () => void,
  ) {}

  get isEmpty(): boolean {
    return this.waiters.size === 0;
  }

  /** Whether the nodes are listened to: what a node tells before that is lost. */
  get isListening(): boolean {
    return this.isOpen;
  }

  enter(id: string): Waiter {
    const waiter = new Waiter();
    const present = this.waiters.get(id);
    if (present) present.add(waiter);
    else this.waiters.set(id, new Set([waiter]));
    this.lookIn(BEAT_MS);
    return waiter;
  }

  /** Gives whether others wait here for the same grant. */
  leave(id: string, waiter: Waiter): boolean {
    const present = this.waiters.get(id);
    present?.delete(waiter);
    if (present?.size === 0) this.waiters.delete(id);
    if (this.isEmpty) this.emptied();
    return this.waiters.has(id);
  }

  /** Listens to a majority of the nodes. @throws AppError `locking.no-quorum` */
  async listen(): Promise<void> {
    this.opening ??= this.open();
    try {
      await this.opening;
    } finally {
      this.opening = undefined;
    }
  }

  /** Asks the nodes in `ms`, or sooner, whose turn it is: somebody's time is up then. */
  lookIn(ms: number): void {
    const at = performance.now() + Math.min(ms + 1, BEAT_MS);
    if (this.beatAt <= at || this.isEmpty) return;
    clearTimeout(this.beat);
    this.beatAt = at;
    this.beat = setTimeout(() => this.look(), at - performance.now());
  }

  /** Wakes everybody. */
  wakeAll(): void {
    for (const id of this.waiters.keys()) this.wake(id);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.beat);
    for (const leave of this.heard.values()) leave();
    this.heard.clear();
    this.isOpen = false;
  }

  private wake(id: string): void {
    for (const waiter of this.waiters.get(id) ?? []) waiter.wake();
  }

  /** The others are listened to when they can be. */
  private open(): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = this.nodes.all.length;
      const tried = () => {
        left--;
        if (this.heard.size >= this.nodes.majority) {
          this.isOpen = true;
          resolve();
        } else if (left === 0) {
          reject(noQuorum('Too few of the lock servers could be listened to.'));
        }
      };
      for (const node of this.nodes.all) this.hear(node).then(tried, tried);
    });
  }

  private async hear(node: LockNode): Promise<void> {
    if (this.heard.has(node)) return;
    const leave = await this.calls.listen(node, this.tenant, this.processId, (id) => this.wake(id));
    if (this.isClosed) {
      leave();
      return;
    }
    const twice = this.heard.get(node);
    this.heard.set(node, leave);
    twice?.();
  }

  /** Each node for itself: one that does not answer holds up nobody who waits for the others. */
  private look(): void {
    this.beatAt = Infinity;
    for (const node of this.nodes.all) {
      if (this.asked.has(node)) this.again.add(node);
      else void this.lookAndPlan(node);
    }
  }

  private async lookAndPlan(node: LockNode): Promise<void> {
    this.asked.add(node);
    const soonestMs = await this.lookAt(node);
    this.asked.delete(node);
    this.lookIn(this.again.delete(node) ? 0 : soonestMs);
  }

  /** In how many ms somebody's time is up there. */
  private async lookAt(node: LockNode): Promise<number> {
    const ids = [...this.waiters.keys()];
    let soonestMs = BEAT_MS;
    try {
      if (this.isOpen) await this.hear(node);
      for (let at = 0; at < ids.length; at += IDS_A_BEAT) {
        const some = ids.slice(at, at + IDS_A_BEAT);
        const { due, soonestMs: next = BEAT_MS } = await this.calls.beat(
          node,
          this.tenant,
          this.processId,
          some,
        );
        soonestMs = Math.min(soonestMs, next);
        for (const id of due) this.wake(id);
      }
    } catch (error) {
      // An outage is told of elsewhere, and the next look comes by itself.
      log.debug({ event: 'locking.beat.failure', err: error }, 'a lock server is asked again later');
    }
    return soonestMs;
  }
}
