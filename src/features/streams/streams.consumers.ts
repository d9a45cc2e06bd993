import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { markedMethods } from '../../effects/marked-methods.js';
import {
  type ConsumerHost,
  type ConsumerOptions,
  consumerOptionsOf,
  type EntryHandler,
} from '../../effects/stream-consumer.js';
import { CommitsService } from './streams.commits.service.js';
import { ConsumerLoop } from './streams.consumer-loop.js';
import { DeliveriesService } from './streams.deliveries.service.js';
import { GroupsService } from './streams.groups.service.js';

/** Runs the consumers of this process: those that a method is marked as, and those that a feature asks for. */
@Injectable()
export class StreamConsumers implements ConsumerHost, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loops: ConsumerLoop[] = [];

  constructor(
    readonly groups: GroupsService,
    readonly deliveries: DeliveriesService,
    readonly commits: CommitsService,
    readonly discovery: DiscoveryService,
    readonly scanner: MetadataScanner,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.ROLE === 'api') return;
    for (const { options, method, instance } of markedMethods(this, consumerOptionsOf)) {
      this.consume(options, (method as EntryHandler).bind(instance));
    }
  }

  consume(options: ConsumerOptions, handle: EntryHandler): void {
    const loop = new ConsumerLoop(this, options, handle);
    this.loops.push(loop);
    loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }
}
