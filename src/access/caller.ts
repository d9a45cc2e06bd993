import type { Describable } from '../telemetry/operation.js';
import { checkedFence, type Fence } from './fence.js';
import { type Permission, PermissionSet } from './permission.js';

export const DEFAULT_TENANT = 'default';

/** Who presented a valid credential. */
export interface Credential {
  readonly kind: 'api-key' | 'jwt' | 'in-process';
  /** The API key's id, or the token's `sub`. */
  readonly actor: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly permissions: PermissionSet;
  /** When it ceases to be valid, in ms since 1970, as far as it says so itself. */
  readonly expiresAt?: number | undefined;
}

/** On whose behalf a service acts, and what goes with this one request. */
export class Caller implements Describable {
  /** Set by the service when the answer is the one that an earlier request with the same key got. */
  replayed = false;

  constructor(
    readonly credential: Credential,
    readonly requestId: string,
    readonly idempotencyKey?: string,
    /** Counts in writes to boards, streams, channels and sessions. */
    readonly fence?: Fence,
  ) {}

  /** A caller for use in process, who may do everything within `tenant`. @throws AppError `fence.invalid` */
  static inProcess(
    tenant = DEFAULT_TENANT,
    options: { requestId?: string; idempotencyKey?: string; fence?: Fence } = {},
  ): Caller {
    const credential: Credential = {
      kind: 'in-process',
      actor: 'in-process',
      tenant,
      roles: ['admin'],
      permissions: new PermissionSet(['*:*']),
    };
    const { requestId = 'in-process', idempotencyKey, fence } = options;
    return new Caller(credential, requestId, idempotencyKey, fence && checkedFence(fence));
  }

  get tenant(): string {
    return this.credential.tenant;
  }

  get actor(): string {
    return this.credential.actor;
  }

  may(permission: Permission, name?: string): boolean {
    return this.credential.permissions.allows(permission, name);
  }

  describe(): Readonly<Record<string, string>> {
    return { requestId: this.requestId, tenant: this.tenant, actor: this.actor };
  }
}
