import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { IsIn, Matches, ValidateBy, ValidateIf } from 'class-validator';
import { CredentialQuery } from '../../../transport/live/credential-query.dto.js';
import { ListQuery } from '../../../transport/pagination/list-query.dto.js';
import { countSchema, nameSchema } from '../../../transport/validation/api-schemas.js';
import { IsCount, IsJsonObject, IsName, MayBeLeftOut } from '../../../transport/validation/rules.js';

const MAX_ENTRIES = 1_000_000_000;
const MAX_AGE_MS = 3_650 * 86_400_000;
/** Milliseconds and sequence; 15 digits are more than a clock ever gives and less than Redis takes. */
const ID = /^\d{1,15}-\d{1,15}$/;
const ID_MESSAGE = 'must be the id of an entry, <milliseconds>-<sequence>';

export const idSchema = { type: 'string', pattern: ID.source } as const;
const placeSchema = { type: 'string', pattern: '^\\d{1,15}(-\\d{1,15})?$' } as const;
export const startSchema = { type: 'string', pattern: '^(begin|now|\\d{1,15}(-\\d{1,15})?)$' } as const;

export const IsEntryId = (options?: { each?: boolean }) => Matches(ID, { message: ID_MESSAGE, ...options });

/** An id, or its milliseconds alone. */
const isPlace = (value: unknown): boolean =>
  typeof value === 'string' && (ID.test(value) || /^\d{1,15}$/.test(value));

export const IsPlace = () =>
  ValidateBy({
    name: 'isPlace',
    validator: { validate: isPlace, defaultMessage: () => `${ID_MESSAGE} or <milliseconds>` },
  });

/** `begin`, `now` or an id. */
export const IsStart = () =>
  ValidateBy({
    name: 'isStart',
    validator: {
      validate: (value: unknown) => value === 'begin' || value === 'now' || isPlace(value),
      defaultMessage: () => 'must be begin, now or the id of an entry',
    },
  });

export const isEntryId = (text: string): boolean => ID.test(text);

export class StreamPath {
  /** Name of the stream. */
  @ApiProperty(nameSchema)
  @IsName()
  stream!: string;
}

export class EntryPath extends StreamPath {
  /** Id of the entry. */
  @ApiProperty(idSchema)
  @IsEntryId()
  id!: string;
}

export class ConfigureStreamBody {
  /** Only the last so many entries are kept; null for all. */
  @ApiProperty({ ...countSchema(1, MAX_ENTRIES), nullable: true })
  @ValidateIf((_body, value) => value !== undefined && value !== null)
  @IsCount(1, MAX_ENTRIES)
  maxLength?: number | null;

  /** How long an entry is kept, in ms; null for ever. */
  @ApiProperty({ ...countSchema(1, MAX_AGE_MS), nullable: true })
  @ValidateIf((_body, value) => value !== undefined && value !== null)
  @IsCount(1, MAX_AGE_MS)
  maxAgeMs?: number | null;

  /**
   * A JSON Schema (2020-12, or draft-07 by `$schema`) that the data of what is appended from now on must match; null for none. A
   * keyword or format that is not known is refused: it would check nothing.
   */
  @ValidateIf((_body, value) => value !== undefined && value !== null)
  @IsJsonObject()
  schema?: Record<string, unknown> | null;
}

export class ConfigureStreamMessage extends IntersectionType(StreamPath, ConfigureStreamBody) {}

export class RangeQuery extends ListQuery {
  /** Lowest id, itself included; of milliseconds alone, the first of them. From the first entry if left out. */
  @ApiProperty(placeSchema)
  @MayBeLeftOut()
  @IsPlace()
  from?: string;

  /** Highest id, itself included; of milliseconds alone, the last of them. To the last entry if left out. */
  @ApiProperty(placeSchema)
  @MayBeLeftOut()
  @IsPlace()
  to?: string;

  /** Oldest first (`asc`, if left out) or newest first. */
  @MayBeLeftOut()
  @IsIn(['asc', 'desc'], { message: 'must be one of asc, desc' })
  order?: 'asc' | 'desc';
}

export class RangeMessage extends IntersectionType(StreamPath, RangeQuery) {}

export class TailQuery extends CredentialQuery {
  /** Id of the first entry that is sent, or `begin`; `now`, if left out, is what is appended from now on. `Last-Event-ID` goes before. */
  @ApiProperty(startSchema)
  @MayBeLeftOut()
  @IsStart()
  from?: string;
}
