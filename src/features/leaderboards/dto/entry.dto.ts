import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, Matches } from 'class-validator';
import { CredentialQuery } from '../../../transport/live/credential-query.dto.js';
import { countSchema, identitySchema } from '../../../transport/validation/api-schemas.js';
import { IsCount, IsIdentity, MayBeLeftOut } from '../../../transport/validation/rules.js';
import { RANKINGS, type Ranking } from '../leaderboards.board-info.js';
import { ListQuery } from '../../../transport/pagination/list-query.dto.js';
import { BoardPath } from './board.dto.js';

export class EntryPath extends BoardPath {
  /** The member, percent-encoded. */
  @ApiProperty(identitySchema)
  @IsIdentity()
  member!: string;
}

export class SeasonPath extends BoardPath {
  /** Id of a closed season. */
  @Matches(/^[1-9]\d{0,14}$/, { message: 'must be the id of a season' })
  season!: string;
}

export class SeasonEntryPath extends IntersectionType(SeasonPath, EntryPath) {}

export class RankingQuery {
  /** `ordinal`: 1 2 3 4; `competition`: 1 2 2 4; `dense`: 1 2 2 3 (boards with `denseRanks`). */
  @MayBeLeftOut()
  @IsIn(RANKINGS, { message: `must be one of ${RANKINGS.join(', ')}` })
  ranking?: Ranking;
}

export class PageQuery extends IntersectionType(ListQuery, RankingQuery) {
  /** How many entries; 10 if left out. */
  @ApiProperty({ ...countSchema(1, 1000), default: 10 })
  @MayBeLeftOut()
  @IsCount(1, 1000)
  override limit?: number;
}

export class AroundQuery extends RankingQuery {
  /** How many entries; 10 if left out. */
  @ApiProperty({ ...countSchema(1, 1000), default: 10 })
  @MayBeLeftOut()
  @IsCount(1, 1000)
  limit?: number;
}

export class LookupBody extends RankingQuery {
  // The last rule is checked first, so that the items of a list that is too long are not.
  /** 1 to 1000 members. */
  @ApiProperty({ type: 'array', items: identitySchema })
  @IsIdentity({ each: true })
  @ArrayMaxSize(1000, { message: 'must have at most 1000 members' })
  @ArrayMinSize(1, { message: 'must have at least 1 member' })
  @IsArray({ message: 'must be an array' })
  members!: string[];
}

export class RemoveEntryQuery {
  /** `live` takes the entry off the live season alone, `all` off every archived one too. */
  @MayBeLeftOut()
  @IsIn(['live', 'all'], { message: 'must be one of live, all' })
  seasons?: 'live' | 'all';
}

export class LiveQuery extends CredentialQuery {
  /** How many entries from the top are watched; 10 if left out. */
  @ApiProperty({ ...countSchema(1, 1000), default: 10 })
  @MayBeLeftOut()
  @IsCount(1, 1000)
  top?: number;
}

export class PageMessage extends IntersectionType(BoardPath, PageQuery) {}
export class EntryMessage extends IntersectionType(EntryPath, RankingQuery) {}
export class AroundMessage extends IntersectionType(EntryPath, AroundQuery) {}
export class LookupMessage extends IntersectionType(BoardPath, LookupBody) {}
export class RemoveEntryMessage extends IntersectionType(EntryPath, RemoveEntryQuery) {}
export class SeasonPageMessage extends IntersectionType(SeasonPath, PageQuery) {}
export class SeasonEntryMessage extends IntersectionType(SeasonEntryPath, RankingQuery) {}
