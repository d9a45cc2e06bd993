import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import type { FenceCheck } from './fence.js';

/** Owner of keys that belong to the service and to no tenant; no tenant's name can begin with `_`. */
export const SYSTEM = '_';

/** One kind of key, as docs/keys.md lists it; placeholders in `part` stand in angle brackets. */
export interface KeyRow {
  readonly feature: string;
  readonly part: string;
  readonly type: 'hash' | 'list' | 'set' | 'stream' | 'string' | 'zset' | 'channel';
  readonly ttl: string;
  readonly holds: string;
}

/** What the fence of a write depends on. */
export interface FencedCaller {
  readonly tenant: string;
  readonly fence?: { readonly resource: string; readonly token: number } | undefined;
}

const table: KeyRow[] = [];

/** Enters a feature's keys in the table from which docs/keys.md is written. */
export function documentKeys(
  feature: string,
  rows: Readonly<Record<string, Omit<KeyRow, 'feature' | 'part'>>>,
): void {
  for (const [part, row] of Object.entries(rows)) table.push({ feature, part, ...row });
}

/** The row of the keys that `Keyspace.fence` builds; `target` is what the feature writes to, `part` what of it. */
export function fenceRow(
  target: string,
  part = '',
): Readonly<Record<string, Omit<KeyRow, 'feature' | 'part'>>> {
  return {
    [`fence:${part}<resource>`]: {
      type: 'string',
      ttl: '30 days after the last fenced write',
      holds: `the highest fencing token of a lock that a write to this ${target} carried`,
    },
  };
}

export function documentedKeys(): readonly KeyRow[] {
  return table;
}

/**
 * Builds every key as `<prefix>:<tenant>:{<feature>:<name>}:<part>`. Neither tenant nor name can hold a
 * brace, so no two resources share a key, and all keys of one resource share one cluster slot.
 */
@Injectable()
export class Keyspace {
  private readonly prefix: string;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.prefix = settings.REDIS_KEY_PREFIX;
  }

  key(tenant: string, feature: string, name: string, part: string): string {
    return `${this.prefix}:${tenant}:{${feature}:${name}}:${part}`;
  }

  /**
   * What a write to the resource has to check; undefined if its caller sent no fence, as most do. `part` is what of the resource
   * is written to, if that has tokens of its own.
   */
  fence(
    { tenant, fence }: FencedCaller,
    feature: string,
    name: string,
    part?: string,
  ): FenceCheck | undefined {
    if (fence === undefined) return undefined;
    const { resource, token } = fence;
    const target = part === undefined ? resource : `${part}:${resource}`;
    return { key: this.key(tenant, feature, name, `fence:${target}`), resource, token };
  }
}
