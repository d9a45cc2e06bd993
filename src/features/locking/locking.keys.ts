import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { documentKeys, Keyspace } from '../../redis/keyspace.js';

const FEATURE = 'locking';
/**
 * Stands where a resource's name would: all locks of a tenant share one slot, so that one script can take several resources,
 * and see who waits for each of them, in one step.
 */
const ALL = '_';

documentKeys(FEATURE, {
  holders: {
    type: 'zset',
    ttl: 'none',
    holds: 'which grant has which resource, or slot of a semaphore, by name',
  },
  grants: {
    type: 'hash',
    ttl: 'none; a lapsed grant goes when the next is asked for',
    holds: 'who has what',
  },
  expiries: { type: 'zset', ttl: 'none', holds: 'the same grants by when they end' },
  queue: { type: 'zset', ttl: 'none', holds: 'who waits for what, in order' },
  waiters: { type: 'hash', ttl: 'none', holds: 'what each of them waits for, and where' },
  processes: { type: 'zset', ttl: 'none', holds: 'processes with waiters, by when they count as gone' },
  fences: {
    type: 'zset',
    ttl: 'none; a token goes seven days after it was given',
    holds: 'the last fencing token of each resource',
  },
  counters: {
    type: 'hash',
    ttl: 'none',
    holds: 'the last place in a line, and the highest token that was forgotten',
  },
  'wakes:<process>': { type: 'channel', ttl: 'none', holds: 'waiters of a process that are next' },
  'operation:<id>': {
    type: 'string',
    ttl: 'IDEMPOTENCY_TTL_MS',
    holds: 'what a keyed request was granted, sealed under its Idempotency-Key',
  },
});

/** Keys of one tenant on one node; every script takes all of them. */
export const LOCK_KEYS = [
  'holders',
  'grants',
  'expiries',
  'queue',
  'waiters',
  'processes',
  'fences',
  'counters',
] as const;
export type LockKeys = Readonly<Record<(typeof LOCK_KEYS)[number], string>>;

/** How many tenants a process remembers the keys of. */
const KNOWN = 1000;

@Injectable()
export class LockingKeys {
  private readonly known = new LRUCache<string, { readonly keys: LockKeys; readonly topic: string }>({
    max: KNOWN,
  });

  constructor(private readonly keyspace: Keyspace) {}

  tenant(tenant: string): LockKeys {
    return this.of(tenant).keys;
  }

  /** Before the name of a process: the channel on which it is told of its waiters. */
  topic(tenant: string): string {
    return this.of(tenant).topic;
  }

  operation(tenant: string, id: string): string {
    return this.key(tenant, `operation:${id}`);
  }

  private of(tenant: string) {
    const known = this.known.get(tenant);
    if (known) return known;
    const key = (part: string) => this.key(tenant, part);
    const made = {
      keys: {
        holders: key('holders'),
        grants: key('grants'),
        expiries: key('expiries'),
        queue: key('queue'),
        waiters: key('waiters'),
        processes: key('processes'),
        fences: key('fences'),
        counters: key('counters'),
      },
      topic: key('wakes:'),
    };
    this.known.set(tenant, made);
    return made;
  }

  private key(tenant: string, part: string): string {
    return this.keyspace.key(tenant, FEATURE, ALL, part);
  }
}
