import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { loadSettings } from '../../../src/config/load-settings.js';
import { LockingKeys, type LockKeys } from '../../../src/features/locking/locking.keys.js';
import {
  acquireScript,
  beatScript,
  breakScript,
  extendScript,
  findScript,
  readScript,
  releaseScript,
} from '../../../src/features/locking/locking.scripts.js';
import type { Reply } from '../../../src/redis/decode.js';
import { Keyspace } from '../../../src/redis/keyspace.js';
import type { Script } from '../../../src/redis/script.js';
import type { LockModel, Want } from '../../support/lock-model.js';
import { type Command, IDS, PLACES, PROCESSES } from './lock-commands.js';

const lockingKeys = new LockingKeys(new Keyspace(loadSettings({})));
const TOPIC = 'topic:';
/** Of a token that another node gave whose clock is ahead, in µs. */
const HIGHER = 3_600_000_000;
/** Longer than a process may be silent. */
const DEAD_MS = 3001;
const BEAT_MS = 1000;

const CLOCK = 'clock';
const TOLD = 'told';
/** Before a script: its clock is the test's, and whom it tells is noted. */
const STAGE = `local real = redis.call
local redis = setmetatable({ call = function(name, ...)
  if name == 'TIME' then return cjson.decode(real('GET', '${CLOCK}')) end
  if name == 'PUBLISH' then return real('RPUSH', '${TOLD}', (select(2, ...))) end
  return real(name, ...)
end }, { __index = redis })
`;

/** The scripts of the service beside the model, by the model's clock; every answer of the ones is compared with the other's. */
export class LockComparison {
  private readonly keys: LockKeys;
  /** Whom a script told that it is its turn, and who has not tried since. */
  private readonly informed = new Set<string>();
  private readonly wants = new Map<string, readonly Want[]>();
  private readonly tokens = new Map<string, number>();
  /** One that has died comes back under another name. */
  private readonly lives = Array.from({ length: PROCESSES }, () => 0);

  /** `change` makes other scripts of those of the service. */
  constructor(
    private readonly client: Redis,
    tenant: string,
    private readonly model: LockModel,
    private readonly change: (source: string) => string,
  ) {
    this.keys = lockingKeys.tenant(tenant);
  }

  async step(step: Command): Promise<void> {
    const { model } = this;
    switch (step.kind) {
      case 'acquire': {
        const { id, ttlMs, confirmed } = step;
        // Whoever's time is up leaves before it comes again.
        if (model.waiters.has(id) && !model.isInLine(id)) await this.release(id, '');
        const waits = model.waiters.has(id);
        // Who waits on waits for longer than no time: who does not leaves the line.
        const waitMs = waits ? Math.max(1, step.waitMs) : step.waitMs;
        const wants = waits || model.standing(id) ? (this.wants.get(id) ?? step.wants) : step.wants;
        this.wants.set(id, wants);
        await this.acquire(
          { id, wants, ttlMs, ticket: waits || waitMs > 0 ? 0 : '', waitMs, confirmed },
          step.process,
        );
        break;
      }
      case 'release': {
        const { id, keep, sharer } = step;
        // Who keeps its place has one.
        const kept = keep === 'place' && !model.isInLine(id) ? '' : keep;
        await this.release(id, kept, sharer === undefined ? '' : this.processId(sharer));
        break;
      }
      case 'extend': {
        const { id, ttlMs, token } = step;
        const { token: standing = 1 } = model.standing(id) ?? {};
        const raised = token === 'none' ? '' : token === 'same' ? standing : standing + HIGHER;
        const reply = await this.run(extendScript, { id, ttlMs, token: raised, topic: TOPIC });
        const extended = model.extend(id, ttlMs, raised);
        expect(reply).toBe(extended && (extended.isAgreed ? extended.token : 0));
        if (raised !== '') for (const { place } of extended?.held ?? []) this.tokens.set(place, raised);
        break;
      }
      case 'break': {
        const { place } = step;
        expect(await this.run(breakScript, { place, topic: TOPIC })).toBe(model.break(place));
        break;
      }
      case 'try':
        for (const id of model.able().filter((each) => this.informed.has(each))) {
          const waiter = model.waiters.get(id);
          if (waiter === undefined || !model.able().includes(id)) continue;
          const { wants, process } = waiter;
          const attempt = { id, wants, ttlMs: 5000, ticket: 0, waitMs: 30_000, confirmed: true };
          await this.acquire(attempt, this.numberOf(process));
          expect(model.standing(id), 'whose turn it was').toBeDefined();
        }
        break;
      case 'fall back': {
        const { id, by } = step;
        const waiter = model.waiters.get(id);
        if (waiter === undefined || !model.isInLine(id)) break;
        const { wants, ticket, process } = waiter;
        const attempt = { id, wants, ttlMs: 5000, ticket: ticket + by, waitMs: 30_000, confirmed: true };
        await this.acquire(attempt, this.numberOf(process));
        break;
      }
      case 'wait':
        await this.wait(step.ms);
        break;
      case 'die':
        this.lives[step.process] = (this.lives[step.process] ?? 0) + 1;
        await this.wait(DEAD_MS);
        break;
    }
    await this.look();
  }

