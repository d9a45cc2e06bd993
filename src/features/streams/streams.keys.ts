import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { FenceCheck } from '../../redis/fence.js';
import { documentKeys, type FencedCaller, fenceRow, Keyspace, SYSTEM } from '../../redis/keyspace.js';
import type { NamePlace } from '../../redis/name-index.js';

const FEATURE = 'streams';
/** Stands where a stream's name would; no stream can be called so. */
const NO_STREAM = '_';

documentKeys(FEATURE, {
  info: { type: 'hash', ttl: 'none', holds: 'settings of a stream and its counters' },
  entries: { type: 'stream', ttl: 'none', holds: 'the entries' },
  removed: { type: 'zset', ttl: 'none', holds: 'ordinals of entries that were deleted one by one' },
  'operation:<id>': {
    type: 'string',
    ttl: 'IDEMPOTENCY_TTL_MS; of an effect 600 s, once its commit or job is settled',
    holds: 'what a keyed request on this stream was answered, and that an effect took place',
  },
  ...fenceRow('stream'),
  watch: { type: 'string', ttl: '10 s', holds: 'that a node waits for entries' },
  changes: { type: 'channel', ttl: 'none', holds: 'a message when there may be something to receive' },
  groups: { type: 'zset', ttl: 'none', holds: 'names of the consumer groups' },
  outbox: {
    type: 'zset',
    ttl: 'none',
    holds: 'commits whose effects have to be applied, by when somebody else may do so',
  },
  effects: { type: 'hash', ttl: 'none', holds: 'the effects of those commits' },
  'group:<group>': { type: 'hash', ttl: 'none', holds: 'settings of a consumer group and its place' },
  'pending:<group>': {
    type: 'zset',
    ttl: 'none',
    holds: 'what was delivered and not acknowledged, by when somebody else may take it',
  },
  'deliveries:<group>': {
    type: 'hash',
    ttl: 'none',
    holds: 'who has a pending entry, and how often it was delivered',
  },
  'consumers:<group>': { type: 'zset', ttl: 'none', holds: 'consumers by when they last asked' },
  'held:<group>': { type: 'hash', ttl: 'none', holds: 'how many pending entries each consumer has' },
  'dead:<group>': { type: 'zset', ttl: 'none', holds: 'dead letters by when they were given up' },
  'letters:<group>': { type: 'hash', ttl: 'none', holds: 'the dead letters' },
  'copies:<group>': { type: 'hash', ttl: 'none', holds: 'dead letters that were put back' },
  streams: { type: 'zset', ttl: 'none', holds: 'names of a tenant’s streams' },
  aging: { type: 'zset', ttl: 'none', holds: 'streams with maxAgeMs, by when old entries are looked for' },
  outboxes: { type: 'zset', ttl: 'none', holds: 'streams with commits, by when their outbox is looked at' },
  'groups-of-all': {
    type: 'zset',
    ttl: 'none',
    holds: 'consumer groups of all tenants, each <tenant>/<stream>/<group>',
  },
  'outbox-uses': { type: 'zset', ttl: 'none', holds: 'the same streams, by when they were registered last' },
});

/** Keys that every script on a stream takes. */
export interface StreamKeys {
  readonly info: string;
  readonly entries: string;
  readonly removed: string;
}

/** Keys that every script on a consumer group takes. */
export interface GroupKeys extends StreamKeys {
  readonly group: string;
  readonly pending: string;
  readonly deliveries: string;
  readonly consumers: string;
  readonly held: string;
  readonly dead: string;
  readonly letters: string;
  readonly copies: string;
}

/** How many streams, and groups, a node remembers the keys of. */
const KNOWN = 10_000;

@Injectable()
export class StreamsKeys {
  // Put together once: each request names up to fifteen of them.
  private readonly knownStreams = new LRUCache<string, StreamKeys>({ max: KNOWN });
  private readonly knownGroups = new LRUCache<string, GroupKeys>({ max: KNOWN });

