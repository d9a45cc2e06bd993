import { ApiExtraModels, ApiProperty, getSchemaPath, IntersectionType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray } from 'class-validator';
import { countSchema, identitySchema, nameSchema } from '../../../transport/validation/api-schemas.js';
import {
  IsCount,
  IsDistinct,
  IsIdentity,
  IsName,
  MayBeLeftOut,
} from '../../../transport/validation/rules.js';
import { ListQuery } from '../../../transport/pagination/list-query.dto.js';
import { idSchema, IsEntryId, startSchema, IsStart, StreamPath } from './stream.dto.js';

const DAY_MS = 86_400_000;
/** Longest time that a request waits for entries. */
const MAX_WAIT_MS = 20_000;
export const MAX_EFFECTS = 16;

export class GroupPath extends StreamPath {
  /** Name of the consumer group. */
  @ApiProperty(nameSchema)
  @IsName()
  group!: string;
}

export class ConfigureGroupBody {
  /** Where a new group begins: with the first entry (`begin`, if left out), with what comes next (`now`), or with the entry of an id. A group that stands keeps its place. */
  @ApiProperty(startSchema)
  @MayBeLeftOut()
  @IsStart()
  startAt?: string;

  /** How often an entry is delivered before it becomes a dead letter; 5 if never set. */
  @ApiProperty(countSchema(1, 1000))
  @MayBeLeftOut()
  @IsCount(1, 1000)
  maxDeliveries?: number;

  /** How long a consumer has for an entry before others may take it, in ms; 30,000 if never set. */
  @ApiProperty(countSchema(100, DAY_MS))
  @MayBeLeftOut()
  @IsCount(100, DAY_MS)
  visibilityTimeoutMs?: number;
}

export class ConfigureGroupMessage extends IntersectionType(GroupPath, ConfigureGroupBody) {}

export class ConsumerBody {
  /** Who asks; a process has a name of its own. */
  @ApiProperty(nameSchema)
  @IsName()
  consumer!: string;
}

export class ReceiveBody extends ConsumerBody {
  /** Most entries that are wanted; 100 if left out. */
  @ApiProperty({ ...countSchema(1, 1000), default: 100 })
  @MayBeLeftOut()
  @IsCount(1, 1000)
  limit?: number;

  /** How long to wait for an entry if there is none, in ms; 0 if left out. */
  @ApiProperty({ ...countSchema(0, MAX_WAIT_MS), default: 0 })
  @MayBeLeftOut()
  @IsCount(0, MAX_WAIT_MS)
  waitMs?: number;
}

export class ReceiveMessage extends IntersectionType(GroupPath, ReceiveBody) {}

export class DeliveriesBody extends ConsumerBody {
  /** 1 to 1000 ids. */
  @ApiProperty({ type: 'array', items: idSchema, uniqueItems: true })
  @IsEntryId({ each: true })
  @IsDistinct()
  @ArrayMaxSize(1000, { message: 'must have at most 1000 ids' })
  @ArrayMinSize(1, { message: 'must have at least 1 id' })
  @IsArray({ message: 'must be an array' })
  ids!: string[];
}

export class DeliveriesMessage extends IntersectionType(GroupPath, DeliveriesBody) {}

export class GiveBackBody extends DeliveriesBody {
  /** How long nobody gets them, in ms; 0 if left out. */
  @ApiProperty({ ...countSchema(0, DAY_MS), default: 0 })
  @MayBeLeftOut()
  @IsCount(0, DAY_MS)
  delayMs?: number;

  /** Why; shown with the dead letter if this was the last delivery. */
  @ApiProperty(identitySchema)
  @MayBeLeftOut()
  @IsIdentity()
  reason?: string;
}

export class GiveBackMessage extends IntersectionType(GroupPath, GiveBackBody) {}

export class CommitItem {
  @ApiProperty(idSchema)
  @IsEntryId()
  id!: string;

  /** Which delivery of the entry this is, as `receive` said. */
  @ApiProperty(countSchema(1, 1_000_000))
  @IsCount(1, 1_000_000)
  deliveries!: number;

  /**
   * What takes place if the acknowledgement does: at most 16, in order, each one of `{kind: 'leaderboards.submit', board, member,
   * score, operator?, metadata?}`, `{kind: 'streams.append', stream, data, key?}`, `{kind: 'messaging.publish', channel, data, tags?}`,
   * `{kind: 'pipeline.complete', id, result}`.
   */
  @ApiProperty({
    type: 'array',
    maxItems: MAX_EFFECTS,
    items: { type: 'object', additionalProperties: true },
  })
  @ArrayMaxSize(MAX_EFFECTS, { message: `must have at most ${MAX_EFFECTS} effects` })
  @IsArray({ message: 'must be an array' })
  effects!: unknown[];
}

@ApiExtraModels(CommitItem)
export class CommitBody extends ConsumerBody {
  /** 1 to 100 entries, each `{id, deliveries, effects}`. */
  @ApiProperty({ type: 'array', items: { $ref: getSchemaPath(CommitItem) } })
  @IsArray({ message: 'must be an array' })
  @ArrayMinSize(1, { message: 'must have at least 1 item' })
  @ArrayMaxSize(100, { message: 'must have at most 100 items' })
  items!: unknown[];
}

export class CommitMessage extends IntersectionType(GroupPath, CommitBody) {}

export class SeekBody {
  /** `begin`, `now`, or the id of the next entry that the group gets. */
  @ApiProperty(startSchema)
  @IsStart()
  to!: string;
}

export class SeekMessage extends IntersectionType(GroupPath, SeekBody) {}

export class ReplayBody {
  /** Which dead letters; the oldest 1000 if left out. */
  @ApiProperty({ type: 'array', items: idSchema, uniqueItems: true })
  @MayBeLeftOut()
  @IsEntryId({ each: true })
  @IsDistinct()
  @ArrayMaxSize(1000, { message: 'must have at most 1000 ids' })
  @ArrayMinSize(1, { message: 'must have at least 1 id' })
  @IsArray({ message: 'must be an array' })
  ids?: string[];
}

export class ReplayMessage extends IntersectionType(GroupPath, ReplayBody) {}
export class DeadLettersMessage extends IntersectionType(GroupPath, ListQuery) {}
