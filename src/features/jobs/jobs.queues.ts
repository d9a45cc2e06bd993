import { Injectable } from '@nestjs/common';
import { ErrorCode, type Job, type JobsOptions, Queue } from 'bullmq';
import { LRUCache } from 'lru-cache';
import type { RedisClient } from '../../redis/redis-client.js';
import { RedisGateway, type Repeatability } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { jobNotFailed, jobNotFound } from './jobs.errors.js';
import { candidates, storedId } from './jobs.ids.js';
import { JobsKeys, QUEUE } from './jobs.keys.js';
import { DOUBLING, schedulingSettings } from './jobs.pace.js';
import { type Gap, type Place, readListScript, readSetScript } from './jobs.scripts.js';
import { type RunOptions, type StoredJob, storedJob, type StoredSchedule } from './jobs.stored-job.js';

/** Queues that this process keeps open; each is a few objects on one connection. */
const OPEN_QUEUES = 1000;
/** Nobody reads BullMQ's events here; it writes them in any case. */
const KEPT_EVENTS = 100;

export type JobQueue = Queue<StoredJob>;
export type QueuedJob = Job<StoredJob>;

/** A job as it stands in the queue. */
export interface FoundJob {
  readonly job: QueuedJob;
  /** As BullMQ calls it. */
  readonly state: string;
  /** When a delayed job comes due, in ms. */
  readonly dueMs?: number;
}

/** The queue of each tenant, as requests use it: bounded in time, and never asked twice for what may not be done twice. */
@Injectable()
export class JobQueues {
  private readonly open = new LRUCache<string, JobQueue>({
    max: OPEN_QUEUES,
    // The connection is that of all requests, and stays.
    dispose: (queue) => void queue.close(),
  });

  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: JobsKeys,
  ) {}

  /**
   * Adds a job unless one of that id is there. @returns whether the job that is there now is this one
   * @param isNamed whether whoever asks again asks for the same id
   */
  async add(tenant: string, id: string, added: AddedJob, isNamed: boolean): Promise<boolean> {
    const { job, options } = added;
    const jobId = storedId(id);
    return await this.call(
      tenant,
      async (queue) => {
        const delay = Math.max(0, (job.runAt ?? job.createdAt) - job.createdAt);
        await queue.add(job.kind, job, { ...optionsOf(options), jobId, delay, timestamp: job.createdAt });
        if (!isNamed) return true;
        const standing = await queue.getJob(jobId);
        return standing === undefined || storedJob(standing.data).operation === job.operation;
      },
      // With an id that was made for this request, a second request is a second job; this one may still be sent again.
      { repeatable: isNamed, resend: true },
    );
  }

  /**
   * Has the runs of a schedule begin, unless they have; those of another one that had the id end.
   * @param isNamed as with `add`
   */
  async begin(tenant: string, id: string, schedule: StoredSchedule, isNamed: boolean): Promise<void> {
    const { job, cron, timeZone, options } = schedule;
    const schedulerId = storedId(id);
    await this.call(
      tenant,
      async (queue) => {
        const standing = await queue.getJobScheduler(schedulerId);
        if (standing?.template?.data?.operation === job.operation) return;
        if (standing !== undefined) await endRuns(queue, schedulerId);
        await queue.upsertJobScheduler(
          schedulerId,
          { pattern: cron, tz: timeZone },
          { name: job.kind, data: job, opts: optionsOf(options) },
        );
      },
      { repeatable: isNamed, resend: true },
    );
  }

  /** The next run of a schedule, and how many began; undefined if there is none. */
  async progress(tenant: string, id: string): Promise<{ nextMs?: number; runs: number } | undefined> {
    const found = await this.call(tenant, (queue) => queue.getJobScheduler(storedId(id)), {
      repeatable: true,
    });
    if (found === undefined) return undefined;
    return {
      // Made with the schedule, the first run is still to come.
      runs: Math.max(0, (found.iterationCount ?? 1) - 1),
      ...(typeof found.next === 'number' ? { nextMs: found.next } : {}),
    };
  }

  /** Ends the runs of a schedule, and takes away the next one if that has not begun. */
  async end(tenant: string, id: string): Promise<void> {
    await this.call(tenant, (queue) => endRuns(queue, storedId(id)), { repeatable: true });
  }

  /** Has a failed job tried anew. @throws AppError `jobs.not-failed` if it is not, or somebody else had it */
  async retry(tenant: string, id: string, job: QueuedJob): Promise<void> {
    await this.call(
      tenant,
      async () => {
        try {
          await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
        } catch (error) {
          if (codeOf(error) === ErrorCode.JobNotInState) throw jobNotFailed(id);
          if (codeOf(error) === ErrorCode.JobNotExist) throw jobNotFound(id);
          throw error;
        }
      },
      // Done a second time it would find that it was done.
      { repeatable: true, resend: false },
    );
  }

  /** Removes a job that does not run. */
  async remove(tenant: string, job: QueuedJob): Promise<Removal> {
    return await this.call(tenant, (queue) => removed(queue, job.id ?? ''), { repeatable: true });
  }

  /** The job, or the run of a schedule, that `id` stands for. */
  async find(tenant: string, id: string): Promise<FoundJob | undefined> {
    return await this.call(
      tenant,
      async (queue) => {
        for (const stored of candidates(id)) {
          const found = await lookAt(queue, stored);
          if (found !== undefined) return found;
        }
        return undefined;
      },
      { repeatable: true },
    );
  }

  /** What BullMQ has of `stored` ids, in their order; undefined for one that is gone. */
  async jobs(tenant: string, stored: readonly string[]): Promise<(QueuedJob | undefined)[]> {
    return await this.call(tenant, (queue) => Promise.all(stored.map((id) => queue.getJob(id))), {
      repeatable: true,
    });
  }

  /** Up to `limit` ids of a list, from a place in it; undefined if all the jobs that mark the place have left the list. */
  async readList(
    tenant: string,
    list: string,
    { depth, next, after }: Gap,
    limit: number,
  ): Promise<string[] | undefined> {
    return await this.scripts.run(readListScript, {
      keys: { jobs: this.keys.queue(tenant, list) },
      args: { limit, depth, next },
      rest: after,
      repeatable: true,
    });
  }

  /** Up to `limit` ids of a sorted set, after a place. */
  async readSet(
    tenant: string,
    set: { readonly name: string; readonly order: 'asc' | 'desc' },
    after: { readonly id: string; readonly score: string },
    limit: number,
  ): Promise<Place[]> {
    return await this.scripts.run(readSetScript, {
      keys: { jobs: this.keys.queue(tenant, set.name) },
      args: { ...after, limit, order: set.order },
      repeatable: true,
    });
  }

  /** Runs `work` on the tenant's queue, within `REDIS_TIMEOUT_MS`. @throws as `RedisGateway.execute` */
  async call<T>(
    tenant: string,
    work: (queue: JobQueue) => Promise<T>,
    repeatability: Repeatability,
  ): Promise<T> {
    return await this.gateway.execute((client) => work(this.of(tenant, client)), repeatability);
  }

  private of(tenant: string, connection: RedisClient): JobQueue {
    const known = this.open.get(tenant);
    if (known) return known;
    const queue: JobQueue = new Queue<StoredJob>(QUEUE, {
      connection,
      prefix: this.keys.prefix(tenant),
      settings: schedulingSettings,
      streams: { events: { maxLen: KEPT_EVENTS } },
      // The service has a floor of its own for Redis' version, which it looks at when it starts.
      skipVersionCheck: true,
    });
    // What goes wrong is told to whoever called, and by the connection.
    queue.on('error', () => undefined);
    this.open.set(tenant, queue);
    return queue;
  }
}

