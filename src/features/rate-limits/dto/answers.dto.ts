import { ApiProperty } from '@nestjs/swagger';
import { wholeSchema } from '../../../transport/validation/api-schemas.js';
import { ON_OUTAGE, type OnOutage } from './rate-limit.dto.js';

export class PolicyView {
  policy!: string;
  @ApiProperty(wholeSchema(1))
  capacity!: number;
  @ApiProperty(wholeSchema(1))
  refillTokens!: number;
  @ApiProperty(wholeSchema(1))
  refillIntervalMs!: number;
  @ApiProperty({ enum: ON_OUTAGE })
  onOutage!: OnOutage;
}

export class PolicyPage {
  items!: PolicyView[];
  /** Cursor of the next page; null at the end. */
  next!: string | null;
}

export class ConsumeAnswer {
  allowed!: boolean;
  /** Whole tokens that are left. */
  @ApiProperty(wholeSchema(0))
  remaining!: number;
  /** The bucket's capacity. */
  @ApiProperty(wholeSchema(1))
  limit!: number;
  /** Until the same consumption would be allowed: 0 if it was, null if its cost exceeds the capacity. */
  @ApiProperty({ ...wholeSchema(0), nullable: true })
  retryAfterMs!: number | null;
  /** Until the bucket is full again. */
  @ApiProperty(wholeSchema(0))
  resetMs!: number;
}

export class CheckAnswer extends ConsumeAnswer {
  policy!: string;
  key!: string;
}

export class ConsumeAllAnswer {
  /** Whether all were charged; if not, none was. */
  allowed!: boolean;
  /** The longest wait of the checks that were refused; null if one of them can never be allowed. */
  @ApiProperty({ ...wholeSchema(0), nullable: true })
  retryAfterMs!: number | null;
  /** One result a check, in their order; `allowed` says whether that bucket alone holds enough. */
  results!: CheckAnswer[];
}
