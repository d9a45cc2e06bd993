import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { NameIndex } from '../../redis/name-index.js';
import { RecurringWork } from '../../redis/recurring-work.js';
import { groupEntries, largestLag } from '../../telemetry/metrics.js';
import { GroupsService } from './streams.groups.service.js';
import { StreamsKeys } from './streams.keys.js';

const LOOK_MS = 15_000;
const PAGE = 1000;

/** Counts what is left to do for the consumer groups of all tenants, for the metrics of a process that works. */
@Injectable()
export class GroupLevels implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly looks = new RecurringWork('streams.levels.late', LOOK_MS, () => this.look());

  constructor(
    private readonly groups: GroupsService,
    private readonly index: NameIndex,
    private readonly keys: StreamsKeys,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.ROLE !== 'api') this.looks.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.looks.stop();
  }

  private async look(): Promise<void> {
    const sums = { lag: 0, pending: 0, dead: 0 };
    let largest = 0;
    for await (const [tenant, stream, group] of this.all()) {
      const found = await this.groups.find(tenant, stream, group);
      if (found === undefined) {
        await this.index.remove(this.keys.listedGroup(tenant, stream, group));
        continue;
      }
      sums.lag += found.lag;
      sums.pending += found.pending;
      sums.dead += found.deadLetters;
      largest = Math.max(largest, found.lag);
    }
    for (const [state, count] of Object.entries(sums)) groupEntries.set({ state }, count);
    largestLag.set(largest);
  }

  private async *all(): AsyncGenerator<[tenant: string, stream: string, group: string]> {
    for (let after: string | undefined, isLast = false; !isLast;) {
      const names = await this.index.names(this.keys.groupsOfAll(), after, PAGE);
      for (const name of names) {
        const [tenant = '', stream = '', group = ''] = name.split('/');
        yield [tenant, stream, group];
      }
      after = names.at(-1);
      isLast = names.length < PAGE;
    }
  }
}
