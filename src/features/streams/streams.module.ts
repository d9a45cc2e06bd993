import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AppendEffectHandler } from './streams.append-effect.js';
import { AuditWriterOfStreams } from './streams.audit-writer.js';
import { CommitsService } from './streams.commits.service.js';
import { StreamConsumers } from './streams.consumers.js';
import { DeadLettersService } from './streams.dead-letters.service.js';
import { DeliveriesService } from './streams.deliveries.service.js';
import { EntriesService } from './streams.entries.service.js';
import { GroupLevels } from './streams.group-levels.js';
import { GroupsHttpController } from './streams.groups.http.controller.js';
import { GroupsMessageController } from './streams.groups.message.controller.js';
import { GroupsService } from './streams.groups.service.js';
import { StreamsHttpController } from './streams.http.controller.js';
import { StreamsKeys } from './streams.keys.js';
import { StreamsMessageController } from './streams.message.controller.js';
import { Outbox } from './streams.outbox.js';
import { Relay } from './streams.relay.js';
import { Retention } from './streams.retention.js';
import { EntrySchemas } from './streams.schemas.js';
import { StreamsService } from './streams.streams.service.js';
import { TailsService } from './streams.tails.service.js';
import { StreamWatches } from './streams.watches.js';

@Module({
  imports: [DiscoveryModule],
  controllers: [
    StreamsHttpController,
    GroupsHttpController,
    StreamsMessageController,
    GroupsMessageController,
  ],
  providers: [
    AppendEffectHandler,
    AuditWriterOfStreams,
    CommitsService,
    DeadLettersService,
    DeliveriesService,
    EntriesService,
    EntrySchemas,
    GroupLevels,
    GroupsService,
    Outbox,
    Relay,
    Retention,
    StreamConsumers,
    StreamsKeys,
    StreamsService,
    StreamWatches,
    TailsService,
  ],
  exports: [
    CommitsService,
    DeadLettersService,
    DeliveriesService,
    EntriesService,
    GroupsService,
    StreamConsumers,
    StreamsService,
    TailsService,
  ],
})
export class StreamsModule {}
