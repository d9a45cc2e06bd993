import { ApiProperty } from '@nestjs/swagger';
import { countSchema } from '../validation/api-schemas.js';
import { IsCount, MayBeLeftOut } from '../validation/rules.js';
import { IsCursor } from './is-cursor.js';

export const DEFAULT_LIMIT = 100;

/** The query of a list. */
export class ListQuery {
  /** How many items; 100 if left out. */
  @ApiProperty({ ...countSchema(1, 1000), default: DEFAULT_LIMIT })
  @MayBeLeftOut()
  @IsCount(1, 1000)
  limit?: number;

  /** `next` of the page before. */
  @MayBeLeftOut()
  @IsCursor()
  cursor?: string;
}
