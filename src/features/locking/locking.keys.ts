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
  places: {
    type: 'hash',
    ttl: 'none',
    holds: 'who holds each resource, and each semaphore; and the last fencing token or place in a line',
  },
  grants: {
    type: 'hash',
    ttl: 'none; a lapsed grant goes with one of the next that are asked for',
    holds: 'what is held, until when and by whom',
  },
  queue: { type: 'zset', ttl: 'none', holds: 'who waits for what, in order' },
  waiters: { type: 'hash', ttl: 'none', holds: 'what each of them waits for, and where' },
  processes: { type: 'zset', ttl: 'none', holds: 'processes with waiters, by when they count as gone' },
  'wakes:<process>': { type: 'channel', ttl: 'none', holds: 'waiters of a process that are next' },
  'operation:<id>': {
    type: 'string',
    ttl: 'IDEMPOTENCY_TTL_MS',
    holds: 'what a keyed request was granted, sealed under its Idempotency-Key',
  },
});

/** Keys of one tenant on one node; every script takes all of them. */
export const LOCK_KEYS = ['places', 'grants', 'queue', 'waiters', 'processes'] as const;
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
        places: key('places'),
        grants: key('grants'),
        queue: key('queue'),
        waiters: key('waiters'),
        processes: key('processes'),
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
