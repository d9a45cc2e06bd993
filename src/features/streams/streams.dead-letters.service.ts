import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { Operation } from '../../telemetry/operation.js';
import { Idempotency, keyedArgs } from '../../transport/idempotency/idempotency.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import { invalidCursor } from '../../transport/pagination/invalid-cursor.js';
import { DEFAULT_LIMIT } from '../../transport/pagination/list-query.dto.js';
import type { DeadLetterPage, DeadLetterView, ReplayAnswer } from './dto/answers.dto.js';
import type { DeadLettersMessage, GroupPath, ReplayMessage } from './dto/group.dto.js';
import { sorted } from './streams.deliveries.service.js';
import { groupEndpoints } from './streams.endpoints.js';
import { MAX_PAGE_BYTES } from './streams.entries.service.js';
import { StreamsKeys } from './streams.keys.js';
import { expected } from './streams.outcomes.js';
import {
  type DeadLetter,
  discardDeadLettersScript,
  readDeadLettersScript,
  replayScript,
} from './streams.group-scripts.js';
import { instant, keyOf, parsedData } from './streams.views.js';

/** Dead letters that one script touches, so that no other client waits long for Redis. */
const STEP = 1000;

/** Shows what a group has given up, puts it back, and forgets it. */
@Injectable()
export class DeadLettersService {
  constructor(
    private readonly scripts: ScriptRunner,
    private readonly keys: StreamsKeys,
    private readonly idempotency: Idempotency,
    private readonly cursors: Cursors,
  ) {}

  /** Oldest first. @throws AppError `streams.stream-not-found`, `streams.group-not-found`, `pagination.invalid-cursor` */
  @Operation(groupEndpoints.deadLetters.name, { show: ['stream', 'group', 'limit'] })
  async list({ tenant }: Caller, input: DeadLettersMessage): Promise<DeadLetterPage> {
    const { stream, group, limit = DEFAULT_LIMIT, cursor } = input;
    const scope = ['streams.dead-letters', tenant, stream, group];
    const [incarnation = '', after = ''] = this.cursors.decode(scope, cursor) ?? [];
    const reply = await this.scripts.run(readDeadLettersScript, {
      keys: this.keys.group(tenant, stream, group),
      args: { after, limit, maxBytes: MAX_PAGE_BYTES, incarnation },
      repeatable: true,
    });
    if (reply.outcome === 'stale') throw invalidCursor();
    const found = expected('letters', input, reply);
    const last = found.letters.at(-1);
    return {
      items: found.letters.map(letterView),
      next: found.more && last ? this.cursors.encode(scope, [found.incarnation, last.place]) : null,
    };
  }

  /** Puts dead letters back, to be delivered as if for the first time; without `ids` the oldest thousand. @throws AppError as `list`, `fence.stale` */
  @Operation(groupEndpoints.replay.name, { show: ['stream', 'group'] })
  async replay(caller: Caller, input: ReplayMessage): Promise<ReplayAnswer> {
    const { stream, group, ids = [] } = input;
    const { tenant } = caller;
    const operation = await this.idempotency.open(caller, groupEndpoints.replay.name, input);
    const reply = await this.scripts.run(replayScript, {
      keys: { ...this.keys.keyedGroup(tenant, input, operation), watch: this.keys.watch(tenant, stream) },
      args: { channel: this.keys.changes(tenant, stream), group, limit: STEP, ...keyedArgs(operation) },
      rest: ids,
      fence: this.keys.fence(caller, stream),
      repeatable: operation !== undefined || ids.length > 0,
      resend: operation !== undefined,
    });
    const { accepted, refused } = sorted(caller, expected('done', input, reply));
    return { replayed: accepted, refused };
  }

  /** Forgets all of them. @throws AppError as `list`, `fence.stale` */
  @Operation(groupEndpoints.discard.name, { show: ['stream', 'group'] })
  async discard(caller: Caller, input: GroupPath): Promise<void> {
    const fence = this.keys.fence(caller, input.stream);
    for (;;) {
      const reply = await this.scripts.run(discardDeadLettersScript, {
        keys: this.keys.group(caller.tenant, input.stream, input.group),
        args: { limit: STEP },
        fence,
        repeatable: true,
      });
      const { left, discarded } = expected('discarded', input, reply);
      if (left === 0 || discarded === 0) return;
    }
  }
}

function letterView({ id, deadAt, data, key, reason, deliveries }: DeadLetter): DeadLetterView {
  return {
    id,
    data: data === undefined ? null : parsedData(data),
    ...keyOf(key),
    reason,
    deliveries,
    deadAt: instant(deadAt),
  };
}
