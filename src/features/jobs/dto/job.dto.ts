import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsISO8601, Matches, ValidateBy } from 'class-validator';
import { ListQuery } from '../../../transport/pagination/list-query.dto.js';
import { countSchema, identitySchema } from '../../../transport/validation/api-schemas.js';
import { IsCount, IsIdentity, MayBeLeftOut } from '../../../transport/validation/rules.js';

export const KINDS = [
  'streams.append',
  'messaging.publish',
  'leaderboards.submit',
  'pipeline.process',
  'http.request',
] as const;
export type Kind = (typeof KINDS)[number];

export const STATES = ['scheduled', 'waiting', 'delayed', 'active', 'completed', 'failed'] as const;
export type JobState = (typeof STATES)[number];

export const BACKOFFS = ['fixed', 'exponential'] as const;

const DAY_MS = 86_400_000;
/** The farthest in the future that a job can be put. */
export const MAX_DELAY_MS = 400 * DAY_MS;
/** The longest pause between two attempts, however often they are doubled. */
export const MAX_BACKOFF_MS = DAY_MS;
export const MAX_ATTEMPTS = 100;
export const DEFAULT_ATTEMPTS = 5;
/** BullMQ's. */
const MAX_PRIORITY = 2_097_151;
const MAX_CRON = 128;
// eslint-disable-next-line security/detect-unsafe-regex -- no two quantifiers can take the same characters
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;

const IsObjectValue = () =>
  ValidateBy({
    name: 'isObjectValue',
    validator: {
      validate: (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value),
      defaultMessage: () => 'must be an object',
    },
  });

const IsLine = (max: number, what: string) =>
  ValidateBy({
    name: 'isLine',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && value !== '' && value.length <= max,
      defaultMessage: () => `must be ${what}`,
    },
  });

export class Backoff {
  /** `fixed`: always the same pause; `exponential`: twice the one before. */
  @ApiProperty({ enum: BACKOFFS })
  @IsIn(BACKOFFS, { message: `must be one of ${BACKOFFS.join(', ')}` })
  type!: (typeof BACKOFFS)[number];

  /** The first pause, in ms; none grows beyond a day. */
  @ApiProperty(countSchema(0, MAX_BACKOFF_MS))
  @IsCount(0, MAX_BACKOFF_MS)
  delayMs!: number;
}

export class CreateJobBody {
  /** What is done. It takes the permission of what it does, `http.request` takes `jobs:admin`. */
  @ApiProperty({ enum: KINDS })
  @IsIn(KINDS, { message: `must be one of ${KINDS.join(', ')}` })
  kind!: Kind;

  /**
   * What it is done with: `{stream, data, key?}`, `{channel, data, tags?}`, `{board, member, score, operator?, metadata?}`,
   * a payload of the pipeline `{id, …}`, or `{url, method?, headers?, body?, timeoutMs?}`.
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  @IsObjectValue()
  payload!: Record<string, unknown>;

  /** How long from now it is to be done, in ms. Excludes `runAt` and `cron`. */
  @ApiProperty(countSchema(0, MAX_DELAY_MS))
  @MayBeLeftOut()
  @IsCount(0, MAX_DELAY_MS)
  delayMs?: number;

  /** When it is to be done, at most 400 days from now; one that is over is now. Excludes `delayMs` and `cron`. */
  @ApiProperty({ format: 'date-time', pattern: INSTANT.source })
  @MayBeLeftOut()
  @Matches(INSTANT, { message: 'must be an ISO 8601 instant in UTC, such as 2030-01-31T12:00:00.000Z' })
  @IsISO8601({ strict: true }, { message: 'must be an instant that exists' })
  runAt?: string;

  /**
   * When it is to be done again and again: a cron expression of five fields, or of six that begins with the second. Excludes
   * `delayMs` and `runAt`.
   */
  @ApiPropertyOptional({ minLength: 1, maxLength: MAX_CRON })
  @MayBeLeftOut()
  @IsLine(MAX_CRON, 'a cron expression of five or six fields')
  cron?: string;

  /** IANA name of the time zone that `cron` is read in; UTC if left out. */
  @ApiPropertyOptional({ minLength: 1, maxLength: MAX_CRON })
  @MayBeLeftOut()
  @IsLine(MAX_CRON, 'the IANA name of a time zone')
  timeZone?: string;

  /** How often it is tried before it fails. That Redis was away, or a worker ended, counts for none. */
  @ApiProperty({ ...countSchema(1, MAX_ATTEMPTS), default: DEFAULT_ATTEMPTS })
  @MayBeLeftOut()
  @IsCount(1, MAX_ATTEMPTS)
  attempts?: number;

  /** The pause before the second attempt and between further ones; exponential from one second if left out. */
  @MayBeLeftOut()
  @IsObjectValue()
  backoff?: Backoff;

  /** Of jobs that wait, those without a priority come first, then those with the smallest. */
  @ApiProperty(countSchema(1, MAX_PRIORITY))
  @MayBeLeftOut()
  @IsCount(1, MAX_PRIORITY)
  priority?: number;

  /** Its id; made if left out. A job that has it already stays as it is, and no other is made. */
  @ApiProperty(identitySchema)
  @MayBeLeftOut()
  @IsIdentity()
  jobId?: string;
}

export class JobPath {
  /** The job's id, percent-encoded; that of a run of a schedule is `<id of the schedule>:<instant in ms>`. */
  @ApiProperty(identitySchema)
  @IsIdentity()
  id!: string;
}

export class ListJobsQuery extends ListQuery {
  /** In which state; all of them, one state after the other, if left out. */
  @ApiPropertyOptional({ enum: STATES })
  @MayBeLeftOut()
  @IsIn(STATES, { message: `must be one of ${STATES.join(', ')}` })
  state?: JobState;
}
