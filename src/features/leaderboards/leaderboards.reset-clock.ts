import { Injectable } from '@nestjs/common';
import { Maintenance } from '../../effects/maintenance.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { LeaderboardIndexes } from './leaderboards.indexes.js';
import { SeasonsService } from './leaderboards.seasons.service.js';

const TICK_MS = 1000;
const BOARDS_A_TICK = 100;

/**
 * Ends seasons whose reset is due also on boards that nobody asks for: once a second by one process, whichever it is, since a
 * season can end only once.
 */
@Injectable()
export class ResetClock {
  constructor(
    private readonly gateway: RedisGateway,
    private readonly indexes: LeaderboardIndexes,
    private readonly seasons: SeasonsService,
    maintenance: Maintenance,
  ) {
    maintenance.register({
      name: 'leaderboards.reset',
      everyMs: TICK_MS,
      crew: 'any',
      work: () => this.tick(),
    });
  }

  private async tick(): Promise<void> {
    for (const { tenant, board } of await this.indexes.due(await this.gateway.time(), BOARDS_A_TICK)) {
      await this.seasons.closeDue(tenant, board);
    }
  }
}
