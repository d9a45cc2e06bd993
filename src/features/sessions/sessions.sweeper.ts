import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { Maintenance } from '../../effects/maintenance.js';
import { RecurringWork } from '../../redis/recurring-work.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { activeSessions } from '../../telemetry/metrics.js';
import { SessionAudit } from './sessions.audit.js';
import { type Bucket, SessionBuckets } from './sessions.buckets.js';
import { SessionKeys } from './sessions.keys.js';
import { sweepScript } from './sessions.scripts.js';

const SWEEP_MS = 30_000;
const COUNT_MS = 15_000;
const COUNT_KEPT_MS = 120_000;
/** Sessions that one script looks at. */
const MOST_AT_ONCE = 100;

/** Takes away what is left of sessions that are over, and tells the audit stream what nobody told. */
@Injectable()
export class SessionSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly counts = new RecurringWork('sessions.count.late', COUNT_MS, () => this.readCount());

  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly buckets: SessionBuckets,
    private readonly keys: SessionKeys,
    private readonly audit: SessionAudit,
    private readonly maintenance: Maintenance,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    maintenance.register({
      name: 'sessions.sweep',
      everyMs: SWEEP_MS,
      crew: 'workers',
      work: () => this.sweep(),
    });
  }

  onApplicationBootstrap(): void {
    if (this.settings.ROLE !== 'api') this.start();
  }

  /** Takes its turn to sweep from now on, in a process whose ROLE alone would not. */
  start(): void {
    this.maintenance.join('workers');
    this.counts.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.counts.stop();
  }

  /** Looks at all buckets once. */
  async sweep(): Promise<void> {
    let count = 0;
    for await (const bucket of this.buckets.all()) {
      count += await this.sweepBucket(bucket);
      // What one tenant's stream does not take keeps nobody else's sessions.
      await this.audit.tellOrLeave(bucket.tenant, bucket.bucket);
    }
    activeSessions.set(count);
    await this.gateway.execute((client) => client.set(this.keys.count(), count, 'PX', COUNT_KEPT_MS), {
      repeatable: true,
    });
  }

  /** Whoever swept last, each process that sweeps says how many there were. */
  private async readCount(): Promise<void> {
    const count = await this.gateway.execute((client) => client.get(this.keys.count()), { repeatable: true });
    if (count !== null) activeSessions.set(Number(count));
  }

  /** How many sessions the bucket has afterwards. */
  private async sweepBucket({ tenant, bucket }: Bucket): Promise<number> {
    const keys = this.keys.bucket(tenant, bucket);
    for (;;) {
      const now = await this.gateway.time();
      const members = await this.gateway.execute(
        (client) => client.zrangebyscore(keys.due, '-inf', now, 'LIMIT', 0, MOST_AT_ONCE),
        { repeatable: true },
      );
      const { count, empty } = await this.scripts.run(sweepScript, {
        keys: {
          live: keys.live,
          due: keys.due,
          ended: keys.ended,
          audit: keys.audit,
          taken: keys.taken,
          info: keys.info,
        },
        restKeys: members.map((member) => this.keys.of(tenant, bucket + member).sessions),
        args: {},
        rest: members,
        repeatable: true,
      });
      if (empty) await this.buckets.remove({ tenant, bucket });
      if (members.length < MOST_AT_ONCE) return count;
    }
  }
}
