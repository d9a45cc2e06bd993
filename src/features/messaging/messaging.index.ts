import { Injectable } from '@nestjs/common';
import { NameIndex } from '../../redis/name-index.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { MessagingKeys } from './messaging.keys.js';

/** The lists of channels, by tenant; who follows a pattern is told of each that is new. */
@Injectable()
export class ChannelIndex {
  constructor(
    private readonly names: NameIndex,
    private readonly gateway: RedisGateway,
    private readonly keys: MessagingKeys,
  ) {}

  async add(tenant: string, channel: string): Promise<void> {
    const tenants = this.keys.tenants();
    await this.gateway.execute((client) => client.sadd(tenants, tenant), { repeatable: true });
    await this.names.add(this.keys.listed(tenant, channel));
    // Lost, it costs a follower of a pattern the time until it next looks at the list.
    await this.gateway.execute((client) => client.publish(this.keys.found(tenant), channel), {
      repeatable: true,
    });
  }

  /** Up to `limit` names after `after`, in byte order. */
  async list(tenant: string, after: string | undefined, limit: number): Promise<string[]> {
    return await this.names.names(this.keys.channels(tenant), after, limit);
  }

  /** Takes a channel off the list that is gone. */
  async remove(tenant: string, channel: string): Promise<void> {
    await this.names.remove(this.keys.listed(tenant, channel));
  }

  async tenants(): Promise<string[]> {
    return await this.gateway.execute((client) => client.smembers(this.keys.tenants()), { repeatable: true });
  }
}
