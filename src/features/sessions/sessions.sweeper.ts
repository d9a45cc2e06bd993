import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { RecurringWork } from '../../redis/recurring-work.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { activeSessions } from '../../telemetry/metrics.js';
import { SessionAudit } from './sessions.audit.js';
import { type Bucket, SessionBuckets } from './sessions.buckets.js';
import { SessionKeys } from './sessions.keys.js';
import { sweepScript } from './sessions.scripts.js';

const SWEEP_MS = 30_000;
/** Sessions that one script looks at. */
const MOST_AT_ONCE = 100;

/** Takes away what is left of sessions that are over, and tells the audit stream what nobody told. */
@Injectable()
export class SessionSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly work = new RecurringWork('sessions.sweep.late', SWEEP_MS, () => this.sweep());

  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly buckets: SessionBuckets,
    private readonly keys: SessionKeys,
    private readonly audit: SessionAudit,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.ROLE !== 'api') this.start();
  }

  /** Sweeps from now on, in a process whose ROLE alone would not. */
  start(): void {
    this.work.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.work.stop();
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
