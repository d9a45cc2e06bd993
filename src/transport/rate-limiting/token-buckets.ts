import { Injectable } from '@nestjs/common';
import { asList, asNumber, asRows, asText } from '../../redis/decode.js';
import { defineScript } from '../../redis/script.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { Slots } from '../../redis/slots.js';
import { type IdempotentOperation, keyReused } from '../idempotency/idempotency.js';
import { type BucketLimit, type BucketState, partsOf, stateOf } from './token-bucket.js';

const takeTokensScript = defineScript({
  file: new URL('./scripts/take-tokens.lua', import.meta.url),
  keys: ['operation'],
  restKeys: 'buckets',
  args: ['mode', 'fingerprint', 'ttlMs'],
  rest: 'limits',
  decode: (reply) => {
    const [outcome, allowed, states] = asList(reply);
    if (asText(outcome) === 'reused') return { outcome: 'reused' } as const;
    return {
      outcome: 'taken' as const,
      replayed: outcome === 'replayed',
      allowed: allowed === 1,
      states: asRows(states, 3).map((row) => row.map(asNumber)),
    };
  },
});

/** A charge on one bucket. */
export interface BucketCharge {
  /** The bucket's key in Redis. */
  readonly key: string;
  /** A key in the bucket's slot, for the record of a keyed request; the bucket's own if there is none. */
  readonly operationKey: string;
  readonly limit: BucketLimit;
  /** Tokens; a whole number from 0. */
  readonly cost: number;
}

export interface ChargeResult {
  /** Whether every bucket held enough; if not, none stays charged. */
  readonly allowed: boolean;
  readonly replayed: boolean;
  /** One state a charge, in their order. */
  readonly states: readonly BucketState[];
}

export interface ChargeOptions {
  /** Look without charging. */
  readonly dryRun?: boolean;
  readonly operation?: IdempotentOperation | undefined;
  readonly timeoutMs?: number;
}

type Mode = 'take' | 'peek' | 'refund';

/** Token buckets in Redis: exact by Redis' clock, whichever nodes charge them. */
@Injectable()
export class TokenBuckets {
  constructor(
    private readonly scripts: ScriptRunner,
    private readonly slots: Slots,
  ) {}

  /**
   * Charges all of `charges`, or none if one of the buckets holds too little. Buckets that share a slot (on a
   * Redis that is no cluster: all) are charged by one script. On a cluster the slots follow one another, and a
   * refusal gives back what the earlier ones gave: another caller may be refused in between, none is ever
   * admitted too much.
   * @throws AppError `idempotency.key-reused`, `redis.unavailable`, or `redis.outcome-unknown` if a charge may
   * have been made
   */
  async take(charges: readonly BucketCharge[], options: ChargeOptions = {}): Promise<ChargeResult> {
    const groups = this.slots.group(charges, ({ key }) => key);
    const states = new Map<BucketCharge, BucketState>();
    let replayed = groups.length > 0;
    for (const [at, group] of groups.entries()) {
      const result = await this.run(group, options.dryRun ? 'peek' : 'take', options);
      for (const [index, state] of result.states.entries()) {
        const charge = group[index];
        if (charge) states.set(charge, state);
      }
      replayed &&= result.replayed;
      if (result.allowed) continue;
      if (!options.dryRun) await this.runAll(groups.slice(0, at), 'refund', options, states);
      await this.runAll(groups.slice(at + 1), 'peek', options, states);
      return { allowed: false, replayed, states: charges.flatMap((charge) => states.get(charge) ?? []) };
    }
    return { allowed: true, replayed, states: charges.flatMap((charge) => states.get(charge) ?? []) };
  }

  /** Gives back what a charge took, up to the capacities. */
  async refund(charges: readonly BucketCharge[], options: ChargeOptions = {}): Promise<void> {
    for (const group of this.slots.group(charges, ({ key }) => key)) await this.run(group, 'refund', options);
  }

  /** Notes in `states` how the buckets of `groups` stand afterwards. */
  private async runAll(
    groups: readonly (readonly BucketCharge[])[],
    mode: Mode,
    options: ChargeOptions,
    states: Map<BucketCharge, BucketState>,
  ): Promise<void> {
    for (const group of groups) {
      const result = await this.run(group, mode, options);
      for (const [index, charge] of group.entries()) {
        const state = result.states[index];
        if (state) states.set(charge, state);
      }
    }
  }

  private async run(
    charges: readonly BucketCharge[],
    mode: Mode,
    { operation: keyed, timeoutMs }: ChargeOptions,
  ) {
    const suffix = mode === 'refund' ? ':refund' : '';
    const result = await this.scripts.run(takeTokensScript, {
      keys: { operation: `${charges[0]?.operationKey ?? ''}${keyed ? suffix : ''}` },
      restKeys: charges.map(({ key }) => key),
      args: { mode, fingerprint: keyed?.fingerprint ?? '', ttlMs: keyed?.ttlMs ?? 0 },
      rest: charges.flatMap(({ limit, cost }) => {
        const { capacity, refill, partsPerToken } = partsOf(limit);
        return [capacity, refill, cost * partsPerToken];
      }),
      repeatable: mode === 'peek' || keyed !== undefined,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    if (result.outcome === 'reused') throw keyReused();
    return {
      allowed: result.allowed,
      replayed: result.replayed,
      states: charges.map(({ limit }, at) => {
        const [level = 0, waitMicros = 0, fullMicros = 0] = result.states[at] ?? [];
        return stateOf(limit, level, waitMicros, fullMicros);
      }),
    };
  }
}
