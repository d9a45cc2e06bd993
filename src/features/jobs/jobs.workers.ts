import { setMaxListeners } from 'node:events';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { JobConnections } from '../../redis/job-connections.js';
import { RecurringWork } from '../../redis/recurring-work.js';
import { log } from '../../telemetry/log.js';
import { queuedJobs } from '../../telemetry/metrics.js';
import { MaintenanceWorkers } from './jobs.maintenance.js';
import { JobsKeys, QUEUE } from './jobs.keys.js';
import { schedulingSettings } from './jobs.pace.js';
import { JobQueues, type QueuedJob } from './jobs.queues.js';
import { JobRecords } from './jobs.records.js';
import { JobRunner } from './jobs.runner.js';
import { underFirstOf } from './jobs.signals.js';
import type { StoredJob } from './jobs.stored-job.js';
import { closeWorkers, JobWorker } from './jobs.worker.js';

/** Between two looks for tenants that create their first job. */
const LOOK_MS = 1000;
/** Between two looks for jobs that ended too long ago, and at how many there are of each state. */
const TIDY_MS = 15_000;
/** Jobs of one tenant that a process runs at the same time: they wait for Redis or for other hosts. */
const CONCURRENCY = 20;
/**
 * How long a job is left to a process that is gone, renewed every two seconds: a process, or a Redis, that stands still for
 * five seconds keeps its jobs, and those of one that was killed are taken over within twelve.
 */
const LOCK_MS = 8000;
const RENEW_MS = 2000;
const LOOK_FOR_STALLED_MS = 4000;
/** Processes that may end while they run one job before it is blamed for that. */
const MAX_STALLS = 100;
/** Jobs of a state that are kept at the most, however many end. */
const KEPT_JOBS = 100_000;
const TIDIED_AT_ONCE = 1000;
/** Before a worker that lost Redis asks again. */
const RETRY_MS = 1000;
const STATES = ['waiting', 'prioritized', 'delayed', 'active', 'failed', 'completed'] as const;

