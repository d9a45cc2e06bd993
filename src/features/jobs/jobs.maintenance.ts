import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Queue } from 'bullmq';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { type Chore, type Crew, Maintenance } from '../../effects/maintenance.js';
import { JobConnections } from '../../redis/job-connections.js';
import { RecurringWork } from '../../redis/recurring-work.js';
import type { RedisClient } from '../../redis/redis-client.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { log } from '../../telemetry/log.js';
import { JobsKeys } from './jobs.keys.js';
import { closeWorkers, JobWorker } from './jobs.worker.js';

/** Between two looks whether every chore has its schedule: a Redis that came back without its data has none. */
const LOOK_MS = 10_000;
/** Chores at the same time in one process: none waits for one that takes long. */
const CONCURRENCY = 10;
/** As with jobs: a chore of a process that was killed is done by another within twelve seconds. */
const LOCK_MS = 8000;
const RENEW_MS = 2000;
const LOOK_FOR_STALLED_MS = 4000;
const RETRY_MS = 1000;
const KEPT_EVENTS = 100;

/**
 * Has the chores of the fleet done, each at its interval by one process, through a queue of the system's own for each crew. What
 * is late because a process ended in it comes some seconds later; what fails waits for the next time.
 */
@Injectable()
export class MaintenanceWorkers implements OnApplicationBootstrap {
  private readonly workers = new Map<Crew, JobWorker<unknown>>();
  private readonly queues = new Map<Crew, Queue>();
  private readonly looks = new RecurringWork('jobs.maintenance.late', LOOK_MS, () => this.schedule());
  private isStopping = false;

  constructor(
    private readonly maintenance: Maintenance,
    private readonly gateway: RedisGateway,
    private readonly connections: JobConnections,
    private readonly keys: JobsKeys,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.ROLE !== 'api') this.maintenance.join('workers');
    this.maintenance.onJoined(() => this.begin());
    this.begin();
    this.looks.start();
  }

  /** Takes no more, and finishes what runs, for `graceMs` at the most; what is not finished another process does again. */
  async close(graceMs: number): Promise<void> {
    this.isStopping = true;
    await Promise.all([closeWorkers([...this.workers.values()], graceMs), this.looks.stop()]);
  }

  /** Ends what would keep the process alive. */
  async abandon(): Promise<void> {
    await Promise.all([...this.workers.values()].map((worker) => worker.abandon()));
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
  }

  private begin(): void {
    for (const crew of this.maintenance.crews()) {
      if (this.isStopping || this.workers.has(crew)) continue;
      this.workers.set(crew, this.start(crew));
    }
    this.schedule().catch((error: unknown) => {
      log.warn({ event: 'jobs.maintenance.late', err: error }, 'chores are scheduled later');
    });
  }

  private start(crew: Crew): JobWorker<unknown> {
    const worker = new JobWorker<unknown>(crew, ({ name }) => this.do(name), {
      connection: this.connections.worker(),
      prefix: this.keys.maintenance(),
      concurrency: CONCURRENCY,
      lockDuration: LOCK_MS,
      lockRenewTime: RENEW_MS,
      stalledInterval: LOOK_FOR_STALLED_MS,
      runRetryDelay: RETRY_MS,
    });
    worker.on('error', (error) => {
      log.warn({ event: 'jobs.worker.error', crew, err: error }, 'a worker of maintenance goes on');
    });
    return worker;
  }

  private async do(name: string): Promise<void> {
    // Of another version of the service, maybe.
    const chore = this.maintenance.find(name);
    try {
      await chore?.work();
    } catch (error) {
      log.warn({ event: `${name}.late`, err: error }, 'the rest waits for the next time');
    }
  }

  private async schedule(): Promise<void> {
    for (const crew of this.maintenance.crews()) {
      for (const chore of this.maintenance.of(crew)) {
        await this.gateway.execute((client) => scheduled(this.queueOf(crew, client), chore), {
          repeatable: true,
        });
      }
    }
  }

  private queueOf(crew: Crew, connection: RedisClient): Queue {
    const known = this.queues.get(crew);
    if (known) return known;
    const queue = new Queue(crew, {
      connection,
      prefix: this.keys.maintenance(),
      streams: { events: { maxLen: KEPT_EVENTS } },
      skipVersionCheck: true,
    });
    queue.on('error', () => undefined);
    this.queues.set(crew, queue);
    return queue;
  }
}

async function scheduled(queue: Queue, { name, everyMs }: Chore): Promise<void> {
  const standing = await queue.getJobScheduler(name);
  if (standing?.every === everyMs) return;
  await queue.upsertJobScheduler(
    name,
    { every: everyMs },
    // Nobody asks what became of it.
    { name, opts: { removeOnComplete: true, removeOnFail: true, stackTraceLimit: 0 } },
  );
}
