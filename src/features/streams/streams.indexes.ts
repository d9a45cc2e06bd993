import { Injectable } from '@nestjs/common';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { StreamsKeys } from './streams.keys.js';

/**
 * The list of a tenant's streams. It lies in a slot of its own, so it follows the streams and never leads: an entry
 * without its stream is passed over, and a stream that is not listed yet says so at its next write.
 */
@Injectable()
export class StreamIndexes {
  constructor(
    private readonly gateway: RedisGateway,
    private readonly keys: StreamsKeys,
  ) {}

  async add(tenant: string, stream: string): Promise<void> {
    await this.gateway.execute((client) => client.zadd(this.keys.streams(tenant), 0, stream), {
      repeatable: true,
    });
    const { info } = this.keys.stream(tenant, stream);
    await this.gateway.execute((client) => client.hset(info, 'indexed', 1), { repeatable: true });
  }

  /** Up to `limit` names after `after`, in byte order. */
  async names(tenant: string, after: string | undefined, limit: number): Promise<string[]> {
    const from = after === undefined ? '-' : `(${after}`;
    return await this.gateway.execute(
      (client) => client.zrangebylex(this.keys.streams(tenant), from, '+', 'LIMIT', 0, limit),
      { repeatable: true },
    );
  }

  async remove(tenant: string, stream: string): Promise<void> {
    await this.gateway.execute((client) => client.zrem(this.keys.streams(tenant), stream), {
      repeatable: true,
    });
    // An append may have made the stream anew, and listed it, between its removal and the line above.
    const { info } = this.keys.stream(tenant, stream);
    const standsAgain = await this.gateway.execute((client) => client.exists(info), { repeatable: true });
    if (standsAgain) await this.add(tenant, stream);
  }
}
