import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { MessageEndpoint } from '../../access/endpoint.js';
import type {
  AppendAnswer,
  AppendBatchAnswer,
  StreamEntryPage,
  StreamEntry,
  StreamPage,
  StreamView,
} from './dto/answers.dto.js';
import { AppendBatchMessage, AppendMessage } from './dto/entry.dto.js';
import { ListQuery } from '../../transport/pagination/list-query.dto.js';
import { ConfigureStreamMessage, EntryPath, RangeMessage, StreamPath } from './dto/stream.dto.js';
import { streamEndpoints } from './streams.endpoints.js';
import { EntriesService } from './streams.entries.service.js';
import { StreamsService } from './streams.streams.service.js';

@Controller()
export class StreamsMessageController {
  constructor(
    private readonly streams: StreamsService,
    private readonly entries: EntriesService,
  ) {}

  @MessageEndpoint(streamEndpoints.configure)
  async configure(
    @Payload('data') data: ConfigureStreamMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<StreamView> {
    return (await this.streams.configure(caller, data)).view;
  }

  @MessageEndpoint(streamEndpoints.list)
  list(@Payload('data') data: ListQuery, @CurrentCaller() caller: Caller): Promise<StreamPage> {
    return this.streams.list(caller, data);
  }

  @MessageEndpoint(streamEndpoints.get)
  get(@Payload('data') data: StreamPath, @CurrentCaller() caller: Caller): Promise<StreamView> {
    return this.streams.get(caller, data);
  }

  @MessageEndpoint(streamEndpoints.delete)
  async delete(@Payload('data') data: StreamPath, @CurrentCaller() caller: Caller): Promise<null> {
    await this.streams.delete(caller, data);
    return null;
  }

  @MessageEndpoint(streamEndpoints.append)
  append(@Payload('data') data: AppendMessage, @CurrentCaller() caller: Caller): Promise<AppendAnswer> {
    return this.entries.append(caller, data);
  }

  @MessageEndpoint(streamEndpoints.appendBatch)
  appendBatch(
    @Payload('data') data: AppendBatchMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<AppendBatchAnswer> {
    return this.entries.appendBatch(caller, data);
  }

  @MessageEndpoint(streamEndpoints.range)
  range(@Payload('data') data: RangeMessage, @CurrentCaller() caller: Caller): Promise<StreamEntryPage> {
    return this.entries.range(caller, data);
  }

  @MessageEndpoint(streamEndpoints.entry)
  entry(@Payload('data') data: EntryPath, @CurrentCaller() caller: Caller): Promise<StreamEntry> {
    return this.entries.get(caller, data);
  }

  @MessageEndpoint(streamEndpoints.removeEntry)
  async removeEntry(@Payload('data') data: EntryPath, @CurrentCaller() caller: Caller): Promise<null> {
    await this.entries.remove(caller, data);
    return null;
  }
}
