import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { EffectHandlers, SETTLED_RECORD_MS } from '../../effects/effect-handlers.js';
import { AppError } from '../../errors/app-error.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { log } from '../../telemetry/log.js';
import {
  type CommittedEffects,
  refuseEffectsScript,
  registerOutboxScript,
  settleEffectsScript,
} from './streams.commit-scripts.js';
import { StreamsKeys } from './streams.keys.js';

/** How long nobody else applies the effects that somebody has taken. */
export const LEASE_MS = 10_000;
/**
 * By how much the clocks of two servers of a cluster may differ, either way: the end of a lease is the stream's server's, and
 * is compared with the clock of the effect's. A record outlives its commit by twice that.
 */
const CLOCK_SKEW_MS = SETTLED_RECORD_MS / 2;
/** How long a node relies on a registration, far less than `RETIRE_AFTER_MS`. */
const REGISTERED_MS = 600_000;
export const RETIRE_AFTER_MS = 3_600_000;
const KNOWN_STREAMS = 10_000;
/** The record of an effect is bound to its name alone, which no two effects share. */
const FINGERPRINT = 'effect';

interface Owner {
  readonly tenant: string;
  readonly stream: string;
}

/** Carries out the effects of commits, each once, whoever begins and whoever ends it. */
@Injectable()
export class Outbox implements OnModuleDestroy {
  private readonly registered = new LRUCache<string, true>({ max: KNOWN_STREAMS, ttl: REGISTERED_MS });
  private readonly toSettle = new Map<string, CommittedEffects[]>();
  private readonly settling = new Map<string, Promise<void>>();

  constructor(
    private readonly scripts: ScriptRunner,
    private readonly keys: StreamsKeys,
    private readonly handlers: EffectHandlers,
  ) {}

  /** Before the first commit: whatever becomes of this node, somebody looks for what it leaves. */
  async register({ tenant, stream }: Owner): Promise<void> {
    const name = `${tenant}/${stream}`;
    if (this.registered.has(name)) return;
    await this.scripts.run(registerOutboxScript, {
      keys: this.keys.outboxes(),
      args: { stream: name, lookAfterMs: LEASE_MS },
      repeatable: true,
    });
    this.registered.set(name, true);
  }

  /**
   * Applies the effects of `commits`: those of one in order, those of several at the same time. What cannot be applied now
   * is left to whoever takes it after the lease; what never can becomes a dead letter of its entry.
   */
  async carryOut(owner: Owner, commits: readonly CommittedEffects[], leaseEndsAtMs: number): Promise<void> {
    const applied = await Promise.all(
      commits.map(async (commit) => commit.applied || (await this.apply(owner, commit, leaseEndsAtMs))),
    );
    this.settleSoon(
      owner,
      commits.filter((_commit, at) => applied[at]),
    );
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.settling.values());
  }

  private async apply(owner: Owner, commit: CommittedEffects, leaseEndsAtMs: number): Promise<boolean> {
    const notAfterMs = leaseEndsAtMs + CLOCK_SKEW_MS;
    try {
      for (const [id, effect] of effectsOf(commit)) {
        const operation = { id, fingerprint: FINGERPRINT, ttlMs: 0, notAfterMs };
        try {
          await this.handlers.of(effect).apply(owner.tenant, effect, operation);
        } catch (error) {
          if (!isRefusal(error)) throw error;
          await this.refuse(owner, commit, error);
        }
      }
      return true;
    } catch (error) {
      log.warn(
        { event: 'streams.effects.late', ...owner, group: commit.group, id: commit.id, err: error },
        'effects of a commit are applied later',
      );
      return false;
    }
  }

  private async refuse(
    owner: Owner,
    { group, id, deliveries }: CommittedEffects,
    error: AppError,
  ): Promise<void> {
    log.warn(
      { event: 'streams.effects.refused', ...owner, group, id, code: error.code },
      'an effect of a commit can never take place; its entry is a dead letter',
    );
    await this.scripts.run(refuseEffectsScript, {
      keys: this.keys.group(owner.tenant, owner.stream, group),
      args: { id, reason: error.code, deliveries },
      repeatable: true,
    });
  }

  /** Settling is nothing that anybody waits for; what a crash leaves of it is done by the next who looks. */
  private settleSoon(owner: Owner, commits: readonly CommittedEffects[]): void {
    if (commits.length === 0) return;
    const name = `${owner.tenant}/${owner.stream}`;
    const waiting = this.toSettle.get(name);
    if (waiting) waiting.push(...commits);
    else this.toSettle.set(name, [...commits]);
    if (this.settling.has(name)) return;
    this.settling.set(name, this.settleAll(owner, name));
  }

  private async settleAll(owner: Owner, name: string): Promise<void> {
    for (let commits = this.toSettle.get(name); commits; commits = this.toSettle.get(name)) {
      this.toSettle.delete(name);
      try {
        await this.settle(owner, commits);
      } catch (error) {
        log.debug({ event: 'streams.settle.failure', ...owner, err: error }, 'commits are settled later');
      }
    }
    // At once, not when the promise is seen to be kept: what comes in between would wait for the next commit.
    this.settling.delete(name);
  }

  private async settle(owner: Owner, commits: readonly CommittedEffects[]): Promise<void> {
    await this.note(owner, commits, 'applied');
    await Promise.all(
      commits
        .flatMap(effectsOf)
        .map(([id, effect]) => this.handlers.of(effect).settle(owner.tenant, effect, id)),
    );
    await this.note(owner, commits, 'done');
  }

  private async note(
    owner: Owner,
    commits: readonly CommittedEffects[],
    state: 'applied' | 'done',
  ): Promise<void> {
    await this.scripts.run(settleEffectsScript, {
      keys: this.keys.outbox(owner.tenant, owner.stream),
      args: { state },
      rest: commits.map(({ commit }) => commit),
      repeatable: true,
    });
  }
}

/** The effects of a commit, each with the id of its operation. */
function effectsOf({ commit, effects }: CommittedEffects): (readonly [string, unknown])[] {
  const parsed: unknown = JSON.parse(effects);
  if (!Array.isArray(parsed)) throw new Error('the effects of a commit are no list');
  return parsed.map((effect: unknown, at) => [`${commit}.${at}`, effect] as const);
}

/** Whether an effect can never take place; what a bug or an outage keeps from it still may. */
function isRefusal(error: unknown): error is AppError {
  if (!(error instanceof AppError)) return false;
  return !['unavailable', 'timeout', 'internal', 'rate-limited', 'locked'].includes(error.kind);
}
