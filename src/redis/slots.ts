import { Inject, Injectable } from '@nestjs/common';
import calculateSlot from 'cluster-key-slot';
import { SETTINGS } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';

/** Knows which keys one script can touch together: on a cluster those of one slot, elsewhere all. */
@Injectable()
export class Slots {
  private readonly isCluster: boolean;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.isCluster = settings.REDIS_CLUSTER_NODES !== undefined;
  }

  /** `items` in groups whose keys share a slot, each group in the order of `items`. */
  group<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
    if (!this.isCluster) return items.length === 0 ? [] : [[...items]];
    const groups = new Map<number, T[]>();
    for (const item of items) {
      const slot = calculateSlot(keyOf(item));
      const group = groups.get(slot);
      if (group) group.push(item);
      else groups.set(slot, [item]);
    }
    return [...groups.values()];
  }
}
