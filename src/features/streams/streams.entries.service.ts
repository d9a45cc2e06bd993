import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { LateEffectError, SETTLED_RECORD_MS } from '../../effects/effect-handlers.js';
import type { FenceCheck } from '../../redis/fence.js';
import { followUp } from '../../redis/follow-up.js';
import { newIncarnation } from '../../redis/incarnation.js';
import { NameIndex } from '../../redis/name-index.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { Operation } from '../../telemetry/operation.js';
import {
  Idempotency,
  type IdempotentOperation,
  keyedArgs,
  keyReused,
} from '../../transport/idempotency/idempotency.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import { invalidCursor } from '../../transport/pagination/invalid-cursor.js';
import { DEFAULT_LIMIT } from '../../transport/pagination/list-query.dto.js';
import { validatedEach } from '../../transport/validation/validate.js';
import type { AppendAnswer, AppendBatchAnswer, StreamEntryPage, StreamEntry } from './dto/answers.dto.js';
import { type AppendBatchMessage, type AppendMessage, EntryBody } from './dto/entry.dto.js';
import type { EntryPath, RangeMessage } from './dto/stream.dto.js';
import { streamEndpoints } from './streams.endpoints.js';
import { entryNotFound, schemaViolation, streamChanging, streamNotFound } from './streams.errors.js';
import { StreamsKeys } from './streams.keys.js';
import { EntrySchemas } from './streams.schemas.js';
import { appendScript, type Entry, readRangeScript, removeEntryScript } from './streams.scripts.js';
import { appendedAt, keyOf, parsedData } from './streams.views.js';

/** Data of one answer; a longer page is cut. */
export const MAX_PAGE_BYTES = 1_048_576;
const SCHEMA_ATTEMPTS = 5;
/** The version of no schema: an append that names it is refused unless it was carried out before. */
const UNSUITED = '!';

/** Where the bad fields of row number `at` are, for the client who sent it. */
type PointerOf = (at: number) => string;

