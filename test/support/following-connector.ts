import { SentinelConnector } from 'ioredis';

/**
 * What docs/redis.md has for a Nest application behind Sentinels: it leaves them with the connection that listened to them. ioredis
 * does not, and when they name another master while it is connecting again, it takes that for its own end.
 */
export class FollowingConnector extends SentinelConnector {
  override async connect(...args: Parameters<SentinelConnector['connect']>) {
    const stream = await super.connect(...args);
    stream.once('close', () => this.disconnect());
    return stream;
  }
}
