import { Injectable } from '@nestjs/common';
import { documentKeys, Keyspace } from '../../redis/keyspace.js';

const FEATURE = 'streams';

documentKeys(FEATURE, {
  info: { type: 'hash', ttl: 'none', holds: 'settings of a stream and its counters' },
  entries: { type: 'stream', ttl: 'none', holds: 'the entries' },
  removed: { type: 'zset', ttl: 'none', holds: 'ordinals of entries that were deleted one by one' },
  'operation:<id>': {
    type: 'string',
    ttl: 'IDEMPOTENCY_TTL_MS',
    holds: 'what a keyed request on this stream was answered',
  },
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
  'group:<group>:pending': {
    type: 'zset',
    ttl: 'none',
    holds: 'what was delivered and not acknowledged, by when somebody else may take it',
  },
  'group:<group>:deliveries': {
    type: 'hash',
    ttl: 'none',
    holds: 'who has a pending entry, and how often it was delivered',
  },
  'group:<group>:consumers': { type: 'zset', ttl: 'none', holds: 'consumers by when they last asked' },
  'group:<group>:held': { type: 'hash', ttl: 'none', holds: 'how many pending entries each consumer has' },
  'group:<group>:dead': { type: 'zset', ttl: 'none', holds: 'dead letters by when they were given up' },
  'group:<group>:letters': { type: 'hash', ttl: 'none', holds: 'the dead letters' },
  'group:<group>:copies': { type: 'hash', ttl: 'none', holds: 'dead letters that were put back' },
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

@Injectable()
export class StreamsKeys {
  constructor(private readonly keyspace: Keyspace) {}

  stream(tenant: string, stream: string): StreamKeys {
    return {
      info: this.key(tenant, stream, 'info'),
      entries: this.key(tenant, stream, 'entries'),
      removed: this.key(tenant, stream, 'removed'),
    };
  }

  group(tenant: string, stream: string, group: string): GroupKeys {
    const key = (part: string) => this.key(tenant, stream, `group:${group}${part}`);
    return {
      ...this.stream(tenant, stream),
      group: key(''),
      pending: key(':pending'),
      deliveries: key(':deliveries'),
      consumers: key(':consumers'),
      held: key(':held'),
      dead: key(':dead'),
      letters: key(':letters'),
      copies: key(':copies'),
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
