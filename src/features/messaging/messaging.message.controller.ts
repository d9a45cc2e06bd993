import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { MessageEndpoint } from '../../access/endpoint.js';
import { ListQuery } from '../../transport/pagination/list-query.dto.js';
import type {
  ChannelPage,
  ChannelView,
  HistoryPage,
  PresencePage,
  PublishAnswer,
  PublishBatchAnswer,
} from './dto/answers.dto.js';
import { ChannelPath, ConfigureChannelMessage, HistoryMessage, PresenceMessage } from './dto/channel.dto.js';
import { PublishBatchBody, PublishMessage } from './dto/message.dto.js';
import { ChannelsService } from './messaging.channels.service.js';
import { messagingEndpoints } from './messaging.endpoints.js';
import { HistoryService } from './messaging.history.service.js';
import { MessagesService } from './messaging.messages.service.js';

@Controller()
export class MessagingMessageController {
  constructor(
    private readonly messages: MessagesService,
    private readonly histories: HistoryService,
    private readonly channels: ChannelsService,
  ) {}

  @MessageEndpoint(messagingEndpoints.publish)
  publish(@Payload('data') data: PublishMessage, @CurrentCaller() caller: Caller): Promise<PublishAnswer> {
    return this.messages.publish(caller, data);
  }

  @MessageEndpoint(messagingEndpoints.publishBatch)
  publishBatch(
    @Payload('data') data: PublishBatchBody,
    @CurrentCaller() caller: Caller,
  ): Promise<PublishBatchAnswer> {
    return this.messages.publishBatch(caller, data);
  }

  @MessageEndpoint(messagingEndpoints.history)
  history(@Payload('data') data: HistoryMessage, @CurrentCaller() caller: Caller): Promise<HistoryPage> {
    return this.histories.list(caller, data);
  }

  @MessageEndpoint(messagingEndpoints.list)
  list(@Payload('data') data: ListQuery, @CurrentCaller() caller: Caller): Promise<ChannelPage> {
    return this.channels.list(caller, data);
  }

  @MessageEndpoint(messagingEndpoints.get)
  get(@Payload('data') data: ChannelPath, @CurrentCaller() caller: Caller): Promise<ChannelView> {
    return this.channels.get(caller, data);
  }

  @MessageEndpoint(messagingEndpoints.configure)
  configure(
    @Payload('data') data: ConfigureChannelMessage,
    @CurrentCaller() caller: Caller,
  ): Promise<ChannelView> {
    return this.channels.configure(caller, data);
  }

  @MessageEndpoint(messagingEndpoints.presence)
  presence(@Payload('data') data: PresenceMessage, @CurrentCaller() caller: Caller): Promise<PresencePage> {
    return this.channels.present(caller, data);
  }
}
