import { Injectable } from '@nestjs/common';
import { documentKeys, Keyspace } from '../../redis/keyspace.js';

const FEATURE = 'rate-limits';
/** Stands where a policy's name would; no policy can be called so. */
const NO_POLICY = '_';

documentKeys(FEATURE, {
  policies: { type: 'hash', ttl: 'none', holds: 'the policies of a tenant, by name' },
  names: { type: 'zset', ttl: 'none', holds: 'names of the policies of a tenant' },
  'bucket:<parts>': {
    type: 'string',
    ttl: 'until the bucket is full',
    holds: 'level of one bucket, and when it was that; <parts> a token',
  },
  'operation:<id>': {
    type: 'string',
    ttl: 'IDEMPOTENCY_TTL_MS',
    holds: 'what a keyed consumption was answered',
  },
});

@Injectable()
export class RateLimitKeys {
  constructor(private readonly keyspace: Keyspace) {}

  policies(tenant: string): string {
    return this.keyspace.key(tenant, FEATURE, NO_POLICY, 'policies');
  }

  names(tenant: string): string {
    return this.keyspace.key(tenant, FEATURE, NO_POLICY, 'names');
  }

  /** A bucket is a resource of its own, so that the buckets of one policy spread over a cluster. */
  bucket(tenant: string, policy: string, key: string, partsPerToken: number): string {
    return this.keyspace.key(tenant, FEATURE, bucketName(policy, key), `bucket:${partsPerToken}`);
  }

  /** Shares the slot of the bucket of `policy` and `key`. */
  operation(tenant: string, policy: string, key: string, id: string): string {
    return this.keyspace.key(tenant, FEATURE, bucketName(policy, key), `operation:${id}`);
  }
}

/** No policy's name holds a slash; the key is percent-encoded, so that it cannot end the hash tag. */
function bucketName(policy: string, key: string): string {
  return `${policy}/${encodeURIComponent(key)}`;
}
