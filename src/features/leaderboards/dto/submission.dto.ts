import { ApiProperty, getSchemaPath, IntersectionType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, ValidateBy } from 'class-validator';
import { identitySchema } from '../../../transport/validation/api-schemas.js';
import { IsIdentity, IsJsonObject, MayBeLeftOut } from '../../../transport/validation/rules.js';
import { OPERATORS, type Operator } from '../leaderboards.board-info.js';
import { BoardPath } from './board.dto.js';

export const SUBMIT_EFFECT = 'leaderboards.submit';

/** Redis holds scores as doubles; beyond this, neighbouring integers share one. */
export const MAX_MAGNITUDE = 2 ** 53;

const IsScore = () =>
  ValidateBy({
    name: 'isScore',
    validator: {
      validate: (value: unknown) => typeof value === 'number' && Math.abs(value) <= MAX_MAGNITUDE,
      defaultMessage: () => 'must be a finite number from -2^53 to 2^53',
    },
  });

export class SubmissionBody {
  /** Who or what is ranked: 1 to 256 bytes of UTF-8. */
  @ApiProperty(identitySchema)
  @IsIdentity()
  member!: string;

  /** The score, or with the operator `increment` what is added to it. */
  @ApiProperty({ minimum: -MAX_MAGNITUDE, maximum: MAX_MAGNITUDE })
  @IsScore()
  score!: number;

  /** Takes the place of the board's operator for this submission. */
  @MayBeLeftOut()
  @IsIn(OPERATORS, { message: `must be one of ${OPERATORS.join(', ')}` })
  operator?: Operator;

  /** A JSON object of at most 64 KiB that is shown with the entry; the one before stays if left out. */
  @MayBeLeftOut()
  @IsJsonObject()
  metadata?: Record<string, unknown>;
}

export class SubmissionMessage extends IntersectionType(BoardPath, SubmissionBody) {}

export class SubmitEffect extends IntersectionType(BoardPath, SubmissionBody) {
  @IsIn([SUBMIT_EFFECT])
  kind!: typeof SUBMIT_EFFECT;
}

export class SubmissionBatchBody {
  /** 1 to 1000 submissions, each `{member, score, operator?, metadata?}`; a bad one is answered in its place. */
  @ApiProperty({ type: 'array', items: { $ref: getSchemaPath(SubmissionBody) } })
  @IsArray({ message: 'must be an array' })
  @ArrayMinSize(1, { message: 'must have at least 1 submission' })
  @ArrayMaxSize(1000, { message: 'must have at most 1000 submissions' })
  submissions!: unknown[];
}

export class SubmissionBatchMessage extends IntersectionType(BoardPath, SubmissionBatchBody) {}