/** A job to add. */
export interface AddedJob {
  readonly job: StoredJob;
  readonly options: RunOptions;
}

/** What became of the wish to remove a job. */
export type Removal = 'removed' | 'active' | 'of-schedule';

async function removed(queue: JobQueue, stored: string): Promise<Removal> {
  try {
    return (await queue.remove(stored)) === 1 ? 'removed' : 'active';
  } catch (error) {
    if (codeOf(error) === ErrorCode.JobBelongsToJobScheduler) return 'of-schedule';
    throw error;
  }
}

async function endRuns(queue: JobQueue, schedulerId: string): Promise<void> {
  const next = (await queue.getJobScheduler(schedulerId))?.next;
  await queue.removeJobScheduler(schedulerId);
  // One that waits already. Of a schedule that was begun under the id meanwhile it stays.
  if (typeof next === 'number') await removed(queue, `repeat:${schedulerId}:${next}`);
}

/** How often a job is looked at that changes its state meanwhile. */
const LOOKS = 5;

/** A job and its state, which are two keys: as they were at one instant. */
async function lookAt(queue: JobQueue, stored: string): Promise<FoundJob | undefined> {
  for (let look = 1; ; look++) {
    // Sent together, and carried out in this order.
    const [before, job, state] = await Promise.all([
      queue.getJobState(stored),
      queue.getJob(stored),
      queue.getJobState(stored),
    ]);
    if (before !== state && look < LOOKS) continue;
    if (job === undefined || state === 'unknown') return undefined;
    if (state !== 'delayed') return { job, state };
    const client = await queue.getBackend().client;
    const score = await client.zscore(queue.toKey('delayed'), stored);
    return { job, state, ...(score === null ? {} : { dueMs: dueOf(Number(score)) }) };
  }
}

/** BullMQ keeps a counter in the last twelve bits of the instant. */
export function dueOf(score: number): number {
  return Math.floor(score / 4096);
}

/** By what number one of BullMQ's scripts refuses something. */
function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'code') : undefined;
}

function optionsOf({ attempts, backoff, priority }: RunOptions): JobsOptions {
  return {
    attempts,
    backoff: { type: backoff.type === 'fixed' ? 'fixed' : DOUBLING, delay: backoff.delayMs },
    ...(priority === undefined ? {} : { priority }),
    // A stack names files of this machine; the log has it.
    stackTraceLimit: 0,
  };
}
