import { Injectable } from '@nestjs/common';
import { Maintenance } from '../../effects/maintenance.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ChannelIndex } from './messaging.index.js';
import { MessagingKeys } from './messaging.keys.js';

const SWEEP_MS = 30_000;
/** Names that are looked at in one sweep. */
const NAMES = 1000;

/** Takes channels off their tenant's list that have expired, a thousand names at a time; each process goes on where it was itself. */
@Injectable()
export class ChannelSweeper {
  private place: { readonly tenant: string; readonly after: string | undefined } | undefined;

  constructor(
    private readonly gateway: RedisGateway,
    private readonly index: ChannelIndex,
    private readonly keys: MessagingKeys,
    maintenance: Maintenance,
  ) {
    maintenance.register({
      name: 'messaging.sweep',
      everyMs: SWEEP_MS,
      crew: 'workers',
      work: () => this.sweep(),
    });
  }

  /** Looks at the names that come next; after the last tenant's last, at the first again. */
  async sweep(): Promise<void> {
    const tenants = (await this.index.tenants()).sort();
    const [tenant] = tenants.filter((each) => each >= (this.place?.tenant ?? ''));
    if (tenant === undefined) {
      this.place = undefined;
      return;
    }
    const after = this.place?.tenant === tenant ? this.place.after : undefined;
    const names = await this.index.list(tenant, after, NAMES);
    await Promise.all(names.map((name) => this.removeIfGone(tenant, name)));
    // A tenant's name with a zero after it is the first that there can be after it.
    this.place =
      names.length < NAMES ? { tenant: `${tenant}\0`, after: undefined } : { tenant, after: names.at(-1) };
  }

  private async removeIfGone(tenant: string, channel: string): Promise<void> {
    const { info } = this.keys.channel(tenant, channel);
    const stands = await this.gateway.execute((client) => client.exists(info), { repeatable: true });
    if (!stands) await this.index.remove(tenant, channel);
  }
}
