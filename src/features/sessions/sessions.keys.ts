import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { FenceCheck } from '../../redis/fence.js';
import { documentKeys, type FencedCaller, fenceRow, Keyspace, SYSTEM } from '../../redis/keyspace.js';
import type { NamePlace } from '../../redis/name-index.js';
import { placeOf, type SessionPlace } from './sessions.ids.js';

const FEATURE = 'sessions';
const ALL = '_';

documentKeys(FEATURE, {
  'sessions:<owner>': {
    type: 'hash',
    ttl: 'none; a session that is over goes with the next sweep',
    holds: 'the sessions of one user, encrypted; <owner> a hash',
  },
  live: { type: 'hash', ttl: 'none', holds: 'sessions of the bucket that count, and their versions' },
  due: { type: 'zset', ttl: 'none', holds: 'the same by when to look whether they are over' },
  ended: { type: 'zset', ttl: '3600 s', holds: 'sessions that were ended within the last hour' },
  audit: { type: 'list', ttl: 'none', holds: 'what has to be told to the stream audit.sessions' },
  taken: { type: 'list', ttl: 'none', holds: 'what of it is being told' },
  info: { type: 'hash', ttl: 'none', holds: 'that there is such a bucket' },
  'operation:<id>': {
    type: 'string',
    ttl: 'IDEMPOTENCY_TTL_MS',
    holds: 'what a keyed request was answered, encrypted',
  },
  ...fenceRow('user’s sessions', '<owner>:'),
  buckets: { type: 'zset', ttl: 'none', holds: 'buckets with sessions, of all tenants' },
  count: { type: 'string', ttl: '120 s', holds: 'how many sessions the last sweep found' },
});

/** Keys that the scripts of one owner's sessions take. */
export const OWNER_KEYS = ['sessions', 'live', 'due', 'ended', 'audit'] as const;
export type OwnerKeys = Readonly<Record<(typeof OWNER_KEYS)[number], string>>;

/** Keys of a bucket besides. */
export interface BucketKeys extends Omit<OwnerKeys, 'sessions'> {
  readonly taken: string;
  readonly info: string;
}

/** Keys of a script whose answer is kept for the same request again. */
export type KeyedOwnerKeys = OwnerKeys & Pick<BucketKeys, 'info'> & { readonly operation: string };

/** How many buckets a process remembers the keys of. */
const KNOWN = 10_000;

/**
 * A tenant's sessions lie in 256 buckets, each in one slot, by a hash of their owner, so that one script sees all of a user,
 * and a cluster has its work spread.
 */
@Injectable()
export class SessionKeys {
  private readonly known = new LRUCache<string, BucketKeys>({ max: KNOWN });

  constructor(private readonly keyspace: Keyspace) {}

  bucket(tenant: string, bucket: string): BucketKeys {
    const name = `${tenant}/${bucket}`;
    const known = this.known.get(name);
    if (known) return known;
    const key = (part: string) => this.key(tenant, bucket, part);
    const keys = {
      live: key('live'),
      due: key('due'),
      ended: key('ended'),
      audit: key('audit'),
      taken: key('taken'),
      info: key('info'),
    };
    this.known.set(name, keys);
    return keys;
  }

  owner(tenant: string, { bucket, owner }: SessionPlace): OwnerKeys & BucketKeys {
    const { live, due, ended, audit, taken, info } = this.bucket(tenant, bucket);
    // One by one: every request comes by here, and to spread an object into another takes several times as long.
    return { sessions: this.key(tenant, bucket, `sessions:${owner}`), live, due, ended, audit, taken, info };
  }

  /** Of a request that may carry an Idempotency-Key. */
  keyed(tenant: string, place: SessionPlace, operationId = 'none'): KeyedOwnerKeys {
    const { sessions, live, due, ended, audit, info } = this.owner(tenant, place);
    const operation = this.key(tenant, place.bucket, `operation:${operationId}`);
    return { sessions, live, due, ended, audit, info, operation };
  }

  /** Of the owner of a session. */
  of(tenant: string, id: string): OwnerKeys & BucketKeys {
    return this.owner(tenant, placeOf(id));
  }

  /** What a write of `caller` to the sessions of an owner has to check. */
  fence(caller: FencedCaller, { bucket, owner }: SessionPlace): FenceCheck | undefined {
    return this.keyspace.fence(caller, FEATURE, bucket, owner);
  }

  count(): string {
    return this.key(SYSTEM, ALL, 'count');
  }

  /** The list of all buckets in use, each `<tenant>/<bucket>`. */
  buckets(): string {
    return this.keyspace.key(SYSTEM, FEATURE, ALL, 'buckets');
  }

  listed(tenant: string, bucket: string): NamePlace {
    return { index: this.buckets(), info: this.bucket(tenant, bucket).info, name: `${tenant}/${bucket}` };
  }

  private key(tenant: string, bucket: string, part: string): string {
    return this.keyspace.key(tenant, FEATURE, bucket, part);
  }
}
