import { ClientProxyFactory, Transport, type ClientProxy } from '@nestjs/microservices';
import type { SecureContextOptions as TlsOptions } from 'node:tls';
import { firstValueFrom, timeout } from 'rxjs';
import { FollowingConnector } from './following-connector.js';

/** Nest's own client of the Redis transport, under one credential. */
export class MessageClient {
  private readonly proxy: ClientProxy;

  constructor(
    redisUrl: string,
    readonly token: string | undefined,
    tls?: TlsOptions,
    /** Where Redis has no address of its own: the host of `redisUrl` is what these know the master by. */
    sentinelUrls?: readonly string[],
  ) {
    const { hostname, port, username, password } = new URL(redisUrl);
    this.proxy = ClientProxyFactory.create({
      transport: Transport.REDIS,
      options: {
        ...(sentinelUrls === undefined
          ? { host: hostname, port: Number(port) }
          : byWayOf(sentinelUrls, hostname)),
        username,
        password,
        retryAttempts: 1_000_000,
        retryDelay: 100,
        ...(tls === undefined ? {} : { tls }),
      },
    });
  }

  /** The answer to `pattern`; rejects with the problem object, or with a timeout after 5 s. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers freely
  async send(pattern: string, data: object, envelope: object = {}): Promise<any> {
    const auth = this.token === undefined ? {} : { auth: this.token };
    return await firstValueFrom(
      this.proxy.send<unknown>(pattern, { ...auth, ...envelope, data }).pipe(timeout(5000)),
    );
  }

  async close(): Promise<void> {
    await this.proxy.close();
  }
}

/** What a Nest application gives its client so that it follows the master, as docs/redis.md has it. */
function byWayOf(urls: readonly string[], name: string) {
  return {
    sentinels: urls.map((url) => {
      const { hostname: host, port } = new URL(url);
      return { host, port: Number(port) };
    }),
    sentinelPassword: new URL(urls[0] ?? '').password,
    name,
    failoverDetector: true,
    Connector: FollowingConnector,
    connectTimeout: 1000,
    sentinelCommandTimeout: 1000,
    socketTimeout: 2000,
    // What waits for a master goes on waiting: Nest listens to nothing that ioredis gives up.
    maxRetriesPerRequest: null,
    disconnectTimeout: 100,
  };
}
