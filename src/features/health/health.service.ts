import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../../errors/app-error.js';
import { redisErrors, serviceErrors } from '../../errors/core.errors.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { definedScripts } from '../../redis/script.js';

/** Says whether this node can answer requests. */
@Injectable()
export class HealthService implements OnModuleDestroy {
  private stopping = false;

  constructor(private readonly gateway: RedisGateway) {}

  onModuleDestroy(): void {
    this.stopping = true;
  }

  /** @throws AppError `redis.unavailable`, or `service.shutting-down` from the first moment of a shutdown */
  async ready(): Promise<Record<string, 'ok'>> {
    if (this.stopping) {
      throw new AppError(serviceErrors['shutting-down'], 'The service is shutting down.', {
        retryable: true,
      });
    }
    const pong = await this.gateway.execute((client) => client.ping(), { repeatable: true });
    if (pong !== 'PONG') throw new AppError(redisErrors.unavailable, 'Redis does not answer a PING.');
    await this.loadScripts();
    return { redis: 'ok', scripts: 'ok' };
  }

  /** Every script compiles on the server that is there now; a restarted one learns them here, not in a request. */
  private async loadScripts(): Promise<void> {
    await this.gateway.execute(
      (client) => Promise.all(definedScripts.map(({ source }) => client.script('LOAD', source))),
      { repeatable: true },
    );
  }
}
