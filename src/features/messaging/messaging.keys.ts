import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import type { FenceCheck } from '../../redis/fence.js';
import { documentKeys, type FencedCaller, fenceRow, Keyspace, SYSTEM } from '../../redis/keyspace.js';
import type { NamePlace } from '../../redis/name-index.js';

const FEATURE = 'messaging';
/** Stands where a channel's name would; no channel can be called so. */
const NO_CHANNEL = '_';

documentKeys(FEATURE, {
  info: {
    type: 'hash',
    ttl: 'historyTtlMs and 24 h after the last message or the last look by a node with subscribers',
    holds: 'epoch and offset of a channel',
  },
  settings: { type: 'hash', ttl: 'none', holds: 'settings of a channel' },
  history: {
    type: 'stream',
    ttl: 'historyTtlMs after the last message',
    holds: 'the last messages, by offset and instant',
  },
  'operation:<id>': {
    type: 'string',
    ttl: 'IDEMPOTENCY_TTL_MS; of an effect 600 s, once its commit or job is settled',
    holds: 'what a keyed request on this channel was answered, and that an effect took place',
  },
  ...fenceRow('channel'),
  'presence:<node>': {
    type: 'hash',
    ttl: '1 h, renewed by its node',
    holds: 'how many subscriptions of each credential a node has',
  },
  messages: { type: 'channel', ttl: 'none', holds: 'the messages, and that settings have changed' },
  channels: { type: 'zset', ttl: 'none', holds: 'names of a tenant’s channels' },
  found: { type: 'channel', ttl: 'none', holds: 'names of channels that are on that list from now on' },
  nodes: { type: 'zset', ttl: 'none', holds: 'nodes with subscribers, by when they count as gone' },
  tenants: { type: 'set', ttl: 'none', holds: 'tenants with channels' },
});

/** Keys that every script on a channel takes. */
export interface ChannelKeys {
  readonly info: string;
  readonly settings: string;
  readonly history: string;
}

/** A channel's keys, and where its messages are announced. */
export interface KnownChannel extends ChannelKeys {
  readonly topic: string;
}

/** How many channels a node remembers the keys of. */
const KNOWN = 10_000;

@Injectable()
export class MessagingKeys {
  /** '1' on a cluster: scripts announce within the channel's shard alone. */
  readonly sharded: '1' | '';
  private readonly known = new LRUCache<string, KnownChannel>({ max: KNOWN });

  constructor(
    private readonly keyspace: Keyspace,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.sharded = settings.REDIS_CLUSTER_NODES === undefined ? '' : '1';
  }

  channel(tenant: string, channel: string): KnownChannel {
    const name = `${tenant} ${channel}`;
    const known = this.known.get(name);
    if (known) return known;
    const keys = {
      info: this.key(tenant, channel, 'info'),
      settings: this.key(tenant, channel, 'settings'),
      history: this.key(tenant, channel, 'history'),
      topic: this.key(tenant, channel, 'messages'),
    };
    this.known.set(name, keys);
    return keys;
  }

  operation(tenant: string, channel: string, id: string): string {
    return this.key(tenant, channel, `operation:${id}`);
  }

  /** What a write of `caller` to the channel has to check. */
  fence(caller: FencedCaller, channel: string): FenceCheck | undefined {
    return this.keyspace.fence(caller, FEATURE, channel);
  }

  presence(tenant: string, channel: string, node: string): string {
    return this.key(tenant, channel, `presence:${node}`);
  }

  /** Where the channel stands in the list of its tenant's. */
  listed(tenant: string, channel: string): NamePlace {
    return { index: this.channels(tenant), info: this.channel(tenant, channel).info, name: channel };
  }

  /** Names of the tenant's channels. */
  channels(tenant: string): string {
    return this.key(tenant, NO_CHANNEL, 'channels');
  }

  /** Pub/sub channel that tells of new names. */
  found(tenant: string): string {
    return this.key(tenant, NO_CHANNEL, 'found');
  }

  /** Nodes that have subscribers. */
  nodes(): string {
    return this.key(SYSTEM, NO_CHANNEL, 'nodes');
  }

  tenants(): string {
    return this.key(SYSTEM, NO_CHANNEL, 'tenants');
  }

  private key(tenant: string, channel: string, part: string): string {
    return this.keyspace.key(tenant, FEATURE, channel, part);
  }
}
