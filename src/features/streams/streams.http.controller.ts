import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { Endpoint } from '../../access/endpoint.js';
import { EventStreams } from '../../transport/sse/event-streams.js';
import { invalid } from '../../transport/validation/validate.js';
import {
  AppendAnswer,
  AppendBatchAnswer,
  StreamEntryPage,
  StreamEntry,
  StreamPage,
  StreamView,
} from './dto/answers.dto.js';
import { AppendBatchBody, EntryBody } from './dto/entry.dto.js';
import { ListQuery } from '../../transport/pagination/list-query.dto.js';
import {
  ConfigureStreamBody,
  EntryPath,
  isEntryId,
  RangeQuery,
  StreamPath,
  TailQuery,
} from './dto/stream.dto.js';
import { streamEndpoints } from './streams.endpoints.js';
import { EntriesService } from './streams.entries.service.js';
import { StreamsService } from './streams.streams.service.js';
import { TailsService } from './streams.tails.service.js';

@Controller('v1/streams')
export class StreamsHttpController {
  constructor(
    private readonly streams: StreamsService,
    private readonly entries: EntriesService,
    private readonly tails: TailsService,
    private readonly eventStreams: EventStreams,
  ) {}

  /** Make a stream, or change the settings that are given; those left out stay. */
  @Put(':stream')
  @Endpoint(streamEndpoints.configure)
  @ApiOkResponse({ type: StreamView, description: 'The stream stood before.' })
  @ApiCreatedResponse({ type: StreamView, description: 'The stream is new.' })
  async configure(
    @Param() path: StreamPath,
    @Body() body: ConfigureStreamBody,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamView> {
    const { created, view } = await this.streams.configure(caller, { ...body, ...path });
    void reply.status(created ? 201 : 200);
    return view;
  }

  /** The streams of the caller's tenant that the caller may read, by name. */
  @Get()
  @Endpoint(streamEndpoints.list)
  list(@Query() query: ListQuery, @CurrentCaller() caller: Caller): Promise<StreamPage> {
    return this.streams.list(caller, query);
  }

  /** A stream's settings, length, first and last id, and consumer groups. */
  @Get(':stream')
  @Endpoint(streamEndpoints.get)
  get(@Param() path: StreamPath, @CurrentCaller() caller: Caller): Promise<StreamView> {
    return this.streams.get(caller, path);
  }

  /** Remove a stream with its consumer groups. Effects that were committed still take place. */
  @Delete(':stream')
  @HttpCode(204)
  @Endpoint(streamEndpoints.delete)
  delete(@Param() path: StreamPath, @CurrentCaller() caller: Caller): Promise<void> {
    return this.streams.delete(caller, path);
  }

  /** Append an entry. A stream that nobody configured is made with the first one. */
  @Post(':stream/entries')
  @Endpoint(streamEndpoints.append)
  append(
    @Param() path: StreamPath,
    @Body() body: EntryBody,
    @CurrentCaller() caller: Caller,
  ): Promise<AppendAnswer> {
    return this.entries.append(caller, { ...body, ...path });
  }

  /** Append up to 1000 entries, in order: all of them or none. */
  @Post(':stream/entries/batch')
  @Endpoint(streamEndpoints.appendBatch)
  appendBatch(
    @Param() path: StreamPath,
    @Body() body: AppendBatchBody,
    @CurrentCaller() caller: Caller,
  ): Promise<AppendBatchAnswer> {
    return this.entries.appendBatch(caller, { ...body, ...path });
  }

  /** Entries between two ids, both included. */
  @Get(':stream/entries')
  @Endpoint(streamEndpoints.range)
  range(
    @Param() path: StreamPath,
    @Query() query: RangeQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<StreamEntryPage> {
    return this.entries.range(caller, { ...query, ...path });
  }

  /** An entry. */
  @Get(':stream/entries/:id')
  @Endpoint(streamEndpoints.entry)
  entry(@Param() path: EntryPath, @CurrentCaller() caller: Caller): Promise<StreamEntry> {
    return this.entries.get(caller, path);
  }

  /** Delete an entry. A group that has it pending gives it up when it comes due. */
  @Delete(':stream/entries/:id')
  @HttpCode(204)
  @Endpoint(streamEndpoints.removeEntry)
  removeEntry(@Param() path: EntryPath, @CurrentCaller() caller: Caller): Promise<void> {
    return this.entries.remove(caller, path);
  }

  /**
   * Server-sent events: each entry once, in order, as an event of the default type whose `id` is the entry's. A client that
   * comes back with `Last-Event-ID`, as an EventSource does by itself, gets what it missed, unless retention has taken it.
   */
  @Get(':stream/tail')
  @Endpoint(streamEndpoints.tail)
  @ApiProduces('text/event-stream')
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last entry that arrived.' })
  async tail(
    @Param() { stream }: StreamPath,
    @Query() { from }: TailQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CurrentCaller() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const start = await this.tails.start(caller, { stream, from, after: resumedAt(lastEventId) });
    const events = this.eventStreams.start(reply);
    // So that a client which is cut off before the first entry comes back to this place, not to a later now.
    events.mark(start);
    const follower = {
      get isClosed() {
        return events.isClosed;
      },
      entry: (entry: StreamEntry) => events.sendAt(entry.id, entry),
      ready: () => events.drained(),
      gone: () => events.end('streams.stream-not-found', GONE_RECONNECT_MS),
    };
    events.onClose(this.tails.follow(caller, stream, start, follower));
  }
}

const GONE_RECONNECT_MS = 10_000;

/** @throws AppError `request.invalid` */
function resumedAt(lastEventId: string | undefined): string | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  if (!isEntryId(lastEventId)) {
    throw invalid([
      { pointer: '/Last-Event-ID', detail: 'must be the id of an entry, <milliseconds>-<sequence>' },
    ]);
  }
  return lastEventId;
}
