import { Module } from '@nestjs/common';
import { LeaderboardIndexes } from './leaderboards.indexes.js';
import { LeaderboardKeys } from './leaderboards.keys.js';
import { EntryMetadata } from './leaderboards.metadata.js';
import { MetadataResealing } from './leaderboards.resealing.js';

/** What it takes to put entries' metadata under another key, and nothing that serves boards or ends seasons. */
@Module({ providers: [EntryMetadata, LeaderboardIndexes, LeaderboardKeys, MetadataResealing] })
export class LeaderboardsResealingModule {}