/** Appends entries, and shows and deletes single ones. */
@Injectable()
export class EntriesService {
  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: StreamsKeys,
    private readonly index: NameIndex,
    private readonly schemas: EntrySchemas,
    private readonly idempotency: Idempotency,
    private readonly cursors: Cursors,
  ) {}

  /**
   * Appends an entry; a stream that nobody configured is made with the first one.
   * @throws AppError `streams.schema-violation`, `idempotency.key-reused`, `fence.stale`, `redis.outcome-unknown`
   */
  @Operation(streamEndpoints.append.name, { show: ['stream'] })
  async append(caller: Caller, input: AppendMessage): Promise<AppendAnswer> {
    const operation = await this.idempotency.open(caller, streamEndpoints.append.name, input);
    const [id] = await this.appendFor(caller, input.stream, [input], operation, () => '/data');
    if (id === undefined) throw new Error('an append got no id');
    return { id };
  }

  /** Appends 1 to 1000 entries, all or none. @throws AppError as `append`, `request.invalid` */
  @Operation(streamEndpoints.appendBatch.name, { show: ['stream'] })
  async appendBatch(caller: Caller, input: AppendBatchMessage): Promise<AppendBatchAnswer> {
    const rows = validatedEach(EntryBody, input.entries, '/entries');
    const operation = await this.idempotency.open(caller, streamEndpoints.appendBatch.name, input);
    const ids = await this.appendFor(caller, input.stream, rows, operation, (at) => `/entries/${at}/data`);
    return { ids };
  }

  /**
   * Appends once for `operation`, whose record stays until `forget`.
   * @throws AppError `streams.schema-violation`
   * @throws LateEffectError
   */
  async appendOnce(tenant: string, input: AppendMessage, operation: IdempotentOperation): Promise<void> {
    await this.appendAllOnce(tenant, input.stream, [input], operation);
  }

  /** As `appendOnce`, of several entries, all or none. */
  async appendAllOnce(
    tenant: string,
    stream: string,
    rows: readonly EntryBody[],
    operation: IdempotentOperation,
  ): Promise<void> {
    await this.run(tenant, stream, rows, operation, (at) => `/${at}/data`);
  }

  async forget(tenant: string, stream: string, operationId: string): Promise<void> {
    const record = this.keys.operation(tenant, stream, operationId);
    await this.gateway.execute((client) => client.pexpire(record, SETTLED_RECORD_MS), { repeatable: true });
  }

  /** Entries between two ids. @throws AppError `streams.stream-not-found`, `pagination.invalid-cursor` */
  @Operation(streamEndpoints.range.name, { show: ['stream', 'from', 'to', 'order', 'limit'] })
  async range({ tenant }: Caller, input: RangeMessage): Promise<StreamEntryPage> {
    const { stream, from = '-', to = '+', order = 'asc', limit = DEFAULT_LIMIT, cursor } = input;
    const scope = ['streams.entries', tenant, stream, from, to, order];
    const [incarnation = '', last] = this.cursors.decode(scope, cursor) ?? [];
    const found = await this.scripts.run(readRangeScript, {
      keys: this.keys.stream(tenant, stream),
      args: {
        from: last === undefined || order === 'desc' ? from : `(${last}`,
        to: last === undefined || order === 'asc' ? to : `(${last}`,
        order,
        limit,
        maxBytes: MAX_PAGE_BYTES,
        incarnation,
      },
      repeatable: true,
    });
    if (found.outcome === 'stale') throw invalidCursor();
    if (found.outcome !== 'range') throw streamNotFound(stream);
    const shown = found.entries.at(-1);
    return {
      items: found.entries.map(entryView),
      next: found.more && shown ? this.cursors.encode(scope, [found.incarnation, shown.id]) : null,
    };
  }

  /** @throws AppError `streams.stream-not-found`, `streams.entry-not-found` */
  @Operation(streamEndpoints.entry.name, { show: ['stream', 'id'] })
  async get({ tenant }: Caller, { stream, id }: EntryPath): Promise<StreamEntry> {
    const found = await this.scripts.run(readRangeScript, {
      keys: this.keys.stream(tenant, stream),
      args: { from: id, to: id, order: 'asc', limit: 1, maxBytes: MAX_PAGE_BYTES, incarnation: '' },
      repeatable: true,
    });
    if (found.outcome !== 'range') throw streamNotFound(stream);
    const [entry] = found.entries;
    if (entry === undefined) throw entryNotFound(id);
    return entryView(entry);
  }

  /** Deletes one entry; a group that has it pending gives it up when it comes due. @throws AppError as `get`, `fence.stale` */
  @Operation(streamEndpoints.removeEntry.name, { show: ['stream', 'id'] })
  async remove(caller: Caller, { stream, id }: EntryPath): Promise<void> {
    const { outcome } = await this.scripts.run(removeEntryScript, {
      keys: this.keys.stream(caller.tenant, stream),
      args: { id },
      fence: this.keys.fence(caller, stream),
      repeatable: true,
      resend: false,
    });
    if (outcome === 'missing') throw streamNotFound(stream);
    if (outcome === 'absent') throw entryNotFound(id);
  }

  private async appendFor(
    caller: Caller,
    stream: string,
    rows: readonly EntryBody[],
    operation: IdempotentOperation | undefined,
    pointerOf: PointerOf,
  ): Promise<string[]> {
    const fence = this.keys.fence(caller, stream);
    const { ids, replayed } = await this.run(caller.tenant, stream, rows, operation, pointerOf, fence);
    if (replayed) caller.replayed = true;
    return ids;
  }

  /**
   * The script refuses data that was checked by another schema than the stream has now; then it is checked again. Data
   * that this node holds for bad goes to the script too: an earlier request with the same key may have been good.
   */
  private async run(
    tenant: string,
    stream: string,
    rows: readonly EntryBody[],
    operation: IdempotentOperation | undefined,
    pointerOf: PointerOf,
    fence?: FenceCheck,
  ): Promise<{ ids: string[]; replayed: boolean }> {
    let schema = this.schemas.remembered(tenant, stream);
    const values = rows.flatMap(({ data, key }) => [JSON.stringify(data), key ?? '']);
    const { info, entries, removed } = this.keys.stream(tenant, stream);
    const { fingerprint, ttlMs } = keyedArgs(operation);
    for (let attempt = 0; attempt < SCHEMA_ATTEMPTS; attempt++) {
      const violations = rows.flatMap(({ data }, at) => schema.violations(data, pointerOf(at)));
      const result = await this.scripts.run(appendScript, {
        keys: {
          info,
          entries,
          removed,
          operation: this.keys.operation(tenant, stream, operation?.id ?? 'none'),
          watch: this.keys.watch(tenant, stream),
        },
        args: {
          fingerprint,
          ttlMs,
          channel: this.keys.changes(tenant, stream),
          incarnation: newIncarnation(),
          checked: violations.length > 0 ? UNSUITED : schema.version,
          notAfter: operation?.notAfterMs ?? '',
        },
        rest: values,
        fence,
        repeatable: operation !== undefined,
      });
      if (result.outcome === 'appended') {
        if (!result.indexed)
          await followUp('list a stream', () => this.index.add(this.keys.listed(tenant, stream)));
        return result;
      }
      if (result.outcome === 'reused') throw keyReused();
      if (result.outcome === 'late') throw new LateEffectError();
      if (result.outcome !== 'other-schema') throw new Error(`append answered ${result.outcome}`);
      const current = await this.schemas.load(tenant, stream);
      if (violations.length > 0 && current.version === schema.version) throw schemaViolation(violations);
      schema = current;
    }
    throw streamChanging();
  }
}

export function entryView({ id, data, key }: Entry): StreamEntry {
  return { id, data: parsedData(data), ...keyOf(key), appendedAt: appendedAt(id) };
}
