import { Injectable } from '@nestjs/common';
import { Maintenance } from '../../effects/maintenance.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { StreamsKeys } from './streams.keys.js';
import { readStreamScript } from './streams.scripts.js';

const TICK_MS = 5000;
/** Between two looks at a stream. */
const SWEEP_MS = 30_000;
const STREAMS_A_TICK = 100;

/**
 * Gives back the memory of entries that are too old in streams that nobody touches; every script that touches one takes
 * them away by itself. One process does it at a time; which of them does not matter.
 */
@Injectable()
export class Retention {
  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keys: StreamsKeys,
    maintenance: Maintenance,
  ) {
    maintenance.register({
      name: 'streams.retention',
      everyMs: TICK_MS,
      crew: 'any',
      work: () => this.tick(),
    });
  }

  /** From now on the stream is looked at; it may not have come to be, or lose its limit. */
  async watch(tenant: string, stream: string): Promise<void> {
    await this.schedule(`${tenant}/${stream}`, (await this.gateway.time()) + SWEEP_MS);
  }

  private async tick(): Promise<void> {
    const now = await this.gateway.time();
    const due = await this.gateway.execute(
      (client) => client.zrangebyscore(this.keys.aging(), '-inf', now, 'LIMIT', 0, STREAMS_A_TICK),
      { repeatable: true },
    );
    for (const name of due) await this.sweep(name, now);
  }

  private async sweep(name: string, now: number): Promise<void> {
    const [tenant = '', stream = ''] = name.split('/');
    const found = await this.scripts.run(readStreamScript, {
      keys: { ...this.keys.stream(tenant, stream), groups: this.keys.groups(tenant, stream) },
      args: {},
      repeatable: true,
    });
    if (found.outcome === 'stream' && found.settings.has('maxAgeMs')) {
      await this.schedule(name, now + SWEEP_MS);
      return;
    }
    await this.gateway.execute((client) => client.zrem(this.keys.aging(), name), { repeatable: true });
    // A limit may have been set between the look and the line above.
    const { info } = this.keys.stream(tenant, stream);
    const limit = await this.gateway.execute((client) => client.hget(info, 'maxAgeMs'), { repeatable: true });
    if (limit !== null) await this.schedule(name, now + SWEEP_MS);
  }

  private async schedule(name: string, atMs: number): Promise<void> {
    await this.gateway.execute((client) => client.zadd(this.keys.aging(), atMs, name), { repeatable: true });
  }
}