/** Runs jobs in every process whose ROLE is `worker` or `all`, of each tenant on a worker of its own: none waits for another's. */
@Injectable()
export class JobWorkers implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly workers = new Map<string, JobWorker<StoredJob>>();
  private readonly settling = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly begun = new Set<string>();
  private isStopping = false;
  private closing: Promise<unknown> | undefined;
  private readonly looks = new RecurringWork('jobs.workers.late', LOOK_MS, () => this.look());
  private readonly tidying = new RecurringWork('jobs.tidying.late', TIDY_MS, () => this.tidy());

  constructor(
    private readonly runner: JobRunner,
    private readonly records: JobRecords,
    private readonly queues: JobQueues,
    private readonly maintenance: MaintenanceWorkers,
    private readonly connections: JobConnections,
    private readonly keys: JobsKeys,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    // One for each job that runs, which is no leak.
    setMaxListeners(0, this.stopping.signal);
  }

  onApplicationBootstrap(): void {
    if (this.settings.ROLE === 'api') return;
    this.records.onRegistered((tenant) => this.begin(tenant));
    this.looks.start();
    this.tidying.start();
  }

  /** Takes no more from now on. Requests that run are not kept waiting for jobs that do, nor for a Redis that is away. */
  onModuleDestroy(): void {
    this.isStopping = true;
    const graceMs = this.settings.SHUTDOWN_GRACE_MS;
    const settled = () => Promise.all(this.settling);
    this.closing = Promise.all([
      closeWorkers([...this.workers.values()], graceMs, settled),
      this.maintenance.close(graceMs),
      this.looks.stop(),
      this.tidying.stop(),
    ]);
  }

  /** What runs is finished, for SHUTDOWN_GRACE_MS at the most; what is not, another process takes over. */
  async onApplicationShutdown(): Promise<void> {
    await this.closing;
    // Before the rest is aborted: what ends because of that is no failed attempt.
    this.connections.close();
    this.stopping.abort(new Error('the service stops'));
    await Promise.all([...this.workers.values()].map((worker) => worker.abandon()));
    await this.maintenance.abandon();
  }

  private async look(): Promise<void> {
    const tenants = new Set(await this.records.tenants());
    for (const tenant of tenants) this.begin(tenant);
    for (const [tenant, worker] of this.workers) {
      if (tenants.has(tenant) || this.begun.has(tenant)) continue;
      this.workers.delete(tenant);
      await worker.close();
    }
    this.begun.clear();
  }

  private begin(tenant: string): void {
    if (this.workers.has(tenant) || this.isStopping) return;
    this.workers.set(tenant, this.start(tenant));
    // A look that began before does not know of it.
    this.begun.add(tenant);
  }

  private start(tenant: string): JobWorker<StoredJob> {
    const worker = new JobWorker<StoredJob>(
      QUEUE,
      (job, token, signal) => this.run(tenant, job, token, signal),
      {
        connection: this.connections.worker(),
        prefix: this.keys.prefix(tenant),
        settings: schedulingSettings,
        concurrency: CONCURRENCY,
        lockDuration: LOCK_MS,
        lockRenewTime: RENEW_MS,
        stalledInterval: LOOK_FOR_STALLED_MS,
        maxStalledCount: MAX_STALLS,
        runRetryDelay: RETRY_MS,
        removeOnComplete: kept(this.settings.JOBS_KEEP_COMPLETED_MS),
        removeOnFail: kept(this.settings.JOBS_KEEP_FAILED_MS),
      },
    );
    worker.on('error', (error) => {
      log.warn({ event: 'jobs.worker.error', tenant, err: error }, 'a worker of jobs goes on');
    });
    worker.on('stalled', () => {
      log.warn({ event: 'jobs.stalled', tenant }, 'a job of a process that is gone is run again');
    });
    worker.on('completed', (job) => this.settle(tenant, job));
    return worker;
  }

  private async run(
    tenant: string,
    job: QueuedJob,
    token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const signals = [this.stopping.signal, ...(signal === undefined ? [] : [signal])];
    return await underFirstOf(signals, (first) => this.runner.run(tenant, job, token ?? '', first));
  }

  /** Nobody waits for it, save the end of the process; what a crash leaves of it expires by itself. */
  private settle(tenant: string, job: QueuedJob): void {
    const settled = this.runner
      .settle(tenant, job)
      .catch((error: unknown) => {
        log.debug({ event: 'jobs.settle.failure', tenant, err: error }, 'a record expires later');
      })
      .finally(() => this.settling.delete(settled));
    this.settling.add(settled);
  }

  /** BullMQ removes what ended too long ago when another job ends; a tenant without one is looked at here. */
  private async tidy(): Promise<void> {
    const { JOBS_KEEP_COMPLETED_MS, JOBS_KEEP_FAILED_MS } = this.settings;
    const sums = new Map<string, number>();
    for (const tenant of this.workers.keys()) {
      const counts = await this.queues.call(
        tenant,
        async (queue) => {
          await queue.clean(JOBS_KEEP_COMPLETED_MS, TIDIED_AT_ONCE, 'completed');
          await queue.clean(JOBS_KEEP_FAILED_MS, TIDIED_AT_ONCE, 'failed');
          return await queue.getJobCounts(...STATES);
        },
        { repeatable: true },
      );
      for (const [state, count] of Object.entries(counts)) sums.set(state, (sums.get(state) ?? 0) + count);
      const isIdle = Object.values(counts).every((count) => count === 0);
      if (isIdle && (await this.records.schedules(tenant)) === 0) await this.records.retire(tenant);
    }
    for (const state of STATES) queuedJobs.set({ state }, sums.get(state) ?? 0);
  }
}

function kept(ageMs: number): { readonly age: number; readonly count: number } {
  return { age: ageMs / 1000, count: KEPT_JOBS };
}
