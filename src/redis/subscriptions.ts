import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { RedisClient } from './redis-client.js';
import { SUBSCRIBER_CLIENT } from './redis-clients.js';

type Listener = (message: string) => void;

/** One Redis subscription per channel and node, however many listeners; restored after a lost connection. */
@Injectable()
export class Subscriptions implements OnModuleInit {
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(@Inject(SUBSCRIBER_CLIENT) private readonly client: RedisClient) {}

  onModuleInit(): void {
    this.client.on('message', (channel: string, message: string) => {
      for (const listener of this.listeners.get(channel) ?? []) listener(message);
    });
  }

  /**
   * Calls `listener` with each message of `channel` until the returned function is called. Messages that
   * are published while the connection is lost are not delivered: a listener must be able to catch up.
   */
  async listen(channel: string, listener: Listener): Promise<() => void> {
    const present = this.listeners.get(channel);
    if (present) present.add(listener);
    else {
      this.listeners.set(channel, new Set([listener]));
      await this.client.subscribe(channel);
    }
    return () => this.leave(channel, listener);
  }

  private leave(channel: string, listener: Listener): void {
    const present = this.listeners.get(channel);
    if (!present?.delete(listener) || present.size > 0) return;
    this.listeners.delete(channel);
    // A failure here means that the connection is gone, and the subscription with it.
    this.client.unsubscribe(channel).catch(() => undefined);
  }
}
