import { ApiProperty } from '@nestjs/swagger';
import { countSchema, instantSchema, wholeSchema } from '../../../transport/validation/api-schemas.js';
import type { Operator, Order, Ties } from '../leaderboards.board-info.js';

export class SeasonState {
  /** Number of the season as text, from 1. */
  id!: string;
  @ApiProperty(instantSchema)
  startedAt!: string;
  /** When the season ends by itself; null if never. */
  @ApiProperty({ ...instantSchema, nullable: true })
  endsAt!: string | null;
}

export class BoardReset {
  /** Cron expression of five or six fields. */
  cron!: string;
  /** IANA name of the time zone in which the expression holds. */
  timeZone!: string;
}

export class BoardView {
  board!: string;
  order!: Order;
  operator!: Operator;
  ties!: Ties;
  denseRanks!: boolean;
  /** When seasons end by themselves; null for never. */
  reset!: BoardReset | null;
  @ApiProperty(countSchema(0, 1000))
  keepSeasons!: number;
  /** Only the best so many entries are kept; null for all. */
  @ApiProperty({ ...wholeSchema(1), nullable: true })
  capacity!: number | null;
  /** Entries of the live season. */
  @ApiProperty(wholeSchema(0))
  total!: number;
  season!: SeasonState;
}

export class BoardPage {
  items!: BoardView[];
  /** Cursor of the next page; null at the end. */
  next!: string | null;
}

export class SubmissionAnswer {
  member!: string;
  /** The score as it stands now; the submitted one if the entry did not fit into the capacity. */
  score!: number;
  /** Ordinal rank from 1; null if the entry did not fit into the board's capacity. */
  @ApiProperty({ ...wholeSchema(1), nullable: true })
  rank!: number | null;
  previousScore!: number | null;
  @ApiProperty({ ...wholeSchema(1), nullable: true })
  previousRank!: number | null;
  /** Whether the entry is new or its score another. */
  changed!: boolean;
}

export class BadField {
  /** JSON pointer (RFC 6901) into the submission. */
  pointer!: string;
  detail!: string;
}

export class BatchResult {
  /** 200, or the status that the submission alone would have had. */
  @ApiProperty({ type: 'integer' })
  status!: number;
  member?: string;
  score?: number;
  @ApiProperty({ ...wholeSchema(1), nullable: true })
  rank?: number | null;
  previousScore?: number | null;
  @ApiProperty({ ...wholeSchema(1), nullable: true })
  previousRank?: number | null;
  changed?: boolean;
  /** Of a refused submission: what a problem document says. */
  code?: string;
  detail?: string;
  /** The first ten bad fields. */
  errors?: BadField[];
}

export class BatchAnswer {
  /** One result a submission, in the order of the request. */
  results!: BatchResult[];
}

export class EntryRow {
  member!: string;
  score!: number;
  @ApiProperty(wholeSchema(1))
  rank!: number;
  metadata?: Record<string, unknown>;
}

export class EntryPage {
  items!: EntryRow[];
  /** Cursor of the next page; null at the end. */
  next!: string | null;
  /** Entries on the whole board. */
  @ApiProperty(wholeSchema(0))
  total!: number;
}

export class EntryWindow {
  items!: EntryRow[];
  @ApiProperty(wholeSchema(0))
  total!: number;
}

export class EntryView {
  member!: string;
  score!: number;
  @ApiProperty(wholeSchema(1))
  rank!: number;
  /** Percentage of the entries whose score is the same or worse: 100 for the best. */
  @ApiProperty({ minimum: 0, maximum: 100 })
  percentile!: number;
  metadata!: Record<string, unknown> | null;
  /** When the member reached this score; null on boards with ties by member, which keep no arrivals. */
  @ApiProperty({ ...instantSchema, nullable: true })
  updatedAt!: string | null;
}

export class LookupAnswer {
  /** The entries found, by rank. */
  items!: EntryRow[];
  /** Members without an entry. */
  missing!: string[];
}

export class SeasonView {
  id!: string;
  @ApiProperty(instantSchema)
  startedAt!: string;
  @ApiProperty(instantSchema)
  endedAt!: string;
  /** Entries that the season closed with, less those deleted since. */
  @ApiProperty(wholeSchema(0))
  total!: number;
}

export class SeasonPage {
  items!: SeasonView[];
  /** Cursor of the next page; null at the end. */
  next!: string | null;
}
