import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { describeError, log } from '../../telemetry/log.js';
import { LeaderboardIndexes } from './leaderboards.indexes.js';
import { SeasonsService } from './leaderboards.seasons.service.js';

const TICK_MS = 1000;
const BOARDS_A_TICK = 100;

/**
 * Ends seasons whose reset is due also on boards that nobody asks for. Every node runs one; which of them
 * ends a season does not matter, since it can end only once.
 */
@Injectable()
export class ResetClock implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private ticking: Promise<void> | undefined;

  constructor(
    private readonly gateway: RedisGateway,
    private readonly indexes: LeaderboardIndexes,
    private readonly seasons: SeasonsService,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.ticking ??= this.tick().finally(() => (this.ticking = undefined));
    }, TICK_MS);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.ticking;
  }

  private async tick(): Promise<void> {
    try {
      for (const { tenant, board } of await this.indexes.due(await this.gateway.time(), BOARDS_A_TICK)) {
        await this.seasons.closeDue(tenant, board);
      }
    } catch (error) {
      log.warn(
        { event: 'leaderboards.reset.failure', err: describeError(error) },
        'resets wait for the next tick',
      );
    }
  }
}
