import { Injectable } from '@nestjs/common';
import { documentKeys, Keyspace, SYSTEM } from '../../redis/keyspace.js';

const FEATURE = 'jobs';
/** All of a tenant's jobs share one slot, because each script of BullMQ touches several of their keys. */
const NAME = 'queue';
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
  'jobs:j.<job>': { type: 'hash', ttl: KEPT, holds: byBullMq('a job') },
  'jobs:j.<job>:lock': {
    type: 'string',
    ttl: '8 s',
    holds: byBullMq('which worker runs the job; for a run of a schedule behind its key in the same way'),
  },
  'jobs:repeat': { type: 'zset', ttl: 'none', holds: byBullMq('schedules, by their next run') },
  'jobs:repeat:j.<job>': { type: 'hash', ttl: 'none', holds: byBullMq('a schedule') },
  'jobs:repeat:j.<job>:<instant>': { type: 'hash', ttl: KEPT, holds: byBullMq('a run of a schedule') },
  'jobs:wait': { type: 'list', ttl: 'none', holds: byBullMq('jobs that wait') },
  'jobs:prioritized': { type: 'zset', ttl: 'none', holds: byBullMq('jobs with a priority that wait') },
  'jobs:pc': { type: 'string', ttl: 'none', holds: byBullMq('a counter that orders those') },
  'jobs:delayed': { type: 'zset', ttl: 'none', holds: byBullMq('jobs for later, by when') },
  'jobs:active': { type: 'list', ttl: 'none', holds: byBullMq('jobs that run') },
  'jobs:completed': { type: 'zset', ttl: 'none', holds: byBullMq('jobs that were done, by when') },
  'jobs:failed': { type: 'zset', ttl: 'none', holds: byBullMq('jobs that failed, by when') },
  'jobs:stalled': { type: 'set', ttl: 'none', holds: byBullMq('jobs that ran at the last look') },
  'jobs:stalled-check': { type: 'string', ttl: '4 s', holds: byBullMq('when that look was') },
  'jobs:marker': { type: 'zset', ttl: 'none', holds: byBullMq('what wakes a worker') },
  'jobs:meta': { type: 'hash', ttl: 'none', holds: byBullMq('settings of the queue') },
  'jobs:id': { type: 'string', ttl: 'none', holds: byBullMq('how many jobs there ever were') },
  'jobs:events': { type: 'stream', ttl: 'none', holds: byBullMq('about the last hundred changes') },
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