  /** What each id has. */
  async finish(): Promise<void> {
    for (const id of IDS) {
      const held = this.model.standing(id)?.held.map(({ place }) => place) ?? [];
      expect(await this.run(findScript, { id })).toEqual(held);
    }
  }

  private async acquire(
    attempt: {
      id: string;
      wants: readonly Want[];
      ttlMs: number;
      ticket: number | '';
      waitMs: number;
      confirmed: boolean;
    },
    process: number,
  ): Promise<void> {
    const { id, wants, ttlMs, ticket, waitMs, confirmed } = attempt;
    const { model } = this;
    this.informed.delete(id);
    const before = model.standing(id);
    const where = this.processId(process);
    const args = {
      ...{ id, ttlMs, slot: 0, ticket, waitMs, process: where, owner: id, metadata: '', topic: TOPIC },
      confirmed: confirmed ? '1' : '',
    };
    const vote = await this.run(
      acquireScript,
      args,
      wants.flatMap(({ place, permits }) => [place, String(permits)]),
    );
    const outcome = model.acquire({ ...attempt, process: where });
    if ('token' in outcome) {
      expect(vote).toEqual({
        outcome: 'granted',
        token: outcome.token,
        leftMs: outcome.endsAt - model.now,
        stood: before !== undefined,
      });
      // Of a grant that stood before it is the same.
      if (before) return;
      for (const { place } of outcome.held) {
        expect(outcome.token, 'a token rises').toBeGreaterThan(this.tokens.get(place) ?? 0);
        this.tokens.set(place, outcome.token);
      }
      return;
    }
    expect(vote).toEqual({
      outcome: 'held',
      ...outcome,
      holders: wants.flatMap(({ place }) =>
        model
          .holders(place)
          .map(({ grant }) => ({ place, owner: grant.owner, leftMs: grant.endsAt - model.now })),
      ),
    });
  }

  private async release(id: string, keep: 'place' | 'grant' | '', process = ''): Promise<void> {
    const reply = await this.run(releaseScript, { id, keep, process, topic: TOPIC });
    expect(reply).toBe(this.model.release(id, keep, process));
    // It knows itself that it took nothing.
    if (keep === 'place') this.informed.add(id);
    else if (!this.model.isInLine(id)) this.informed.delete(id);
  }

  /** Lets time pass, in which every process that lives says so. */
  private async wait(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= BEAT_MS) {
      this.model.now += Math.min(left, BEAT_MS);
      for (let process = 0; process < PROCESSES; process++) {
        const where = this.processId(process);
        const ids = [...this.model.waiters].flatMap(([id, waiter]) =>
          waiter.process === where && this.model.isInLine(id) ? [id] : [],
        );
        const { soonestMs, due } = await this.run(beatScript, { process: where, topic: TOPIC }, [
          ...ids,
          'nobody',
        ]);
        const expected = this.model.beat(where, [...ids, 'nobody']);
        expect({ soonestMs, due: new Set(due) }).toEqual(expected);
        for (const id of due) this.informed.add(id);
      }
    }
  }

  /** That Redis and the model have the same holders and the same lines, and that nobody waits who could have what it wants. */
  private async look(): Promise<void> {
    const { model } = this;
    const able = model.able();
    expect(
      able.filter((id) => !this.informed.has(id)),
      'nobody told them that it is their turn',
    ).toEqual([]);
    // The others tried in vain.
    for (const id of this.informed) if (!able.includes(id)) this.informed.delete(id);
    const now = await this.run(readScript, {}, PLACES);
    for (const [at, place] of PLACES.entries()) {
      const { grants = [], line = [], waiting } = now[at] ?? {};
      const expected = model.holders(place).map(({ id, slot, grant }) => ({
        ...{ id, slot, owner: id, metadata: '', token: grant.token },
        ...{ sinceMs: grant.since, leftMs: grant.endsAt - model.now },
      }));
      expect(grants, place).toEqual(expected);
      // Behind somebody who waits there may stand others whose time is up.
      const inLine = model.line(place);
      expect(
        line.map(({ owner }) => owner).filter((id) => inLine.includes(id)),
        place,
      ).toEqual(inLine);
      if (inLine.length === 0) expect(waiting, place).toBe(0);
    }
  }

  private processId(process: number): string {
    return `p${process}.${this.lives[process]}`;
  }

  private numberOf(processId: string): number {
    return Number(processId.slice(1).split('.')[0]);
  }

  /** Runs a script by the model's clock, and notes whom it told. */
  private async run<Arg extends string, Result>(
    script: Script<keyof LockKeys, Arg, Result>,
    args: Record<Arg, string | number>,
    rest: readonly string[] = [],
  ): Promise<Result> {
    const { keys, model } = this;
    const source = STAGE + this.change(script.source);
    const values = [...script.args.map((name) => args[name]), ...rest];
    const time = JSON.stringify([String(Math.floor(model.now / 1000)), String((model.now % 1000) * 1000)]);
    const [, reply, ids]: [unknown, Reply, string[], unknown] = await Promise.all([
      this.client.set(CLOCK, time),
      this.client.eval(source, script.keys.length, ...script.keys.map((name) => keys[name]), ...values),
      this.client.lrange(TOLD, 0, -1),
      this.client.del(TOLD),
    ]);
    for (const id of ids) this.informed.add(id);
    return script.decode(reply);
  }
}
