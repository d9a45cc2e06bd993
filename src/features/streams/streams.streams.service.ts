import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { newIncarnation } from '../../redis/incarnation.js';
import { NameIndex } from '../../redis/name-index.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { Operation } from '../../telemetry/operation.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import type { StreamPage, StreamView } from './dto/answers.dto.js';
import { DEFAULT_LIMIT, type ListQuery } from '../../transport/pagination/list-query.dto.js';
import { namesPage } from '../../transport/pagination/names-page.js';
import type { ConfigureStreamMessage, StreamPath } from './dto/stream.dto.js';
import { streamEndpoints } from './streams.endpoints.js';
import { streamChanging, streamNotFound } from './streams.errors.js';
import { GroupsService } from './streams.groups.service.js';
import { StreamsKeys } from './streams.keys.js';
import { Retention } from './streams.retention.js';
import { EntrySchemas } from './streams.schemas.js';
import { configureStreamScript, deleteStreamScript, readStreamScript } from './streams.scripts.js';
import { instant, numberAt, parsedData } from './streams.views.js';

const DELETE_ATTEMPTS = 5;

/** Makes, changes, shows and removes streams. */
@Injectable()
export class StreamsService {
  constructor(
    private readonly scripts: ScriptRunner,
    private readonly keys: StreamsKeys,
    private readonly index: NameIndex,
    private readonly schemas: EntrySchemas,
    private readonly groups: GroupsService,
    private readonly retention: Retention,
    private readonly cursors: Cursors,
  ) {}

  /**
   * Makes the stream or changes the settings that `input` names; the others stay.
   * @throws AppError `streams.invalid-schema`, `fence.stale`
   */
  @Operation(streamEndpoints.configure.name, { show: ['stream', 'maxLength', 'maxAgeMs'] })
  async configure(
    caller: Caller,
    input: ConfigureStreamMessage,
  ): Promise<{ created: boolean; view: StreamView }> {
    const { tenant } = caller;
    const { stream } = input;
    const fence = this.keys.fence(caller, stream);
    if (input.schema) this.schemas.check(input.schema);
    // First: a limit that nobody knew of would not hold for a stream that nobody touches.
    if (typeof input.maxAgeMs === 'number') await this.retention.watch(tenant, stream);
    for (;;) {
      const result = await this.scripts.run(configureStreamScript, {
        keys: this.keys.stream(tenant, stream),
        args: { incarnation: newIncarnation() },
        rest: settingsOf(input),
        fence,
        repeatable: true,
        resend: false,
      });
      if (result.outcome !== 'configured') throw new Error(`configure answered ${result.outcome}`);
      if (!result.indexed) await this.index.add(this.keys.listed(tenant, stream));
      const view = await this.find(tenant, stream);
      if (view !== undefined) return { created: result.created, view };
      // Someone else has deleted the stream in between. That counts as before this, so that a PUT always leaves a stream.
    }
  }

  /** The streams of the caller's tenant that the caller may read, by name. */
  @Operation(streamEndpoints.list.name, { show: ['limit'] })
  async list(caller: Caller, { limit = DEFAULT_LIMIT, cursor }: ListQuery): Promise<StreamPage> {
    const { tenant } = caller;
    const scope = ['streams', tenant];
    const { items, next } = await namesPage(this.cursors.decode(scope, cursor)?.[0], limit, {
      names: (after, count) => this.index.names(this.keys.streams(tenant), after, count),
      isVisible: (name) => caller.may(streamEndpoints.list.permission, name),
      find: (name) => this.find(tenant, name),
    });
    return { items, next: next === undefined ? null : this.cursors.encode(scope, [next]) };
  }

  /** @throws AppError `streams.stream-not-found` */
  @Operation(streamEndpoints.get.name, { show: ['stream'] })
  async get({ tenant }: Caller, { stream }: StreamPath): Promise<StreamView> {
    const view = await this.find(tenant, stream);
    if (view === undefined) throw streamNotFound(stream);
    return view;
  }

  /** Removes the stream with its groups. @throws AppError `streams.stream-not-found`, `fence.stale` */
  @Operation(streamEndpoints.delete.name, { show: ['stream'] })
  async delete(caller: Caller, { stream }: StreamPath): Promise<void> {
    const { tenant } = caller;
    const fence = this.keys.fence(caller, stream);
    for (let attempt = 0; attempt < DELETE_ATTEMPTS; attempt++) {
      const found = await this.read(tenant, stream);
      if (found === undefined) throw streamNotFound(stream);
      for (const group of found.groups) await this.groups.drop(tenant, { stream, group }, fence);
      const { outcome } = await this.scripts.run(deleteStreamScript, {
        keys: {
          ...this.keys.stream(tenant, stream),
          groups: this.keys.groups(tenant, stream),
          watch: this.keys.watch(tenant, stream),
        },
        args: { channel: this.keys.changes(tenant, stream) },
        fence,
        repeatable: true,
        resend: false,
      });
      if (outcome === 'missing') throw streamNotFound(stream);
      if (outcome === 'has-groups') continue;
      await this.index.remove(this.keys.listed(tenant, stream));
      return;
    }
    throw streamChanging();
  }

  private async find(tenant: string, stream: string): Promise<StreamView | undefined> {
    const found = await this.read(tenant, stream);
    if (found === undefined) return undefined;
    const groups = await Promise.all(found.groups.map((group) => this.groups.find(tenant, stream, group)));
    const { settings } = found;
    const schema = settings.get('schema');
    return {
      stream,
      length: found.length,
      firstId: found.firstId ?? null,
      lastId: settings.get('lastId') ?? null,
      maxLength: numberAt(settings, 'maxLength'),
      maxAgeMs: numberAt(settings, 'maxAgeMs'),
      createdAt: instant(Number(settings.get('createdAt'))),
      schema: schema === undefined ? null : asObject(parsedData(schema)),
      groups: groups.flatMap((view) =>
        view === undefined
          ? []
          : [{ group: view.group, lag: view.lag, pending: view.pending, deadLetters: view.deadLetters }],
      ),
    };
  }

  private async read(tenant: string, stream: string): Promise<FoundStream | undefined> {
    const found = await this.scripts.run(readStreamScript, {
      keys: { ...this.keys.stream(tenant, stream), groups: this.keys.groups(tenant, stream) },
      args: {},
      repeatable: true,
    });
    return found.outcome === 'stream' ? found : undefined;
  }
}

interface FoundStream {
  readonly settings: ReadonlyMap<string, string>;
  readonly length: number;
  readonly firstId: string | undefined;
  readonly groups: readonly string[];
}

function settingsOf({ maxLength, maxAgeMs, schema }: ConfigureStreamMessage): (string | number)[] {
  const fields: (string | number)[] = [];
  if (maxLength !== undefined) fields.push('maxLength', maxLength ?? '');
  if (maxAgeMs !== undefined) fields.push('maxAgeMs', maxAgeMs ?? '');
  if (schema !== undefined) {
    fields.push('schema', schema === null ? '' : JSON.stringify(schema));
    fields.push('schemaVersion', schema === null ? '' : newIncarnation());
  }
  return fields;
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null)
    throw new Error('a stream holds a schema that is no object');
  return { ...value };
}
