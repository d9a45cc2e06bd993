import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ChannelsService } from './messaging.channels.service.js';
import { EventCursors } from './messaging.cursors.js';
import { EventsService } from './messaging.events.service.js';
import { ChannelFeeds } from './messaging.feeds.js';
import { HistoryService } from './messaging.history.service.js';
import { MessagingHttpController } from './messaging.http.controller.js';
import { ChannelIndex } from './messaging.index.js';
import { MessagingKeys } from './messaging.keys.js';
import { ChannelListeners } from './messaging.listeners.js';
import { LiveService } from './messaging.live.service.js';
import { MessagingMessageController } from './messaging.message.controller.js';
import { MessagesService } from './messaging.messages.service.js';
import { PatternFeeds } from './messaging.patterns.js';
import { Presence } from './messaging.presence.js';
import { PublishEffectHandler } from './messaging.publish-effect.js';
import { ChannelReader } from './messaging.reader.js';
import { SocketsService } from './messaging.sockets.service.js';
import { ChannelSweeper } from './messaging.sweeper.js';

@Module({
  imports: [DiscoveryModule],
  controllers: [MessagingHttpController, MessagingMessageController],
  providers: [
    ChannelFeeds,
    ChannelIndex,
    ChannelListeners,
    ChannelReader,
    ChannelsService,
    ChannelSweeper,
    EventCursors,
    EventsService,
    HistoryService,
    LiveService,
    MessagesService,
    MessagingKeys,
    PatternFeeds,
    Presence,
    PublishEffectHandler,
    SocketsService,
  ],
  exports: [ChannelListeners, ChannelsService, HistoryService, MessagesService],
})
export class MessagingModule {}
