import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { forbidden } from '../../access/require-permission.js';
import { LateEffectError, SETTLED_RECORD_MS } from '../../effects/effect-handlers.js';
import { AppError } from '../../errors/app-error.js';
import { type FenceCheck, isStaleFence } from '../../redis/fence.js';
import { followUp } from '../../redis/follow-up.js';
import { newIncarnation } from '../../redis/incarnation.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { Operation } from '../../telemetry/operation.js';
import {
  Idempotency,
  type IdempotentOperation,
  keyedArgs,
  keyReused,
} from '../../transport/idempotency/idempotency.js';
import { problemTable } from '../../transport/problem/problem-table.js';
import { validated } from '../../transport/validation/validate.js';
import type { PublishAnswer, PublishBatchAnswer, PublishResult } from './dto/answers.dto.js';
import { BatchedMessage, type PublishBatchBody, type PublishMessage } from './dto/message.dto.js';
import { bodyOf, type MessageContent } from './messaging.content.js';
import { messagingEndpoints } from './messaging.endpoints.js';
import { ChannelIndex } from './messaging.index.js';
import { MessagingKeys } from './messaging.keys.js';
import { positionText } from './messaging.position.js';
import { publishScript } from './messaging.scripts.js';

/** Bad fields that one result of a batch names. */
const MAX_ROW_ERRORS = 10;

/** Publishes messages: at the end of a channel's history and to who listens, together. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: MessagingKeys,
    private readonly index: ChannelIndex,
    private readonly idempotency: Idempotency,
  ) {}

  /** @throws AppError `idempotency.key-reused`, `fence.stale`, `redis.outcome-unknown` */
  @Operation(messagingEndpoints.publish.name, { show: ['channel'] })
  async publish(caller: Caller, input: PublishMessage): Promise<PublishAnswer> {
    const { channel } = input;
    const operation = await this.idempotency.open(caller, messagingEndpoints.publish.name, input);
    const fence = this.keys.fence(caller, channel);
    const { ids, replayed } = await this.run(caller.tenant, channel, [input], operation, fence);
    if (replayed) caller.replayed = true;
    return { id: idAt(ids, 0), channel };
  }

  /**
   * Publishes 1 to 1000 messages, those of one channel together and in order. One that is refused does not spoil the others,
   * and the caller's fence is checked for each channel by itself.
   * @throws AppError `idempotency.key-reused`, or what every channel of the batch failed with
   */
  @Operation(messagingEndpoints.publishBatch.name)
  async publishBatch(caller: Caller, input: PublishBatchBody): Promise<PublishBatchAnswer> {
    const rows = input.messages.map((message) => checked(caller, message));
    const operation = await this.idempotency.open(caller, messagingEndpoints.publishBatch.name, input);
    const channels = new Map<string, BatchedMessage[]>();
    for (const row of rows) {
      if (row instanceof AppError) continue;
      const present = channels.get(row.channel);
      if (present) present.push(row);
      else channels.set(row.channel, [row]);
    }
    const published = new Map(
      await Promise.all(
        [...channels].map(
          async ([channel, messages]) =>
            [channel, await this.attempt(caller, channel, messages, operation)] as const,
        ),
      ),
    );
    const failures = [...published.values()].filter((outcome) => outcome instanceof AppError);
    // A refusal says that nothing was done, so it may not stand for a channel of which that is not known.
    const worst = failures.find(({ kind }) => kind === 'unavailable') ?? failures[0];
    if (worst !== undefined && failures.length === published.size) throw worst;
    const results = rows.map((row): PublishResult => {
      if (row instanceof AppError) return refusal(row);
      const outcome = published.get(row.channel);
      if (outcome instanceof AppError) return { ...refusal(outcome), channel: row.channel };
      return { status: 201, id: idAt(outcome ?? [], 0, true), channel: row.channel };
    });
    return { results };
  }

  /**
   * Publishes once for `operation`, whose record stays until `forget`.
   * @throws LateEffectError
   */
  async publishOnce(tenant: string, input: PublishMessage, operation: IdempotentOperation): Promise<void> {
    await this.run(tenant, input.channel, [input], operation);
  }

  async forget(tenant: string, channel: string, operationId: string): Promise<void> {
    const record = this.keys.operation(tenant, channel, operationId);
    await this.gateway.execute((client) => client.pexpire(record, SETTLED_RECORD_MS), { repeatable: true });
  }

  /** The ids of one channel's messages of a batch, or why there are none. */
  private async attempt(
    caller: Caller,
    channel: string,
    messages: readonly MessageContent[],
    operation: IdempotentOperation | undefined,
  ): Promise<string[] | AppError> {
    try {
      const fence = this.keys.fence(caller, channel);
      const { ids, replayed } = await this.run(caller.tenant, channel, messages, operation, fence);
      if (replayed) caller.replayed = true;
      return ids;
    } catch (error) {
      if (isStaleFence(error) || (error instanceof AppError && error.kind === 'unavailable')) return error;
      throw error;
    }
  }

  private async run(
    tenant: string,
    channel: string,
    messages: readonly MessageContent[],
    operation: IdempotentOperation | undefined,
    fence?: FenceCheck,
  ): Promise<{ ids: string[]; replayed: boolean }> {
    const { info, settings, history, topic } = this.keys.channel(tenant, channel);
    const { fingerprint, ttlMs } = keyedArgs(operation);
    const result = await this.scripts.run(publishScript, {
      keys: {
        info,
        settings,
        history,
        operation: this.keys.operation(tenant, channel, operation?.id ?? 'none'),
      },
      args: {
        fingerprint,
        ttlMs,
        notAfter: operation?.notAfterMs ?? '',
        epoch: newIncarnation(),
        sharded: this.keys.sharded,
        topic,
      },
      rest: messages.map(bodyOf),
      fence,
      repeatable: operation !== undefined,
    });
    if (result.outcome === 'reused') throw keyReused();
    if (result.outcome === 'late') throw new LateEffectError();
    if (!result.indexed) await followUp('list a channel', () => this.index.add(tenant, channel));
    const { epoch, firstOffset, at, replayed } = result;
    const ids = messages.map((_message, n) => positionText({ epoch, offset: firstOffset + n, at }));
    return { ids, replayed };
  }
}

function checked(caller: Caller, row: unknown): BatchedMessage | AppError {
  try {
    const message = validated(BatchedMessage, row);
    const { permission } = messagingEndpoints.publishBatch;
    return caller.may(permission, message.channel) ? message : forbidden(permission);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function refusal({ code, detail, kind, details }: AppError): PublishResult {
  const errors = details.errors?.slice(0, MAX_ROW_ERRORS);
  return {
    status: problemTable[kind].status,
    code,
    detail,
    ...(kind === 'unavailable' ? { retryable: details.retryable ?? false } : {}),
    ...(errors ? { errors } : {}),
  };
}

/** The id at `at`; with `take`, of a list that is used up one by one. */
function idAt(ids: string[], at: number, take = false): string {
  const id = take ? ids.shift() : ids[at];
  if (id === undefined) throw new Error('a message got no id');
  return id;
}
