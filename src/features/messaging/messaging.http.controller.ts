import { Body, Controller, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller } from '../../access/call-source.js';
import { Caller } from '../../access/caller.js';
import { Endpoint } from '../../access/endpoint.js';
import { ListQuery } from '../../transport/pagination/list-query.dto.js';
import { EventStreams } from '../../transport/sse/event-streams.js';
import { WebSockets } from '../../transport/websocket/web-sockets.js';
import {
  ChannelPage,
  ChannelView,
  HistoryPage,
  PresencePage,
  PublishAnswer,
  PublishBatchAnswer,
} from './dto/answers.dto.js';
import {
  ChannelPath,
  ConfigureChannelBody,
  EventsQuery,
  HistoryQuery,
  SocketQuery,
} from './dto/channel.dto.js';
import { MessageBody, PublishBatchBody } from './dto/message.dto.js';
import { ChannelsService } from './messaging.channels.service.js';
import { messagingEndpoints } from './messaging.endpoints.js';
import { EventsService } from './messaging.events.service.js';
import { HistoryService } from './messaging.history.service.js';
import { MessagesService } from './messaging.messages.service.js';
import { SocketsService } from './messaging.sockets.service.js';

@Controller('v1')
export class MessagingHttpController {
  constructor(
    private readonly messages: MessagesService,
    private readonly histories: HistoryService,
    private readonly channels: ChannelsService,
    private readonly liveEvents: EventsService,
    private readonly eventStreams: EventStreams,
    private readonly webSockets: WebSockets,
    private readonly sockets: SocketsService,
  ) {}

  /** Publish a message. */
  @Post('channels/:channel/messages')
  @Endpoint(messagingEndpoints.publish)
  publish(
    @Param() path: ChannelPath,
    @Body() body: MessageBody,
    @CurrentCaller() caller: Caller,
  ): Promise<PublishAnswer> {
    return this.messages.publish(caller, { ...body, ...path });
  }

  /** Publish messages to any number of channels; those of one channel in the order of the request. */
  @Post('messages/batch')
  @HttpCode(200)
  @Endpoint(messagingEndpoints.publishBatch)
  publishBatch(@Body() body: PublishBatchBody, @CurrentCaller() caller: Caller): Promise<PublishBatchAnswer> {
    return this.messages.publishBatch(caller, body);
  }

  /** Messages that are kept. */
  @Get('channels/:channel/messages')
  @Endpoint(messagingEndpoints.history)
  history(
    @Param() path: ChannelPath,
    @Query() query: HistoryQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<HistoryPage> {
    return this.histories.list(caller, { ...query, ...path });
  }

  /** Channels with subscribers or kept messages, by name. */
  @Get('channels')
  @Endpoint(messagingEndpoints.list)
  list(@Query() query: ListQuery, @CurrentCaller() caller: Caller): Promise<ChannelPage> {
    return this.channels.list(caller, query);
  }

  /** Settings of a channel; a channel that nobody configured has the defaults. */
  @Get('channels/:channel')
  @Endpoint(messagingEndpoints.get)
  get(@Param() path: ChannelPath, @CurrentCaller() caller: Caller): Promise<ChannelView> {
    return this.channels.get(caller, path);
  }

  /** Change the settings that are given; those left out stay. */
  @Put('channels/:channel')
  @Endpoint(messagingEndpoints.configure)
  configure(
    @Param() path: ChannelPath,
    @Body() body: ConfigureChannelBody,
    @CurrentCaller() caller: Caller,
  ): Promise<ChannelView> {
    return this.channels.configure(caller, { ...body, ...path });
  }

  /** Who is subscribed to the channel by its name, on all nodes. */
  @Get('channels/:channel/presence')
  @Endpoint(messagingEndpoints.presence)
  presence(
    @Param() path: ChannelPath,
    @Query() query: ListQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<PresencePage> {
    return this.channels.present(caller, { ...query, ...path });
  }

  /**
   * Server-sent events of many channels: `message` as in the history, `gap` where messages are kept no longer, `end` before
   * the service closes the stream, and a comment every 15 s. An event's id is the place in all channels: a client that
   * comes back with it as `Last-Event-ID` gets what it missed, in order and without a duplicate.
   */
  @Get('events')
  @Endpoint(messagingEndpoints.events)
  @ApiProduces('text/event-stream')
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string' } })
  async events(
    @Query() query: EventsQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CurrentCaller() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const ready = await this.liveEvents.open(caller, { ...query, lastEventId });
    try {
      ready.begin(this.eventStreams.start(reply));
    } catch (error) {
      ready.cancel();
      throw error;
    }
  }

  /** A WebSocket for subscribing and publishing: JSON frames as docs/live.md has them. */
  @Get('socket')
  @Endpoint(messagingEndpoints.socket)
  socket(@Query() _query: SocketQuery, @CurrentCaller() caller: Caller, @Res() reply: FastifyReply): void {
    this.sockets.begin(this.webSockets.accept(reply), caller);
  }
}
