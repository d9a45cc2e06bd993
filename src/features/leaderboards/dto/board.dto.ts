import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { IsBoolean, IsIn, ValidateBy, ValidateIf } from 'class-validator';
import { ListQuery } from '../../../transport/pagination/list-query.dto.js';
import { countSchema, nameSchema } from '../../../transport/validation/api-schemas.js';
import { IsCount, IsName, MayBeLeftOut } from '../../../transport/validation/rules.js';
import { isSchedule } from '../leaderboards.schedule.js';
import { OPERATORS, type Operator, ORDERS, type Order, TIES, type Ties } from '../leaderboards.board-info.js';

const MAX_ENTRIES = 1_000_000_000;

const IsSchedule = () =>
  ValidateBy({
    name: 'isSchedule',
    validator: {
      validate: isSchedule,
      defaultMessage: () =>
        'must be {cron, timeZone?} with a cron expression of five or six fields and an IANA time zone',
    },
  });

/** When a board's season ends by itself. */
export class ResetSchedule {
  /** Cron expression of five fields, or six with seconds in front: minute, hour, day of the month, month, day of the week. */
  cron!: string;

  /** IANA name; UTC if left out. */
  timeZone?: string;
}

export class BoardPath {
  /** Name of the leaderboard. */
  @ApiProperty(nameSchema)
  @IsName()
  board!: string;
}

export class ConfigureBoardBody {
  /** Whether the highest or the lowest score stands first. Fixed while the board has entries. */
  @MayBeLeftOut()
  @IsIn(ORDERS, { message: `must be one of ${ORDERS.join(', ')}` })
  order?: Order;

  /** What a submission does to a score: replace it, replace it if better, or add to it. */
  @MayBeLeftOut()
  @IsIn(OPERATORS, { message: `must be one of ${OPERATORS.join(', ')}` })
  operator?: Operator;

  /** Which of equal scores stands first: the one reached first, or by bytes of the member. Fixed while the board has entries. */
  @MayBeLeftOut()
  @IsIn(TIES, { message: `must be one of ${TIES.join(', ')}` })
  ties?: Ties;

  /** Whether the board keeps what dense ranks need. */
  @MayBeLeftOut()
  @IsBoolean({ message: 'must be true or false' })
  denseRanks?: boolean;

  /** When seasons end by themselves; null for never. */
  @ValidateIf((_body, value) => value !== undefined && value !== null)
  @IsSchedule()
  reset?: ResetSchedule | null;

  /** How many closed seasons are kept; 10 if never set. */
  @ApiProperty(countSchema(0, 1000))
  @MayBeLeftOut()
  @IsCount(0, 1000)
  keepSeasons?: number;

  /** Only the best so many entries are kept; null for all. */
  @ApiProperty({ ...countSchema(1, MAX_ENTRIES), nullable: true })
  @ValidateIf((_body, value) => value !== undefined && value !== null)
  @IsCount(1, MAX_ENTRIES)
  capacity?: number | null;
}

export class ConfigureBoardMessage extends IntersectionType(BoardPath, ConfigureBoardBody) {}

export class ListSeasonsMessage extends IntersectionType(BoardPath, ListQuery) {}

export class NoBody {}
