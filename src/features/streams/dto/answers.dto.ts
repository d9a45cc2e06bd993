import { ApiProperty } from '@nestjs/swagger';
import {
  countSchema,
  documentSchema,
  instantSchema,
  wholeSchema,
} from '../../../transport/validation/api-schemas.js';

export class GroupSummary {
  group!: string;
  /** Entries that the group has not been given yet. */
  @ApiProperty(wholeSchema(0))
  lag!: number;
  /** Entries that were delivered and not acknowledged. */
  @ApiProperty(wholeSchema(0))
  pending!: number;
  @ApiProperty(wholeSchema(0))
  deadLetters!: number;
}

export class StreamView {
  stream!: string;
  /** Entries in the stream. */
  @ApiProperty(wholeSchema(0))
  length!: number;
  /** Id of the first entry; null if there is none. */
  firstId!: string | null;
  /** Id of the last entry ever appended; null if there was none. */
  lastId!: string | null;
  @ApiProperty({ ...wholeSchema(1), nullable: true })
  maxLength!: number | null;
  @ApiProperty({ ...wholeSchema(1), nullable: true })
  maxAgeMs!: number | null;
  @ApiProperty(instantSchema)
  createdAt!: string;
  schema!: Record<string, unknown> | null;
  /** The consumer groups, by name. */
  groups!: GroupSummary[];
}

export class StreamPage {
  items!: StreamView[];
  /** Cursor of the next page; null at the end. */
  next!: string | null;
}

export class AppendAnswer {
  id!: string;
}

export class AppendBatchAnswer {
  /** The ids, in the order of the request. */
  ids!: string[];
}

export class StreamEntry {
  id!: string;
  @ApiProperty(documentSchema)
  data!: unknown;
  key?: string;
  @ApiProperty(instantSchema)
  appendedAt!: string;
}

export class StreamEntryPage {
  /** Fewer than `limit` also if their data is more than 1 MiB together. */
  items!: StreamEntry[];
  /** Cursor of the next page; null at the end. */
  next!: string | null;
}

export class ConsumerView {
  consumer!: string;
  /** Time since it last asked for anything, in ms. */
  @ApiProperty(wholeSchema(0))
  idleMs!: number;
  /** Entries that it has. */
  @ApiProperty(wholeSchema(0))
  pending!: number;
}

export class GroupView extends GroupSummary {
  stream!: string;
  @ApiProperty(countSchema(1, 1000))
  maxDeliveries!: number;
  @ApiProperty(wholeSchema(100))
  visibilityTimeoutMs!: number;
  /** The last 1000 to have asked, newest first. */
  consumers!: ConsumerView[];
  @ApiProperty(instantSchema)
  createdAt!: string;
}

export class Delivery {
  id!: string;
  @ApiProperty(documentSchema)
  data!: unknown;
  key?: string;
  /** Which delivery of the entry this is, from 1. */
  @ApiProperty(wholeSchema(1))
  deliveries!: number;
  @ApiProperty(instantSchema)
  firstDeliveredAt!: string;
}

export class ReceiveAnswer {
  /** Empty if nothing came in time; fewer than `limit` also if their data is more than 1 MiB together. */
  entries!: Delivery[];
}

export class RefusedDelivery {
  id!: string;
  /** `not-pending`, `not-owner` (somebody else has it) or `expired`. */
  reason!: string;
}

export class AcknowledgeAnswer {
  /** How many were. */
  @ApiProperty(wholeSchema(0))
  acknowledged!: number;
  refused!: RefusedDelivery[];
}

export class GiveBackAnswer {
  /** How many were. */
  @ApiProperty(wholeSchema(0))
  returned!: number;
  refused!: RefusedDelivery[];
}

export class ExtendAnswer {
  /** How many were. */
  @ApiProperty(wholeSchema(0))
  extended!: number;
  refused!: RefusedDelivery[];
}

export class DeadLetterView {
  id!: string;
  /** Null, with the reason `trimmed`, if retention took the entry before it was given up. */
  @ApiProperty({ oneOf: documentSchema.oneOf })
  data!: unknown;
  key?: string;
  /** `visibility-timeout`, `given-back`, `trimmed`, what the consumer gave, or the code of an effect that was refused. */
  reason!: string;
  @ApiProperty(wholeSchema(0))
  deliveries!: number;
  @ApiProperty(instantSchema)
  deadAt!: string;
}

export class DeadLetterPage {
  /** Oldest first. */
  items!: DeadLetterView[];
  /** Cursor of the next page; null at the end. */
  next!: string | null;
}

export class RefusedReplay {
  id!: string;
  /** `no-dead-letter`, `trimmed` (there is no data) or `pending` (a consumer has the entry). */
  reason!: string;
}

export class ReplayAnswer {
  /** How many were put back. */
  @ApiProperty(wholeSchema(0))
  replayed!: number;
  refused!: RefusedReplay[];
}
