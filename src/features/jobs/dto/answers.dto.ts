import { ApiProperty } from '@nestjs/swagger';
import { identitySchema, instantSchema, wholeSchema } from '../../../transport/validation/api-schemas.js';
import { type JobState, type Kind, KINDS, STATES } from './job.dto.js';

export class JobAnswer {
  @ApiProperty(identitySchema)
  id!: string;
}

export class JobView {
  /** Of a run of a schedule, `<id of the schedule>:<instant in ms>`. */
  @ApiProperty(identitySchema)
  id!: string;
  @ApiProperty({ enum: KINDS })
  kind!: Kind;
  /** As it was given, with `[hidden]` for the values of headers. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  payload!: Readonly<Record<string, unknown>>;
  /** `scheduled`: it has a cron expression, and is done again and again until it is cancelled. */
  @ApiProperty({ enum: STATES })
  state!: JobState;
  /** How often it was tried; of a schedule, how often its time has come. */
  @ApiProperty(wholeSchema(0))
  attemptsMade!: number;
  /** How often it is tried at most. */
  @ApiProperty(wholeSchema(1))
  attempts!: number;
  @ApiProperty(wholeSchema(1))
  priority?: number;
  @ApiProperty(instantSchema)
  createdAt!: string;
  /** When it was put off to. */
  @ApiProperty(instantSchema)
  runAt?: string;
  /** When it is tried next, if that is known. */
  @ApiProperty(instantSchema)
  nextRunAt?: string;
  cron?: string;
  timeZone?: string;
  /** When it was done, or failed. */
  @ApiProperty(instantSchema)
  finishedAt?: string;
  /** Why the last attempt failed. */
  failure?: string;
  /** What came of it, if that is small: the status of an `http.request`, what a payload of the pipeline has become. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  result?: Record<string, unknown>;
}

export class JobPage {
  items!: JobView[];
  /** The cursor of the next page; null at the end. */
  @ApiProperty({ type: 'string', nullable: true })
  next!: string | null;
}
