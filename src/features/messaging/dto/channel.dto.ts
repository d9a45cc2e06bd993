import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import { IsIn, Matches, ValidateBy, ValidateIf } from 'class-validator';
import { CredentialQuery } from '../../../transport/live/credential-query.dto.js';
import { ListQuery } from '../../../transport/pagination/list-query.dto.js';
import { countSchema, nameSchema } from '../../../transport/validation/api-schemas.js';
import { IsCount, isName, IsName, MayBeLeftOut } from '../../../transport/validation/rules.js';
import { SLOW_CONSUMER_POLICIES, type SlowConsumerPolicy } from '../messaging.settings.js';
import { isPosition, POSITION_PATTERN } from '../messaging.position.js';

const MAX_HISTORY = 100_000;
const MAX_TTL_MS = 30 * 86_400_000;
const PATTERN = /^[A-Za-z0-9*?][A-Za-z0-9._:*?-]{0,127}$/;
/** Channels and patterns of one event stream. */
export const MAX_FOLLOWED = 100;
const CURSOR = /^[\w-]{1,12288}$/;

/** A name in which `*` stands for any characters and `?` for one. */
export const isPattern = (value: unknown): value is string =>
  typeof value === 'string' && PATTERN.test(value);

const PATTERN_MESSAGE = 'must be 1 to 128 of A-Z a-z 0-9 . _ : - and of the wildcards * and ?';

/** One text, or a list of them: a field of a query that was given once, or more often. */
const someOf = (check: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) ? value.length <= MAX_FOLLOWED && value.every(check) : check(value);

const IsSomeOf = (name: string, check: (value: unknown) => boolean, message: string) =>
  ValidateBy({ name, validator: { validate: someOf(check), defaultMessage: () => message } });

export class ChannelPath {
  /** Name of the channel. */
  @ApiProperty(nameSchema)
  @IsName()
  channel!: string;
}

export class ConfigureChannelBody {
  /** How many messages are kept, 0 for none; null for the default, 1,000. */
  @ApiProperty({ ...countSchema(0, MAX_HISTORY), nullable: true })
  @ValidateIf((_body, value) => value !== undefined && value !== null)
  @IsCount(0, MAX_HISTORY)
  historySize?: number | null;

  /** How long a message is kept, in ms; null for the default, 600,000. */
  @ApiProperty({ ...countSchema(1000, MAX_TTL_MS), nullable: true })
  @ValidateIf((_body, value) => value !== undefined && value !== null)
  @IsCount(1000, MAX_TTL_MS)
  historyTtlMs?: number | null;

  /**
   * What a subscriber gets that reads too slowly, once 1 MiB waits for it: the end of its connection (`disconnect`; null for
   * this default), the newest messages and a `gap` for the others (`drop-oldest`), or the newest message of each tag (`conflate`).
   */
  @ApiProperty({ enum: SLOW_CONSUMER_POLICIES, nullable: true })
  @ValidateIf((_body, value) => value !== undefined && value !== null)
  @IsIn(SLOW_CONSUMER_POLICIES, { message: `must be one of ${SLOW_CONSUMER_POLICIES.join(', ')}` })
  slowConsumer?: SlowConsumerPolicy | null;
}

export class ConfigureChannelMessage extends IntersectionType(ChannelPath, ConfigureChannelBody) {}

const positionSchema = { type: 'string', pattern: POSITION_PATTERN } as const;

export const IsPosition = () =>
  ValidateBy({
    name: 'isPosition',
    validator: { validate: isPosition, defaultMessage: () => 'must be the id of a message' },
  });

export class HistoryQuery extends ListQuery {
  /** Id of a message: only what came after it. */
  @ApiProperty(positionSchema)
  @MayBeLeftOut()
  @IsPosition()
  since?: string;

  /** Oldest first (`asc`, if left out) or newest first. */
  @MayBeLeftOut()
  @IsIn(['asc', 'desc'], { message: 'must be one of asc, desc' })
  order?: 'asc' | 'desc';
}

export class HistoryMessage extends IntersectionType(ChannelPath, HistoryQuery) {}

export class PresenceMessage extends IntersectionType(ChannelPath, ListQuery) {}

export class EventsQuery extends CredentialQuery {
  /** Names of channels, `channel` once for each; with the patterns at most 100, and 4,096 characters. */
  @ApiProperty({ type: 'array', items: nameSchema, maxItems: MAX_FOLLOWED })
  @MayBeLeftOut()
  @IsSomeOf('isNames', isName, 'must be names of channels')
  channel?: string | string[];

  /** Patterns of names, `*` for any characters and `?` for one: channels that there are and that there will be. */
  @ApiProperty({ type: 'array', items: { type: 'string', pattern: PATTERN.source }, maxItems: MAX_FOLLOWED })
  @MayBeLeftOut()
  @IsSomeOf('isPatterns', isPattern, PATTERN_MESSAGE)
  pattern?: string | string[];

  /** As `Last-Event-ID`, which goes before; for one channel also the id of a message. */
  @ApiProperty({ type: 'string', pattern: `${CURSOR.source}|${POSITION_PATTERN}` })
  @MayBeLeftOut()
  @ValidateBy({
    name: 'isSince',
    validator: {
      validate: (value: unknown) => isPosition(value) || isEventCursor(value),
      defaultMessage: () => 'must be the id of an event or of a message',
    },
  })
  since?: string;
}

export const isEventCursor = (value: unknown): value is string =>
  typeof value === 'string' && CURSOR.test(value);

export class SocketQuery extends CredentialQuery {}

export const IsPatternName = () => Matches(PATTERN, { message: PATTERN_MESSAGE });
