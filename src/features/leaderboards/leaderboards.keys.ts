import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { FenceCheck } from '../../redis/fence.js';
import { documentKeys, type FencedCaller, fenceRow, Keyspace, SYSTEM } from '../../redis/keyspace.js';

const FEATURE = 'leaderboards';
/** Stands where a board's name would; no board can be called so. */
const NO_BOARD = '_';

documentKeys(FEATURE, {
  info: { type: 'hash', ttl: 'none', holds: 'settings of a board, its season and its counters' },
  entries: { type: 'zset', ttl: 'none', holds: 'the live entries in board order' },
  arrivals: { type: 'hash', ttl: 'none', holds: 'when each member reached its score (ties by arrival)' },
  metadata: {
    type: 'hash',
    ttl: 'none',
    holds: 'JSON documents of entries that have one, sealed with ENCRYPT_AT_REST',
  },
  scores: { type: 'zset', ttl: 'none', holds: 'the distinct scores (boards with dense ranks)' },
  seasons: { type: 'zset', ttl: 'none', holds: 'ids of the closed seasons' },
  'season:<season>:info': { type: 'hash', ttl: 'none', holds: 'settings and dates of a closed season' },
  'season:<season>:entries': { type: 'zset', ttl: 'none', holds: 'entries of a closed season' },
  'season:<season>:arrivals': { type: 'hash', ttl: 'none', holds: 'arrivals of a closed season' },
  'season:<season>:metadata': {
    type: 'hash',
    ttl: 'none',
    holds: 'documents of a closed season, as they were',
  },
  'season:<season>:scores': { type: 'zset', ttl: 'none', holds: 'distinct scores of a closed season' },
  'operation:<id>': {
    type: 'string',
    ttl: 'IDEMPOTENCY_TTL_MS; of an effect 600 s, once its commit or job is settled',
    holds: 'what a keyed request on this board was answered, and that an effect took place',
  },
  ...fenceRow('board'),
  watch: { type: 'string', ttl: '10 s', holds: 'how many first entries live clients watch' },
  changes: { type: 'channel', ttl: 'none', holds: 'a message for each change among the watched entries' },
  boards: { type: 'zset', ttl: 'none', holds: 'names of a tenant’s boards' },
  tenants: { type: 'set', ttl: 'none', holds: 'tenants with boards' },
  resets: { type: 'zset', ttl: 'none', holds: 'boards by the instant of their next reset' },
});

/** Keys that the reading scripts take, of the live board or of an archived season. */
export interface EntryKeys {
  readonly info: string;
  readonly entries: string;
  readonly arrivals: string;
  readonly metadata: string;
  readonly scores: string;
}

/** All keys of a live board that its scripts take, and the channel of its changes. */
export interface LiveKeys extends EntryKeys {
  readonly watch: string;
  /** Pub/sub channel that announces changes among the watched entries. */
  readonly changes: string;
  /** Where a script looks for the record of a request that carries no Idempotency-Key: nothing is ever there. */
  readonly operation: string;
}

/** How many boards a node remembers the keys of. */
const KNOWN_BOARDS = 10_000;

@Injectable()
export class LeaderboardKeys {
  // Put together once a board: each submission names eight of them.
  private readonly known = new LRUCache<string, LiveKeys>({ max: KNOWN_BOARDS });

  constructor(private readonly keyspace: Keyspace) {}

  live(tenant: string, board: string): LiveKeys {
    const name = `${tenant} ${board}`;
    const known = this.known.get(name);
    if (known) return known;
    const keys = {
      ...this.entryKeys(tenant, board, ''),
      watch: this.key(tenant, board, 'watch'),
      changes: this.key(tenant, board, 'changes'),
      operation: this.operation(tenant, board, 'none'),
    };
    this.known.set(name, keys);
    return keys;
  }

  season(tenant: string, board: string, season: string): EntryKeys {
    return this.entryKeys(tenant, board, `season:${season}:`);
  }

  seasons(tenant: string, board: string): string {
    return this.key(tenant, board, 'seasons');
  }

  operation(tenant: string, board: string, id: string): string {
    return this.key(tenant, board, `operation:${id}`);
  }

  /** What a write of `caller` to the board has to check. */
  fence(caller: FencedCaller, board: string): FenceCheck | undefined {
    return this.keyspace.fence(caller, FEATURE, board);
  }

  boards(tenant: string): string {
    return this.key(tenant, NO_BOARD, 'boards');
  }

  /** The list of tenants that ever had a board. */
  tenants(): string {
    return this.key(SYSTEM, NO_BOARD, 'tenants');
  }

  resets(): string {
    return this.key(SYSTEM, NO_BOARD, 'resets');
  }

  private entryKeys(tenant: string, board: string, prefix: string): EntryKeys {
    return {
      info: this.key(tenant, board, `${prefix}info`),
      entries: this.key(tenant, board, `${prefix}entries`),
      arrivals: this.key(tenant, board, `${prefix}arrivals`),
      metadata: this.key(tenant, board, `${prefix}metadata`),
      scores: this.key(tenant, board, `${prefix}scores`),
    };
  }

  private key(tenant: string, board: string, part: string): string {
    return this.keyspace.key(tenant, FEATURE, board, part);
  }
}
