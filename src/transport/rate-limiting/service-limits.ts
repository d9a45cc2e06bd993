import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { documentKeys, Keyspace, SYSTEM } from '../../redis/keyspace.js';
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
}

/** The limits on the service's own traffic, as the settings have them. */
@Injectable()
export class ServiceLimits {
  readonly limits: Readonly<Partial<Record<LimitName, BucketLimit>>>;

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

  ofAddress(address: string, cost: number): ServiceCharge[] {
    return this.charges('address', cost, (parts) =>
      this.keyspace.key(SYSTEM, FEATURE, address, `address:${parts}`),
    );
  }

  /** Both buckets share the tenant's slot, so that one script charges them. */
  ofCaller(tenant: string, actor: string, cost: number): ServiceCharge[] {
    const key = (part: string) => this.keyspace.key(tenant, FEATURE, tenant, part);
    return [
      ...this.charges('credential', cost, (parts) => key(`credential:${encodeURIComponent(actor)}:${parts}`)),
      ...this.charges('tenant', cost, (parts) => key(`tenant:${parts}`)),
    ];
  }

  private charges(name: LimitName, cost: number, keyOf: (parts: number) => string): ServiceCharge[] {
    const limit = this.limits[name];
    if (limit === undefined) return [];
    const key = keyOf(partsOf(limit).partsPerToken);
    return [{ name, key, operationKey: key, limit, cost }];
  }
}
