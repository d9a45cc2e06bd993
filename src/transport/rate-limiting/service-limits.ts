import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import type { Credential } from '../../access/caller.js';
import { documentKeys, Keyspace, SYSTEM } from '../../redis/keyspace.js';
import { networkOf } from './address-of.js';
import { policyItem } from './rate-limit-headers.js';
import type { BucketCharge } from './token-buckets.js';
import { type BucketLimit, partsOf } from './token-bucket.js';

const FEATURE = 'throttle';

documentKeys(FEATURE, {
  'address:<parts>': {
    type: 'string',
    ttl: 'until the bucket is full',
    holds: 'what one client address may still send before it is asked who it is',
  },
  'credential:<id>:<parts>': {
    type: 'string',
    ttl: 'until the bucket is full',
    holds: 'what one credential may still send',
  },
  'tenant:<parts>': {
    type: 'string',
    ttl: 'until the bucket is full',
    holds: 'what all credentials of one tenant together may still send',
  },
});

export type LimitName = 'address' | 'credential' | 'tenant';

/** A charge on one of the service's own limits. */
export interface ServiceCharge extends BucketCharge {
  readonly name: LimitName;
  /** The limit as an item of the field `RateLimit-Policy`. */
  readonly policy: string;
}

/** How many addresses a node remembers the buckets of. */
const ADDRESS_ENTRIES = 10_000;

/** The limits on the service's own traffic, as the settings have them. */
@Injectable()
export class ServiceLimits {
  readonly limits: Readonly<Partial<Record<LimitName, BucketLimit>>>;

  // The charges of one client, with their keys, are the same from request to request.
  private readonly byAddress = new LRUCache<string, ChargesByCost>({ max: ADDRESS_ENTRIES });
  private readonly byCredential = new WeakMap<Credential, ChargesByCost>();

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly keyspace: Keyspace,
  ) {
    const limitOf = (setting: BucketLimit | 'off') => (setting === 'off' ? undefined : setting);
    this.limits = {
      address: limitOf(settings.RATE_LIMIT_ADDRESS),
      credential: limitOf(settings.RATE_LIMIT_CREDENTIAL),
      tenant: limitOf(settings.RATE_LIMIT_TENANT),
    };
  }

  /** What a request of this cost takes from the bucket of its client's network. */
  ofAddress(address: string, cost: number): readonly ServiceCharge[] {
    const known = this.byAddress.get(address);
    if (known) return known.of(cost);
    const network = networkOf(address);
    const charges = new ChargesByCost([
      ...this.charge('address', (parts) => this.keyspace.key(SYSTEM, FEATURE, network, `address:${parts}`)),
    ]);
    this.byAddress.set(address, charges);
    return charges.of(cost);
  }

  /** Both buckets share the tenant's slot, so that one script charges them. */
  ofCaller(credential: Credential, cost: number): readonly ServiceCharge[] {
    const known = this.byCredential.get(credential);
    if (known) return known.of(cost);
    const { tenant, actor } = credential;
    const key = (part: string) => this.keyspace.key(tenant, FEATURE, tenant, part);
    const charges = new ChargesByCost([
      ...this.charge('credential', (parts) => key(`credential:${encodeURIComponent(actor)}:${parts}`)),
      ...this.charge('tenant', (parts) => key(`tenant:${parts}`)),
    ]);
    this.byCredential.set(credential, charges);
    return charges.of(cost);
  }

  private charge(name: LimitName, keyOf: (parts: number) => string): ChargeWithoutCost[] {
    const limit = this.limits[name];
    if (limit === undefined) return [];
    const key = keyOf(partsOf(limit).partsPerToken);
    return [{ name, key, operationKey: key, limit, policy: policyItem(name, limit) }];
  }
}

type ChargeWithoutCost = Omit<ServiceCharge, 'cost'>;

/** The charges of one client, for each of the few costs that endpoints have. */
class ChargesByCost {
  private readonly charges = new Map<number, readonly ServiceCharge[]>();

  constructor(private readonly withoutCost: readonly ChargeWithoutCost[]) {}

  of(cost: number): readonly ServiceCharge[] {
    const known = this.charges.get(cost);
    if (known) return known;
    // What costs more than a bucket ever holds takes all of it: otherwise no client could do it, however long it waited.
    const charges = this.withoutCost.map((charge) => ({
      ...charge,
      cost: Math.min(cost, charge.limit.capacity),
    }));
    this.charges.set(cost, charges);
    return charges;
  }
}
