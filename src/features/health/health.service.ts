import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../../errors/app-error.js';
import { redisErrors, serviceErrors } from '../../errors/core.errors.js';
import { LockNodes } from '../../redis/lock-nodes.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { definedScripts } from '../../redis/script.js';

/** Says whether this node can answer requests. */
@Injectable()
export class HealthService implements OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly gateway: RedisGateway,
    private readonly locks: LockNodes,
  ) {}

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
    await Promise.all([this.loadScripts(), this.checkLockServers()]);
    return { redis: 'ok', scripts: 'ok', locks: 'ok' };
  }

  /** A node that reaches no majority of the lock servers can grant no lock, and others may. */
  private async checkLockServers(): Promise<void> {
    const { all, majority } = this.locks;
    const reachable = all.length === 1 && all[0]?.gateway === this.gateway ? 1 : await this.locks.reachable();
    if (reachable >= majority) return;
    throw new AppError(
      redisErrors.unavailable,
      `${reachable} of ${all.length} lock servers answer; ${majority} have to.`,
      { retryable: true },
    );
  }

  /** Every script compiles on the server that is there now; a restarted one learns them here, not in a request. */
  private async loadScripts(): Promise<void> {
    await this.gateway.execute(
      (client) => Promise.all(definedScripts.map(({ source }) => client.script('LOAD', source))),
      { repeatable: true },
    );
  }
}
