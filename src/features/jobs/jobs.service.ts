import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { followUp } from '../../redis/follow-up.js';
import { Operation } from '../../telemetry/operation.js';
import { Idempotency, type IdempotentOperation } from '../../transport/idempotency/idempotency.js';
import type { JobAnswer, JobView } from './dto/answers.dto.js';
import type { CreateJobBody, JobPath } from './dto/job.dto.js';
import { jobEndpoints } from './jobs.endpoints.js';
import { jobActive, jobNotFailed, jobNotFound, jobOfSchedule } from './jobs.errors.js';
import { JobKinds } from './jobs.kinds.js';
import { type Plan, planOf } from './jobs.plan.js';
import { type FoundJob, JobQueues } from './jobs.queues.js';
import { JobRecords, type Pinned, recordOf } from './jobs.records.js';
import { JobSchedules } from './jobs.schedules.js';
import { type StoredJob, storedJob, type StoredSchedule } from './jobs.stored-job.js';
import { operationOf } from './jobs.tick.js';
import { scheduleView, stateOf, viewOf } from './jobs.views.js';

/** Creates jobs, and looks after them; workers run them. */
@Injectable()
export class JobsService {
  constructor(
    private readonly kinds: JobKinds,
    private readonly queues: JobQueues,
    private readonly records: JobRecords,
    private readonly schedules: JobSchedules,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * Creates a job, unless there is one of that id.
   * @throws AppError `request.invalid`, and `access.forbidden` if the caller may not do what the job does
   */
  @Operation(jobEndpoints.create.name)
  async create(caller: Caller, body: CreateJobBody): Promise<JobAnswer> {
    const { tenant } = caller;
    const createdAt = Date.now();
    const plan = planOf(body, createdAt);
    const operation = randomUUID();
    const checked = this.kinds.check(caller, body.kind, body.payload, operation);
    const keyed = await this.idempotency.open(caller, jobEndpoints.create.name, body);
    const pinned = await this.pin(tenant, body.jobId ?? randomUUID(), keyed);
    if (pinned.isMade) {
      caller.replayed = true;
      return { id: pinned.id };
    }
    const job: StoredJob = {
      kind: body.kind,
      ...checked,
      operation,
      createdAt,
      ...(plan.runAt === undefined ? {} : { runAt: plan.runAt }),
      ...(keyed === undefined ? {} : { keyed: recordOf(keyed) }),
    };
    const isNamed = body.jobId !== undefined || keyed !== undefined;
    await this.records.register(tenant);
    const isNew = await this.add(tenant, pinned.id, { job, plan, isNamed });
    if (keyed !== undefined) {
      if (!isNew && pinned.stood) caller.replayed = true;
      await followUp('jobs.create', () => this.records.made(tenant, recordOf(keyed), pinned.id));
    }
    return { id: pinned.id };
  }

  /** @throws AppError `jobs.job-not-found` */
  @Operation(jobEndpoints.get.name)
  async get({ tenant }: Caller, { id }: JobPath): Promise<JobView> {
    const schedule = await this.records.schedule(tenant, id);
    if (schedule !== undefined) {
      return scheduleView(id, schedule, (await this.queues.progress(tenant, id)) ?? { runs: 0 });
    }
    const { job, state, dueMs } = await this.found(tenant, id);
    return viewOf(job, stateOf(state), dueMs);
  }

  /**
   * Has a failed job tried again, all its attempts from the first.
   * @throws AppError `jobs.job-not-found`, `jobs.not-failed`, and as `create` if the caller may not do what the job does
   */
  @Operation(jobEndpoints.retry.name)
  async retry(caller: Caller, { id }: JobPath): Promise<JobAnswer> {
    const { tenant } = caller;
    const keyed = await this.idempotency.open(caller, jobEndpoints.retry.name, { id });
    if ((await this.records.schedule(tenant, id)) !== undefined) throw jobNotFailed(id);
    const { job, state } = await this.found(tenant, id);
    const { kind, payload } = storedJob(job.data);
    this.kinds.check(caller, kind, payload, '');
    // Which failure a keyed request is about: one that came later was retried by nobody yet.
    const failure = String(job.finishedOn ?? 0);
    const isLater = (pinned: string | undefined) =>
      pinned !== undefined && (state !== 'failed' || pinned !== failure);
    if (isLater(keyed && (await this.records.pinned(tenant, recordOf(keyed))))) {
      caller.replayed = true;
      return { id };
    }
    if (state !== 'failed') throw jobNotFailed(id);
    await this.pin(tenant, failure, keyed);
    await this.queues.retry(tenant, id, job);
    return { id };
  }

  /**
   * Removes a job, or ends a schedule with its next run. A run that has begun goes on.
   * @throws AppError `jobs.job-not-found`, `jobs.active`, `jobs.of-schedule`
   */
  @Operation(jobEndpoints.cancel.name)
  async cancel({ tenant }: Caller, { id }: JobPath): Promise<void> {
    const schedule = await this.records.schedule(tenant, id);
    if (schedule !== undefined) {
      await this.noteMade(tenant, id, schedule.job);
      await this.schedules.end(tenant, id);
      return;
    }
    const found = await this.queues.find(tenant, id);
    if (found === undefined) {
      // A cancel that ended before its work did has left runs, which end with this one.
      if (await this.schedules.endRemnant(tenant, id)) return;
      throw jobNotFound(id);
    }
    const { job, state } = found;
    if (state === 'active') throw jobActive(id);
    const stored = storedJob(job.data);
    await this.noteMade(tenant, id, stored);
    const outcome = await this.queues.remove(tenant, job);
    if (outcome === 'of-schedule') throw jobOfSchedule(id);
    if (outcome === 'active') throw jobActive(id);
    // An attempt of which nobody heard may have left a record.
    await followUp('jobs.cancel', () => this.kinds.settle(tenant, stored, operationOf(job)));
  }

  /** The id that a request's job has: of a keyed request the one that it had the first time. */
  private async pin(tenant: string, id: string, keyed: IdempotentOperation | undefined): Promise<Pinned> {
    if (keyed === undefined) return { id, isMade: false, stood: false };
    return await this.records.pin(tenant, recordOf(keyed), id, keyed.ttlMs);
  }

  /** Whether what has the id now is this job. */
  private async add(
    tenant: string,
    id: string,
    { job, plan, isNamed }: { readonly job: StoredJob; readonly plan: Plan; readonly isNamed: boolean },
  ): Promise<boolean> {
    const { schedule, options } = plan;
    if (schedule === undefined) {
      if (isNamed && (await this.records.schedule(tenant, id)) !== undefined) return false;
      return await this.queues.add(tenant, id, { job, options }, isNamed);
    }
    if (isNamed && (await this.queues.find(tenant, id)) !== undefined) return false;
    const mine: StoredSchedule = { job, ...schedule, options };
    const standing = await this.schedules.create(tenant, id, mine, isNamed);
    return standing.job.operation === job.operation;
  }

  /** @throws AppError `jobs.job-not-found` */
  private async found(tenant: string, id: string): Promise<FoundJob> {
    const found = await this.queues.find(tenant, id);
    if (found === undefined) throw jobNotFound(id);
    return found;
  }

  private async noteMade(tenant: string, id: string, { keyed }: StoredJob): Promise<void> {
    if (keyed !== undefined) await this.records.made(tenant, keyed, id);
  }
}
