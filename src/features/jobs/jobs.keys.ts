import { Injectable } from '@nestjs/common';
import { documentKeys, Keyspace, SYSTEM } from '../../redis/keyspace.js';

const FEATURE = 'jobs';
/** All of a tenant's jobs share one slot, because each script of BullMQ touches several of their keys. */
const NAME = 'queue';
const MAINTENANCE = 'maintenance';
/** What BullMQ calls the queue. */
export const QUEUE = 'jobs';

const byBullMq = (holds: string) => `${holds} (BullMQ)`;

/** Of a job, which is a key of its own. */
const KEPT = 'none; it is removed JOBS_KEEP_COMPLETED_MS or JOBS_KEEP_FAILED_MS after its end';

documentKeys(FEATURE, {
  tenants: { type: 'zset', ttl: 'none', holds: 'tenants that have jobs, by when they were registered last' },
  schedules: { type: 'hash', ttl: 'none', holds: 'jobs with a cron expression, as they were created' },
  'keyed:<id>': {
    type: 'string',
    ttl: 'IDEMPOTENCY_TTL_MS',
    holds: 'the job that a keyed request created, or the failure that it had retried',
  },
  '<queue>:j.<job>': { type: 'hash', ttl: KEPT, holds: byBullMq('a job; <queue> is `jobs`') },
  '<queue>:<id>:lock': { type: 'string', ttl: '8 s', holds: byBullMq('which worker runs a job') },
  '<queue>:repeat': { type: 'zset', ttl: 'none', holds: byBullMq('schedules, by their next run') },
  '<queue>:repeat:<schedule>': {
    type: 'hash',
    ttl: 'none',
    holds: byBullMq('a schedule: j.<job>, or in the queues `any` and `workers` of maintenance a chore'),
  },
  '<queue>:repeat:<schedule>:<instant>': { type: 'hash', ttl: KEPT, holds: byBullMq('a run of a schedule') },
  '<queue>:wait': { type: 'list', ttl: 'none', holds: byBullMq('jobs that wait') },
  '<queue>:prioritized': { type: 'zset', ttl: 'none', holds: byBullMq('jobs with a priority that wait') },
  '<queue>:pc': { type: 'string', ttl: 'none', holds: byBullMq('a counter that orders those') },
  '<queue>:delayed': { type: 'zset', ttl: 'none', holds: byBullMq('jobs for later, by when') },
  '<queue>:active': { type: 'list', ttl: 'none', holds: byBullMq('jobs that run') },
  '<queue>:completed': { type: 'zset', ttl: 'none', holds: byBullMq('jobs that were done, by when') },
  '<queue>:failed': { type: 'zset', ttl: 'none', holds: byBullMq('jobs that failed, by when') },
  '<queue>:stalled': { type: 'set', ttl: 'none', holds: byBullMq('jobs that ran at the last look') },
  '<queue>:stalled-check': { type: 'string', ttl: '4 s', holds: byBullMq('when that look was') },
  '<queue>:marker': { type: 'zset', ttl: 'none', holds: byBullMq('what wakes a worker') },
  '<queue>:meta': { type: 'hash', ttl: 'none', holds: byBullMq('settings of the queue') },
  '<queue>:id': { type: 'string', ttl: 'none', holds: byBullMq('how many jobs there ever were') },
  '<queue>:events': { type: 'stream', ttl: 'none', holds: byBullMq('about the last hundred changes') },
});

@Injectable()
export class JobsKeys {
  constructor(private readonly keyspace: Keyspace) {}

  /** What BullMQ puts before the queue's name in each of its keys. */
  prefix(tenant: string): string {
    return this.keyspace.key(tenant, FEATURE, NAME, '').slice(0, -1);
  }

  /** A key of the queue itself, as BullMQ builds it. */
  queue(tenant: string, part: string): string {
    return `${this.prefix(tenant)}:${QUEUE}:${part}`;
  }

  /** As `prefix`, for the queues of maintenance, which no tenant has. */
  maintenance(): string {
    return this.keyspace.key(SYSTEM, FEATURE, MAINTENANCE, '').slice(0, -1);
  }

  schedules(tenant: string): string {
    return this.keyspace.key(tenant, FEATURE, NAME, 'schedules');
  }

  keyed(tenant: string, id: string): string {
    return this.keyspace.key(tenant, FEATURE, NAME, `keyed:${id}`);
  }

  tenants(): string {
    return this.keyspace.key(SYSTEM, FEATURE, NAME, 'tenants');
  }
}
