import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsIn } from 'class-validator';
import { IsCursor } from '../../../transport/pagination/is-cursor.js';
import { countSchema, identitySchema, nameSchema } from '../../../transport/validation/api-schemas.js';
import { IsCount, IsIdentity, IsName, MayBeLeftOut } from '../../../transport/validation/rules.js';

export const ON_OUTAGE = ['allow', 'deny', 'local'] as const;
export type OnOutage = (typeof ON_OUTAGE)[number];

const MAX_TOKENS = 1_000_000_000;
const MAX_INTERVAL_MS = 31 * 86_400_000;

export class PolicyPath {
  /** Name of the policy. */
  @ApiProperty(nameSchema)
  @IsName()
  policy!: string;
}

export class PutPolicyBody {
  /** Tokens that a bucket holds at the most: the largest burst. */
  @ApiProperty(countSchema(1, MAX_TOKENS))
  @IsCount(1, MAX_TOKENS)
  capacity!: number;

  /** Tokens that come back every `refillIntervalMs`, continuously. */
  @ApiProperty(countSchema(1, MAX_TOKENS))
  @IsCount(1, MAX_TOKENS)
  refillTokens!: number;

  /** Milliseconds. */
  @ApiProperty(countSchema(1, MAX_INTERVAL_MS))
  @IsCount(1, MAX_INTERVAL_MS)
  refillIntervalMs!: number;

  /** What is answered while Redis is away: everything, nothing, or what this node's own buckets hold. */
  @MayBeLeftOut()
  @IsIn(ON_OUTAGE, { message: `must be one of ${ON_OUTAGE.join(', ')}` })
  onOutage?: OnOutage;
}

export class PutPolicyMessage extends IntersectionType(PolicyPath, PutPolicyBody) {}

export class ListPoliciesQuery {
  @ApiProperty(countSchema(1, 1000))
  @MayBeLeftOut()
  @IsCount(1, 1000)
  limit?: number;

  /** `next` of the page before. */
  @MayBeLeftOut()
  @IsCursor()
  cursor?: string;
}

export class ConsumeBody {
  /** Whose bucket: 1 to 256 bytes of UTF-8. */
  @ApiProperty(identitySchema)
  @IsIdentity()
  key!: string;

  /** Tokens to take; 1 if left out. */
  @ApiProperty(countSchema(0, MAX_TOKENS))
  @MayBeLeftOut()
  @IsCount(0, MAX_TOKENS)
  cost?: number;

  /** Answer without taking anything. */
  @MayBeLeftOut()
  @IsBoolean({ message: 'must be true or false' })
  dryRun?: boolean;
}

export class ConsumeMessage extends IntersectionType(PolicyPath, ConsumeBody) {}

/** One of several charges that are made together. */
export class Check {
  @ApiProperty(nameSchema)
  @IsName()
  policy!: string;

  @ApiProperty(identitySchema)
  @IsIdentity()
  key!: string;

  @ApiProperty(countSchema(0, MAX_TOKENS))
  @MayBeLeftOut()
  @IsCount(0, MAX_TOKENS)
  cost?: number;
}

export class ConsumeAllBody {
  /** 1 to 8 charges `{policy, key, cost?}`; all are made or none. */
  @ApiProperty({ type: [Check] })
  @ArrayMaxSize(8, { message: 'must have at most 8 checks' })
  @ArrayMinSize(1, { message: 'must have at least 1 check' })
  @IsArray({ message: 'must be an array' })
  checks!: unknown[];
}
