import type { FieldError } from '../../errors/app-error.js';
import { isTimeZone, occurs } from '../../transport/schedules/cron.js';
import { invalid, validated, within } from '../../transport/validation/validate.js';
import { Backoff, type CreateJobBody, DEFAULT_ATTEMPTS, MAX_DELAY_MS } from './dto/job.dto.js';
import type { RunOptions } from './jobs.stored-job.js';

/** A run of a schedule is called like it, and then its instant: together they have to be an identity too. */
const MAX_SCHEDULE_ID_BYTES = 240;
const DEFAULT_BACKOFF = { type: 'exponential', delayMs: 1000 } as const;

/** When a job is run: as soon as it can be, at an instant, or again and again. */
export interface Plan {
  readonly runAt?: number;
  readonly schedule?: { readonly cron: string; readonly timeZone: string };
  readonly options: RunOptions;
}

/** What the fields of a request say about time, as far as they go together. @throws AppError `request.invalid` */
export function planOf(body: CreateJobBody, nowMs: number): Plan {
  const errors = [...exclusions(body), ...instants(body, nowMs), ...schedules(body)];
  if (errors.length > 0) throw invalid(errors);
  const options = optionsOf(body);
  if (body.cron !== undefined) {
    return { schedule: { cron: body.cron, timeZone: body.timeZone ?? 'UTC' }, options };
  }
  const runAt = body.runAt === undefined ? undefined : Math.max(nowMs, Date.parse(body.runAt));
  const later = body.delayMs === undefined ? runAt : nowMs + body.delayMs;
  return later === undefined ? { options } : { runAt: later, options };
}

function exclusions(body: CreateJobBody): FieldError[] {
  const given = (['delayMs', 'runAt', 'cron'] as const).filter((field) => body[field] !== undefined);
  return given
    .slice(1)
    .map((field) => ({ pointer: `/${field}`, detail: `must be left out with ${given[0] ?? ''}` }));
}

function instants({ runAt }: CreateJobBody, nowMs: number): FieldError[] {
  if (runAt === undefined || Date.parse(runAt) - nowMs <= MAX_DELAY_MS) return [];
  return [{ pointer: '/runAt', detail: 'must be at most 400 days from now' }];
}

function schedules({ cron, timeZone, jobId }: CreateJobBody): FieldError[] {
  if (cron === undefined) {
    return timeZone === undefined ? [] : [{ pointer: '/timeZone', detail: 'must be left out without cron' }];
  }
  const errors: FieldError[] = [];
  const isZone = timeZone === undefined || isTimeZone(timeZone);
  if (!isZone) errors.push({ pointer: '/timeZone', detail: 'must be the IANA name of a time zone' });
  if (!occurs({ cron, timeZone: (isZone ? timeZone : undefined) ?? 'UTC' })) {
    errors.push({
      pointer: '/cron',
      detail: 'must be a cron expression of five or six fields that has an occurrence',
    });
  }
  if (jobId !== undefined && Buffer.byteLength(jobId) > MAX_SCHEDULE_ID_BYTES) {
    errors.push({
      pointer: '/jobId',
      detail: `must be at most ${MAX_SCHEDULE_ID_BYTES} bytes with cron`,
    });
  }
  return errors;
}

function optionsOf({ attempts = DEFAULT_ATTEMPTS, backoff, priority }: CreateJobBody): RunOptions {
  const { type, delayMs } =
    backoff === undefined ? DEFAULT_BACKOFF : within('/backoff', () => validated(Backoff, backoff));
  return { attempts, backoff: { type, delayMs }, ...(priority === undefined ? {} : { priority }) };
}
