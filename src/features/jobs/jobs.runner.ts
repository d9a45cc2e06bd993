import { Inject, Injectable } from '@nestjs/common';
import { DelayedError, UnrecoverableError } from 'bullmq';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { AppError } from '../../errors/app-error.js';
import { log } from '../../telemetry/log.js';
import { jobRuns } from '../../telemetry/metrics.js';
import { AttemptFailedError, PostponedError } from './jobs.failures.js';
import { shownId, tickOf } from './jobs.ids.js';
import { JobKinds } from './jobs.kinds.js';
import { allPausesMs, backoffOf } from './jobs.pace.js';
import type { QueuedJob } from './jobs.queues.js';
import { JobRecords } from './jobs.records.js';
import { JobSchedules } from './jobs.schedules.js';
import { type StoredJob, storedJob } from './jobs.stored-job.js';
import { operationOf } from './jobs.tick.js';
import { keptResult } from './jobs.views.js';

/** Longer than anybody can be late with the end of a job. */
const MARGIN_MS = 86_400_000;

/** What a worker does with a job that it has: the job's work once, and then what BullMQ is to make of how that went. */
@Injectable()
export class JobRunner {
  constructor(
    private readonly kinds: JobKinds,
    private readonly records: JobRecords,
    private readonly schedules: JobSchedules,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Does what the job is for; its result, if it is small.
   * @throws DelayedError if it was put off, UnrecoverableError if it failed for good, another Error for one attempt
   */
  async run(tenant: string, job: QueuedJob, token: string, signal: AbortSignal): Promise<unknown> {
    const stored = storedJob(job.data);
    try {
      await this.prepare(tenant, job, stored);
      const result = await this.kinds.run({
        tenant,
        job: stored,
        operationId: operationOf(job),
        rememberMs: this.rememberMs(job),
        signal,
      });
      return keptResult(result) ?? null;
    } catch (error) {
      throw await this.outcome(tenant, job, token, stored, error);
    }
  }

  /** After the end, which nobody turns back: the record of the effect may go. */
  async settle(tenant: string, job: QueuedJob): Promise<void> {
    const stored = storedJob(job.data);
    jobRuns.inc({ kind: stored.kind, outcome: 'completed' });
    await this.kinds.settle(tenant, stored, operationOf(job));
  }

  private async prepare(tenant: string, job: QueuedJob, stored: StoredJob): Promise<void> {
    const id = shownId(job.repeatJobKey ?? job.id ?? '');
    // Now it was created, whatever its creator heard; when it is done it may be gone before that one asks again.
    if (stored.keyed !== undefined) await this.records.made(tenant, stored.keyed, id);
    if (tickOf(job.id ?? '') === undefined) return;
    const schedule = await this.records.schedule(tenant, id);
    if (schedule?.job.operation !== stored.operation) {
      // Whoever cancelled it may have ended before its runs did: this one is the last.
      await this.schedules.mend(tenant, id);
      throw new AttemptFailedError('the schedule was cancelled', true);
    }
  }

  /** Until the last time that somebody may have the failed job tried again. */
  private rememberMs({ opts }: QueuedJob): number {
    const pauses = allPausesMs(backoffOf(opts), opts.attempts ?? 1);
    return pauses + this.settings.JOBS_KEEP_FAILED_MS + MARGIN_MS;
  }

  private async outcome(
    tenant: string,
    job: QueuedJob,
    token: string,
    { kind }: StoredJob,
    error: unknown,
  ): Promise<Error> {
    const line = { tenant, kind, id: shownId(job.id ?? '') };
    const postponed = postponedBy(error);
    if (postponed !== undefined) {
      log.warn(
        { event: 'jobs.postponed', ...line, reason: postponed.reason },
        'a job waits for what it needs',
      );
      await job.moveToDelayed(Date.now() + postponed.delayMs, token);
      jobRuns.inc({ kind, outcome: 'postponed' });
      return new DelayedError();
    }
    const failure =
      error instanceof AttemptFailedError
        ? error
        : new AttemptFailedError('service.internal: An unexpected error occurred', false, error);
    const isLast = failure.isFinal || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
    jobRuns.inc({ kind, outcome: isLast ? 'failed' : 'retried' });
    log.warn(
      {
        event: isLast ? 'jobs.failed' : 'jobs.attempt-failed',
        ...line,
        attempt: job.attemptsMade + 1,
        reason: failure.message,
        ...(failure.cause === undefined || failure.cause instanceof AppError ? {} : { err: failure.cause }),
      },
      isLast ? 'a job failed' : 'an attempt of a job failed',
    );
    return failure.isFinal ? new UnrecoverableError(failure.message) : failure;
  }
}

/** Also what keeps the records of jobs from being read. */
function postponedBy(error: unknown): PostponedError | undefined {
  if (error instanceof PostponedError) return error;
  if (error instanceof AppError && error.kind === 'unavailable') return new PostponedError(error.code, 1000);
  return undefined;
}
