import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';

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

const table: KeyRow[] = [];

/** Enters a feature's keys in the table from which docs/keys.md is written. */
export function documentKeys(
  feature: string,
  rows: Readonly<Record<string, Omit<KeyRow, 'feature' | 'part'>>>,
): void {
  for (const [part, row] of Object.entries(rows)) table.push({ feature, part, ...row });
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
}
