import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { EffectHandlers } from '../../effects/effect-handlers.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { Operation } from '../../telemetry/operation.js';
import { Idempotency, keyedArgs } from '../../transport/idempotency/idempotency.js';
import { validatedEach, within } from '../../transport/validation/validate.js';
import type { AcknowledgeAnswer } from './dto/answers.dto.js';
import { CommitItem, type CommitMessage } from './dto/group.dto.js';
import { commitScript } from './streams.commit-scripts.js';
import { sorted } from './streams.deliveries.service.js';
import { groupEndpoints } from './streams.endpoints.js';
import { StreamsKeys } from './streams.keys.js';
import { expected } from './streams.outcomes.js';
import { LEASE_MS, Outbox } from './streams.outbox.js';

/** What is written down where there is no effect. */
const NONE = '';

/** Acknowledges entries together with what they bring about. */
@Injectable()
export class CommitsService {
  constructor(
    private readonly scripts: ScriptRunner,
    private readonly keys: StreamsKeys,
    private readonly handlers: EffectHandlers,
    private readonly outbox: Outbox,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * The effects of an item take place, once each, if and only if its acknowledgement does; before the answer, unless
   * something keeps them from it, then as soon as it is gone. The caller's fence is that of the stream; effects have none.
   * @throws AppError `request.invalid`, `access.forbidden` if an effect needs more than the caller may,
   *   `streams.stream-not-found`, `streams.group-not-found`, `fence.stale`
   */
  @Operation(groupEndpoints.commit.name, { show: ['stream', 'group', 'consumer'] })
  async commit(caller: Caller, input: CommitMessage): Promise<AcknowledgeAnswer> {
    const { tenant } = caller;
    const { stream, group, consumer } = input;
    const items = validatedEach(CommitItem, input.items, '/items').map(({ id, deliveries, effects }, at) => ({
      id,
      deliveries,
      effects: this.written(caller, effects, `/items/${at}/effects`),
    }));
    const operation = await this.idempotency.open(caller, groupEndpoints.commit.name, input);
    if (items.some(({ effects }) => effects !== NONE)) await this.outbox.register({ tenant, stream });
    const reply = await this.scripts.run(commitScript, {
      keys: { ...this.keys.keyedGroup(tenant, input, operation), ...this.keys.outbox(tenant, stream) },
      args: { consumer, group, leaseMs: LEASE_MS, ...keyedArgs(operation) },
      rest: items.flatMap(({ id, deliveries, effects }) => [id, deliveries, effects]),
      fence: this.keys.fence(caller, stream),
      // Repeated, it would refuse what it did; nothing more changes.
      repeatable: true,
      resend: operation !== undefined,
    });
    const done = expected('done', input, reply);
    if (!done.replayed) {
      const commits = done.rows.flatMap(({ id, commit }, at) => {
        const item = items[at];
        if (commit === undefined || item === undefined) return [];
        return [{ commit, group, id, deliveries: item.deliveries, effects: item.effects, applied: false }];
      });
      await this.outbox.carryOut({ tenant, stream }, commits, done.leaseEndsAtMs);
    }
    const { accepted, refused } = sorted(caller, done);
    return { acknowledged: accepted, refused };
  }

  /** Effects as they are written down, each checked by who offers it. @throws AppError as `commit` */
  private written(caller: Caller, effects: readonly unknown[], pointer: string): string {
    const checked = effects.map((effect, index) =>
      within(`${pointer}/${index}`, () => this.handlers.check(caller, effect)),
    );
    return checked.length === 0 ? NONE : JSON.stringify(checked);
  }
}
