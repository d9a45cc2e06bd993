import { Module } from '@nestjs/common';
import { BoardsService } from './leaderboards.boards.service.js';
import { LeaderboardsHttpController } from './leaderboards.http.controller.js';
import { LeaderboardIndexes } from './leaderboards.indexes.js';
import { LeaderboardKeys } from './leaderboards.keys.js';
import { LiveTopsService } from './leaderboards.live.service.js';
import { LeaderboardsMessageController } from './leaderboards.message.controller.js';
import { EntryMetadata } from './leaderboards.metadata.js';
import { RankingsService } from './leaderboards.rankings.service.js';
import { ResetClock } from './leaderboards.reset-clock.js';
import { SeasonsService } from './leaderboards.seasons.service.js';
import { SubmitEffectHandler } from './leaderboards.submit-effect.js';
import { SubmissionsService } from './leaderboards.submissions.service.js';

@Module({
  controllers: [LeaderboardsHttpController, LeaderboardsMessageController],
  providers: [
    BoardsService,
    EntryMetadata,
    LeaderboardIndexes,
    LeaderboardKeys,
    LiveTopsService,
    RankingsService,
    ResetClock,
    SeasonsService,
    SubmissionsService,
    SubmitEffectHandler,
  ],
  exports: [BoardsService, LiveTopsService, RankingsService, SeasonsService, SubmissionsService],
})
export class LeaderboardsModule {}