  constructor(private readonly keyspace: Keyspace) {}

  stream(tenant: string, stream: string): StreamKeys {
    const name = `${tenant} ${stream}`;
    const known = this.knownStreams.get(name);
    if (known) return known;
    const keys = {
      info: this.key(tenant, stream, 'info'),
      entries: this.key(tenant, stream, 'entries'),
      removed: this.key(tenant, stream, 'removed'),
    };
    this.knownStreams.set(name, keys);
    return keys;
  }

  group(tenant: string, stream: string, group: string): GroupKeys {
    const name = `${tenant} ${stream} ${group}`;
    const known = this.knownGroups.get(name);
    if (known) return known;
    const key = (part: string) => this.key(tenant, stream, `${part}:${group}`);
    const keys = {
      ...this.stream(tenant, stream),
      group: key('group'),
      pending: key('pending'),
      deliveries: key('deliveries'),
      consumers: key('consumers'),
      held: key('held'),
      dead: key('dead'),
      letters: key('letters'),
      copies: key('copies'),
    };
    this.knownGroups.set(name, keys);
    return keys;
  }

  /** As `group`, and where a script looks for the record of a keyed request. */
  keyedGroup(
    tenant: string,
    { stream, group }: { readonly stream: string; readonly group: string },
    operation: { readonly id: string } | undefined,
  ): GroupKeys & { readonly operation: string } {
    // Without an Idempotency-Key nothing is ever there.
    return {
      ...this.group(tenant, stream, group),
      operation: this.operation(tenant, stream, operation?.id ?? 'none'),
    };
  }

  groups(tenant: string, stream: string): string {
    return this.key(tenant, stream, 'groups');
  }

  /** Where commits wait for their effects. */
  outbox(tenant: string, stream: string): { readonly outbox: string; readonly effects: string } {
    return { outbox: this.key(tenant, stream, 'outbox'), effects: this.key(tenant, stream, 'effects') };
  }

  operation(tenant: string, stream: string, id: string): string {
    return this.key(tenant, stream, `operation:${id}`);
  }

  /** What a write of `caller` to the stream has to check. */
  fence(caller: FencedCaller, stream: string): FenceCheck | undefined {
    return this.keyspace.fence(caller, FEATURE, stream);
  }

  /** Where the stream stands in the list of its tenant's. */
  listed(tenant: string, stream: string): NamePlace {
    return { index: this.streams(tenant), info: this.stream(tenant, stream).info, name: stream };
  }

  /** Where the group stands in the list of those of all tenants. */
  listedGroup(tenant: string, stream: string, group: string): NamePlace {
    return {
      index: this.groupsOfAll(),
      info: this.group(tenant, stream, group).group,
      name: `${tenant}/${stream}/${group}`,
    };
  }

  groupsOfAll(): string {
    return this.key(SYSTEM, NO_STREAM, 'groups-of-all');
  }

  /** Names of the tenant's streams. */
  streams(tenant: string): string {
    return this.key(tenant, NO_STREAM, 'streams');
  }

  /** Streams of all tenants whose entries get too old. */
  aging(): string {
    return this.key(SYSTEM, NO_STREAM, 'aging');
  }

  /** Which streams of all tenants have, or had lately, commits whose effects may be left. */
  outboxes(): { readonly outboxes: string; readonly uses: string } {
    return {
      outboxes: this.key(SYSTEM, NO_STREAM, 'outboxes'),
      uses: this.key(SYSTEM, NO_STREAM, 'outbox-uses'),
    };
  }

  watch(tenant: string, stream: string): string {
    return this.key(tenant, stream, 'watch');
  }

  /** Pub/sub channel that wakes who waits for the stream. */
  changes(tenant: string, stream: string): string {
    return this.key(tenant, stream, 'changes');
  }

  private key(tenant: string, stream: string, part: string): string {
    return this.keyspace.key(tenant, FEATURE, stream, part);
  }
}
