import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RecurringWork } from '../../redis/recurring-work.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
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
  private readonly ticks = new RecurringWork('leaderboards.reset.failure', TICK_MS, () => this.tick());

  constructor(
    private readonly gateway: RedisGateway,
    private readonly indexes: LeaderboardIndexes,
    private readonly seasons: SeasonsService,
  ) {}

  onApplicationBootstrap(): void {
    this.ticks.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.ticks.stop();
  }

  private async tick(): Promise<void> {
    for (const { tenant, board } of await this.indexes.due(await this.gateway.time(), BOARDS_A_TICK)) {
      await this.seasons.closeDue(tenant, board);
    }
  }
}
