import { Injectable } from '@nestjs/common';
import { followUp } from '../../redis/follow-up.js';
import { JobQueues } from './jobs.queues.js';
import { JobRecords } from './jobs.records.js';
import type { StoredSchedule } from './jobs.stored-job.js';

/**
 * Schedules are two things: what is written down of each, which decides, and the runs that BullMQ makes of it. A process may die
 * between the two, and two may change one schedule at once; whoever comes next puts the runs right.
 */
@Injectable()
export class JobSchedules {
  constructor(
    private readonly records: JobRecords,
    private readonly queues: JobQueues,
  ) {}

  /**
   * Writes a schedule down and has its runs begin, unless there is one of that id. @returns the one that stands
   * @param isNamed whether whoever asks again asks for the same id
   */
  async create(
    tenant: string,
    id: string,
    schedule: StoredSchedule,
    isNamed: boolean,
  ): Promise<StoredSchedule> {
    const standing = await this.records.keepSchedule(tenant, id, schedule, isNamed);
    try {
      await this.queues.begin(tenant, id, standing, isNamed);
    } catch (error) {
      // Nobody else knows an id that was made for this request, so that nobody would ever complete it.
      if (!isNamed) await followUp('jobs.create', () => this.end(tenant, id));
      throw error;
    }
    await followUp('jobs.create', () => this.agree(tenant, id, standing));
    return standing;
  }

  /** From now on no run begins. */
  async end(tenant: string, id: string): Promise<void> {
    await this.records.dropSchedule(tenant, id);
    await this.queues.end(tenant, id);
    await followUp('jobs.cancel', () => this.agree(tenant, id, undefined));
  }

  /** Ends runs of which nothing is written down any more. @returns whether there were any */
  async endRemnant(tenant: string, id: string): Promise<boolean> {
    if ((await this.queues.progress(tenant, id)) === undefined) return false;
    await this.mend(tenant, id);
    return true;
  }

  /** Has the runs be what is written down, if a process died before it saw to that. */
  async mend(tenant: string, id: string): Promise<void> {
    const standing = await this.records.schedule(tenant, id);
    await this.carryOut(tenant, id, standing);
    await this.agree(tenant, id, standing);
  }

  private async carryOut(tenant: string, id: string, standing: StoredSchedule | undefined): Promise<void> {
    if (standing === undefined) await this.queues.end(tenant, id);
    else await this.queues.begin(tenant, id, standing, true);
  }

  /**
   * Looks whether what was carried out is still what is written down, until it is. Everybody looks after they have changed the
   * runs, so that the last one to change them leaves them right.
   */
  private async agree(tenant: string, id: string, carriedOut: StoredSchedule | undefined): Promise<void> {
    for (let done = carriedOut; ;) {
      const standing = await this.records.schedule(tenant, id);
      if (standing?.job.operation === done?.job.operation) return;
      await this.carryOut(tenant, id, standing);
      done = standing;
    }
  }
}
