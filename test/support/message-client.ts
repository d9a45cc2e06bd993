import { ClientProxyFactory, Transport, type ClientProxy } from '@nestjs/microservices';
import type { SecureContextOptions as TlsOptions } from 'node:tls';
import { firstValueFrom, timeout } from 'rxjs';

/** Nest's own client of the Redis transport, under one credential. */
export class MessageClient {
  private readonly proxy: ClientProxy;

  constructor(
    redisUrl: string,
    readonly token: string | undefined,
    tls?: TlsOptions,
  ) {
    const { hostname, port, username, password } = new URL(redisUrl);
    this.proxy = ClientProxyFactory.create({
      transport: Transport.REDIS,
      options: {
        host: hostname,
        port: Number(port),
        username,
        password,
        retryAttempts: 100,
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
