import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import type { FenceCheck } from '../../redis/fence.js';
import { followUp } from '../../redis/follow-up.js';
import { newIncarnation } from '../../redis/incarnation.js';
import { NameIndex } from '../../redis/name-index.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { Operation } from '../../telemetry/operation.js';
import { Idempotency, keyedArgs } from '../../transport/idempotency/idempotency.js';
import type { GroupView } from './dto/answers.dto.js';
import type { ConfigureGroupMessage, GroupPath, SeekMessage } from './dto/group.dto.js';
import { groupEndpoints } from './streams.endpoints.js';
import { groupNotFound, streamNotFound, tooManyGroups } from './streams.errors.js';
import { StreamsKeys } from './streams.keys.js';
import { expected } from './streams.outcomes.js';
import {
  configureGroupScript,
  deleteGroupScript,
  type GroupNow,
  readGroupScript,
  seekScript,
} from './streams.group-scripts.js';
import { instant } from './streams.views.js';

const DEFAULT_MAX_DELIVERIES = 5;
const DEFAULT_VISIBILITY_TIMEOUT_MS = 30_000;
/** Groups that a stream may have: each is read when the stream is shown. */
const MAX_GROUPS = 100;
const MAX_CONSUMERS = 1000;

/** Makes, changes, shows, moves and removes consumer groups. */
@Injectable()
export class GroupsService {
  constructor(
    private readonly scripts: ScriptRunner,
    private readonly keys: StreamsKeys,
    private readonly index: NameIndex,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * Makes the group, and its stream if there is none, or changes the settings that `input` names; its place stays.
   * @throws AppError `streams.too-many-groups`, `fence.stale`
   */
  @Operation(groupEndpoints.configure.name, { show: ['stream', 'group', 'startAt'] })
  async configure(
    caller: Caller,
    input: ConfigureGroupMessage,
  ): Promise<{ created: boolean; view: GroupView }> {
    const { tenant } = caller;
    const { stream, group, startAt = 'begin', maxDeliveries = '', visibilityTimeoutMs = '' } = input;
    for (;;) {
      const result = await this.scripts.run(configureGroupScript, {
        keys: { ...this.keys.group(tenant, stream, group), groups: this.keys.groups(tenant, stream) },
        args: {
          incarnation: newIncarnation(),
          startAt,
          maxDeliveries,
          visibilityTimeoutMs,
          defaultMaxDeliveries: DEFAULT_MAX_DELIVERIES,
          defaultVisibilityTimeoutMs: DEFAULT_VISIBILITY_TIMEOUT_MS,
          group,
          maxGroups: MAX_GROUPS,
        },
        fence: this.keys.fence(caller, stream),
        repeatable: true,
        resend: false,
      });
      if (result.outcome === 'too-many') throw tooManyGroups(MAX_GROUPS);
      if (result.outcome !== 'configured') throw new Error(`configure answered ${result.outcome}`);
      if (!result.indexed)
        await followUp('list a stream', () => this.index.add(this.keys.listed(tenant, stream)));
      await followUp('list a group', () => this.index.add(this.keys.listedGroup(tenant, stream, group)));
      const view = await this.find(tenant, stream, group);
      if (view !== undefined) return { created: result.created, view };
      // Someone else has deleted the group in between. That counts as before this, so that a PUT always leaves a group.
    }
  }

  /** @throws AppError `streams.stream-not-found`, `streams.group-not-found` */
  @Operation(groupEndpoints.get.name, { show: ['stream', 'group'] })
  async get({ tenant }: Caller, path: GroupPath): Promise<GroupView> {
    return await this.view(tenant, path);
  }

  /** Removes the group; effects that were committed still take place. @throws AppError as `get`, `fence.stale` */
  @Operation(groupEndpoints.delete.name, { show: ['stream', 'group'] })
  async delete(caller: Caller, { stream, group }: GroupPath): Promise<void> {
    const fence = this.keys.fence(caller, stream);
    const outcome = await this.drop(caller.tenant, { stream, group }, fence);
    if (outcome === 'missing') throw streamNotFound(stream);
    if (outcome === 'no-group') throw groupNotFound(group);
  }

  /**
   * Moves the group: what it had pending is so no longer, but for dead letters that were put back.
   * @throws AppError as `get`, `fence.stale`
   */
  @Operation(groupEndpoints.seek.name, { show: ['stream', 'group', 'to'] })
  async seek(caller: Caller, input: SeekMessage): Promise<GroupView> {
    const { stream, group, to } = input;
    const { tenant } = caller;
    const operation = await this.idempotency.open(caller, groupEndpoints.seek.name, input);
    const { replayed, now } = expected(
      'moved',
      input,
      await this.scripts.run(seekScript, {
        keys: {
          ...this.keys.keyedGroup(tenant, input, operation),
          watch: this.keys.watch(tenant, stream),
        },
        args: {
          to,
          channel: this.keys.changes(tenant, stream),
          group,
          ...keyedArgs(operation),
          maxConsumers: MAX_CONSUMERS,
        },
        fence: this.keys.fence(caller, stream),
        repeatable: operation !== undefined || to !== 'now',
        resend: operation !== undefined,
      }),
    );
    if (replayed) caller.replayed = true;
    return viewOf(input, now);
  }

  async find(tenant: string, stream: string, group: string): Promise<GroupView | undefined> {
    const found = await this.read(tenant, stream, group);
    return found.outcome === 'group' ? viewOf({ stream, group }, found.now) : undefined;
  }

  /** @throws AppError `fence.stale` */
  async drop(tenant: string, { stream, group }: GroupPath, fence: FenceCheck | undefined): Promise<string> {
    const { outcome } = await this.scripts.run(deleteGroupScript, {
      keys: { ...this.keys.group(tenant, stream, group), groups: this.keys.groups(tenant, stream) },
      args: { group },
      fence,
      repeatable: true,
      resend: false,
    });
    return outcome;
  }

  private async view(tenant: string, { stream, group }: GroupPath): Promise<GroupView> {
    const view = await this.find(tenant, stream, group);
    if (view !== undefined) return view;
    const { outcome } = await this.read(tenant, stream, group);
    throw outcome === 'missing' ? streamNotFound(stream) : groupNotFound(group);
  }

  private async read(tenant: string, stream: string, group: string) {
    return await this.scripts.run(readGroupScript, {
      keys: this.keys.group(tenant, stream, group),
      args: { maxConsumers: MAX_CONSUMERS },
      // It gives up what was delivered too often; doing so twice changes nothing more.
      repeatable: true,
    });
  }
}

function viewOf({ stream, group }: GroupPath, now: GroupNow): GroupView {
  const { settings, lag, pending, deadLetters, consumers } = now;
  return {
    stream,
    group,
    lag,
    pending,
    deadLetters,
    maxDeliveries: Number(settings.get('maxDeliveries')),
    visibilityTimeoutMs: Number(settings.get('visibilityTimeoutMs')),
    consumers,
    createdAt: instant(Number(settings.get('createdAt'))),
  };
}
