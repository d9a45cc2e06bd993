import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RecurringWork } from '../../redis/recurring-work.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { dueOutboxesScript, retireOutboxScript, takeEffectsScript } from './streams.commit-scripts.js';
import { StreamsKeys } from './streams.keys.js';
import { LEASE_MS, Outbox, RETIRE_AFTER_MS } from './streams.outbox.js';

const TICK_MS = 1000;
const STREAMS_A_TICK = 100;
const COMMITS_A_TAKE = 100;

/** Finishes the effects of commits that a crash or an outage left. Every node runs one; each commit is one node's at a time. */
@Injectable()
export class Relay implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly ticks = new RecurringWork('streams.relay.failure', TICK_MS, () => this.tick());
  private closing = false;

  constructor(
    private readonly scripts: ScriptRunner,
    private readonly keys: StreamsKeys,
    private readonly outbox: Outbox,
  ) {}

  onApplicationBootstrap(): void {
    this.ticks.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    await this.ticks.stop();
  }

  private async tick(): Promise<void> {
    const due = await this.scripts.run(dueOutboxesScript, {
      keys: this.keys.outboxes(),
      args: { lookAfterMs: LEASE_MS, limit: STREAMS_A_TICK },
      repeatable: true,
    });
    for (const name of due) await this.look(name);
  }

  private async look(name: string): Promise<void> {
    const [tenant = '', stream = ''] = name.split('/');
    while (!this.closing) {
      const { commits, left, leaseEndsAtMs } = await this.scripts.run(takeEffectsScript, {
        keys: this.keys.outbox(tenant, stream),
        args: { leaseMs: LEASE_MS, limit: COMMITS_A_TAKE },
        // Who takes and does not hear of it leaves them to the next, after the lease.
        repeatable: true,
        resend: false,
      });
      await this.outbox.carryOut({ tenant, stream }, commits, leaseEndsAtMs);
      if (left === 0) await this.retire(name);
      if (commits.length < COMMITS_A_TAKE) return;
    }
  }

  private async retire(name: string): Promise<void> {
    await this.scripts.run(retireOutboxScript, {
      keys: this.keys.outboxes(),
      args: { stream: name, idleMs: RETIRE_AFTER_MS },
      repeatable: true,
    });
  }
}
