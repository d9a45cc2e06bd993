import { Injectable } from '@nestjs/common';
import { documentKeys, Keyspace, SYSTEM } from '../../redis/keyspace.js';

const FEATURE = 'pipeline';
/** All of a tenant's payloads share one slot, in which whether the processor is active and the counts are exact. */
const NAME = '_';

documentKeys(FEATURE, {
  'payload:<id>': {
    type: 'hash',
    ttl: 'IDEMPOTENCY_TTL_MS, once it is processed or failed',
    holds: 'what became of a payload',
  },
  state: { type: 'hash', ttl: 'none', holds: 'whether a tenant’s processor is active, and counts' },
  'operation:<id>': {
    type: 'string',
    ttl: '600 s, once its commit is settled',
    holds: 'that an effect on a payload took place',
  },
  'accepted:<id>': {
    type: 'string',
    ttl: 'IDEMPOTENCY_TTL_MS',
    holds: 'what a keyed request was answered whose payload was queued',
  },
  tenants: { type: 'set', ttl: 'none', holds: 'tenants that ever queued a payload' },
});

@Injectable()
export class PipelineKeys {
  constructor(private readonly keyspace: Keyspace) {}

  payload(tenant: string, id: string): { readonly payload: string; readonly state: string } {
    return { payload: this.keyspace.key(tenant, FEATURE, NAME, `payload:${id}`), state: this.state(tenant) };
  }

  state(tenant: string): string {
    return this.keyspace.key(tenant, FEATURE, NAME, 'state');
  }

  operation(tenant: string, id: string): string {
    return this.keyspace.key(tenant, FEATURE, NAME, `operation:${id}`);
  }

  accepted(tenant: string, operationId: string): string {
    return this.keyspace.key(tenant, FEATURE, NAME, `accepted:${operationId}`);
  }

  tenants(): string {
    return this.keyspace.key(SYSTEM, FEATURE, NAME, 'tenants');
  }
}
