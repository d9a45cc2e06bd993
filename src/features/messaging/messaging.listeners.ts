import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { DEFAULT_TENANT } from '../../access/caller.js';
import {
  type ChannelHandler,
  type ListenerOptions,
  listenerOptionsOf,
} from '../../effects/channel-listener.js';
import { markedMethods } from '../../effects/marked-methods.js';
import { describeError, log } from '../../telemetry/log.js';
import { isName } from '../../transport/validation/rules.js';
import { isPattern } from './dto/channel.dto.js';
import { ChannelFeeds } from './messaging.feeds.js';
import { type Batch, type ChannelItem, Gap, Message } from './messaging.items.js';
import { PatternFeeds } from './messaging.patterns.js';
import { type Sink, Subscription } from './messaging.subscription.js';

/** How long a start that fails waits for its next try. */
const RETRY_MS = 1000;

/** Calls the methods of this process that are marked to listen to channels. */
@Injectable()
export class ChannelListeners implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly ends: (() => void)[] = [];
  private isEnding = false;

  constructor(
    private readonly feeds: ChannelFeeds,
    private readonly patterns: PatternFeeds,
    readonly discovery: DiscoveryService,
    readonly scanner: MetadataScanner,
  ) {}

  /** Settles once all listen: who publishes after the start is heard. */
  async onApplicationBootstrap(): Promise<void> {
    const marked = markedMethods(this, listenerOptionsOf);
    await Promise.all(
      marked.map(({ options, method, instance }) =>
        this.listen(options, (method as ChannelHandler).bind(instance)),
      ),
    );
  }

  onModuleDestroy(): void {
    this.isEnding = true;
    for (const end of this.ends) end();
  }

  /**
   * Calls `handle` with each message until the service stops; never, if the options are wrong. Settles once it listens, or
   * could not at the first try.
   */
  async listen(options: ListenerOptions, handle: ChannelHandler): Promise<void> {
    if (isListenable(options)) await this.attempt(options, listenerOf(handle));
    else log.error({ event: 'messaging.listener.invalid', ...options }, 'what a listener listens to is none');
  }

  private async attempt(options: ListenerOptions, sink: Sink): Promise<void> {
    try {
      const end = await this.begin(options, sink);
      if (this.isEnding) end();
      else this.ends.push(end);
    } catch (error) {
      if (this.isEnding) return;
      log.warn({ event: 'messaging.listener.late', err: describeError(error) }, 'listens later');
      setTimeout(() => void this.attempt(options, sink), RETRY_MS).unref();
    }
  }

  private async begin(
    { channel, pattern, tenant = DEFAULT_TENANT }: ListenerOptions,
    sink: Sink,
  ): Promise<() => void> {
    if (channel !== undefined) {
      const lease = await this.feeds.acquire(tenant, channel);
      const subscription = new Subscription(lease.feed, sink);
      subscription.begin('now');
      return () => {
        subscription.end();
        lease.release();
      };
    }
    const lease = await this.patterns.acquire(tenant, pattern ?? '');
    const follower = {
      take: (batch: Batch) => sink.take(batch),
      overflow: () => log.error({ event: 'messaging.listener.overflow' }, 'a pattern has too many channels'),
    };
    lease.feed.follow(follower);
    return () => {
      lease.feed.unfollow(follower);
      lease.release();
    };
  }
}

function isListenable({ channel, pattern, tenant = DEFAULT_TENANT }: ListenerOptions): boolean {
  const isOne = pattern === undefined ? isName(channel) : channel === undefined && isPattern(pattern);
  return isOne && isName(tenant);
}

function listenerOf(handle: ChannelHandler): Sink {
  return {
    isClosed: false,
    ready: () => Promise.resolve(),
    take: ({ items }) => {
      for (const item of items) void call(handle, item);
    },
  };
}

async function call(handle: ChannelHandler, item: ChannelItem): Promise<void> {
  try {
    if (item instanceof Message) await handle({ type: 'message', ...item.view });
    else if (item instanceof Gap) await handle({ type: 'gap', ...item.view });
  } catch (error) {
    log.error(
      { event: 'messaging.listener.failure', channel: item.channel, err: describeError(error) },
      'a listener failed',
    );
  }
}
