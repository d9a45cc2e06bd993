import { Injectable } from '@nestjs/common';
import { Caller } from '../../access/caller.js';
import { forbidden } from '../../access/require-permission.js';
import { type HeldLock, underLock } from '../../effects/locked.js';
import { Operation } from '../../telemetry/operation.js';
import { Idempotency, type IdempotentOperation } from '../../transport/idempotency/idempotency.js';
import { validated } from '../../transport/validation/validate.js';
import type { LockAnswer } from './dto/answers.dto.js';
import { AcquireLockBody, type ExtendLockMessage, type LockPath } from './dto/lock.dto.js';
import { lockEndpoints } from './locking.endpoints.js';
import { LOCK_PLACE, lost, resourceOf } from './locking.errors.js';
import { LockGrants } from './locking.grants.js';
import { GrantIds } from './locking.ids.js';
import { KeptLock } from './locking.kept-lock.js';
import type { Wanted } from './locking.node-calls.js';
import { type Acquired, expiresAt, type Granted, Quorum } from './locking.quorum.js';

/** How `using` locks. */
export interface UsingOptions {
  /** How long the lock outlives a process that dies, in ms; work that takes longer keeps it. */
  readonly ttlMs: number;
  /** How long to wait for it, in ms, in the order of those who came; 0 if left out. */
  readonly waitMs?: number;
  readonly owner?: string;
  /** `default` if left out. */
  readonly tenant?: string;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/** Locks: for a time, of several resources at once, with a token that tells later holders from earlier ones. */
@Injectable()
export class LocksService {
  constructor(
    private readonly grants: LockGrants,
    private readonly quorum: Quorum,
    private readonly ids: GrantIds,
    private readonly idempotency: Idempotency,
  ) {}

  /**
   * Takes all of the resources or none. `signal` says that nobody waits for the answer any more.
   * @throws AppError `locking.held`, `locking.no-quorum`, `access.forbidden`
   */
  @Operation(lockEndpoints.acquire.name, { show: ['ttlMs', 'waitMs', 'owner'], mayWait: true })
  async acquire(caller: Caller, input: AcquireLockBody, signal?: AbortSignal): Promise<LockAnswer> {
    checkNames(caller, input.resources);
    if (caller.idempotencyKey === undefined) return await this.acquired(caller, input, signal, undefined);
    const operation = await this.idempotency.open(caller, lockEndpoints.acquire.name, input);
    return await this.ids.once(caller, operation, () => this.acquired(caller, input, signal, operation));
  }

  /** Gives a lock `ttlMs` from now on. @throws AppError `locking.lost`, `locking.no-quorum`, `access.forbidden` */
  @Operation(lockEndpoints.extend.name, { show: ['ttlMs'] })
  async extend(caller: Caller, input: ExtendLockMessage): Promise<LockAnswer> {
    const { lockId, ttlMs } = input;
    const operation = await this.idempotency.open(caller, lockEndpoints.extend.name, input);
    return await this.ids.once(caller, operation, async () => {
      const resources = await this.resourcesOf(caller, lockId);
      const granted = await this.quorum.extend(caller.tenant, lockId, ttlMs);
      return answer(lockId, resources, granted, ttlMs);
    });
  }

  /** @throws AppError as `extend` */
  @Operation(lockEndpoints.release.name)
  async release(caller: Caller, { lockId }: LockPath): Promise<void> {
    if (!this.ids.isOf('lk', lockId)) throw lost();
    if (!isUnlimited(caller)) await this.resourcesOf(caller, lockId);
    await this.quorum.release(caller.tenant, lockId);
  }

  /**
   * Does `work` under the lock of all the resources, which is extended for as long as it takes and released afterwards. The
   * signal is aborted before the lock can expire, by this machine's monotonic clock alone; what `work` does after that
   * it may not do alone, so that its result does not count then. `heldLock()` gives the lock to all that it calls.
   * @throws AppError `request.invalid`, `locking.held`, `locking.no-quorum`; `locking.lost` if the signal was aborted; what
   *   `work` throws
   */
  async using<T>(
    resources: readonly string[],
    { tenant, signal, ...options }: UsingOptions,
    work: (signal: AbortSignal, lock: HeldLock) => Promise<T>,
  ): Promise<T> {
    const caller = Caller.inProcess(tenant);
    // A name may be made of what somebody sent.
    const input = validated(AcquireLockBody, { ...options, resources: [...resources] });
    const lockId = this.ids.of('lk', undefined);
    const granted = await this.grant({ tenant: caller.tenant, id: lockId, isShared: false }, input, signal);
    const lock = new KeptLock(input.resources, granted, input.ttlMs, () =>
      this.quorum.extend(caller.tenant, lockId, input.ttlMs),
    );
    try {
      const result = await underLock(lock, () => work(lock.signal, lock));
      lock.throwIfOver();
      return result;
    } finally {
      lock.stop();
      await this.quorum.end(caller.tenant, lockId);
    }
  }

  private async acquired(
    caller: Caller,
    input: AcquireLockBody,
    signal: AbortSignal | undefined,
    operation: IdempotentOperation | undefined,
  ): Promise<LockAnswer> {
    const id = this.ids.of('lk', operation);
    const { tenant } = caller;
    const granted = await this.grant({ tenant, id, isShared: operation !== undefined }, input, signal);
    if (operation !== undefined && granted.stood) caller.replayed = true;
    return answer(id, input.resources, granted, input.ttlMs);
  }

  private grant(
    { tenant, id, isShared }: Pick<Wanted, 'tenant' | 'id' | 'isShared'>,
    input: AcquireLockBody,
    signal: AbortSignal | undefined,
  ): Promise<Acquired> {
    const { resources, ttlMs, waitMs = 0, owner = '', metadata } = input;
    const places = resources.map((resource) => ({ place: LOCK_PLACE + resource, permits: 1 }));
    const text = metadata ? JSON.stringify(metadata) : '';
    // Member by member: to spread one object into another costs more than all else here.
    const wanted = { tenant, id, isShared, places, ttlMs, owner, metadata: text };
    return this.grants.acquire(wanted, waitMs, signal);
  }

  /** @throws AppError `locking.lost`; `access.forbidden` for one that the caller may not touch */
  private async resourcesOf(caller: Caller, lockId: string): Promise<string[]> {
    const places = this.ids.isOf('lk', lockId) ? await this.quorum.placesOf(caller.tenant, lockId) : [];
    if (places.length === 0) throw lost();
    const resources = places.map(resourceOf);
    checkNames(caller, resources);
    return resources;
  }
}

function answer(lockId: string, resources: readonly string[], granted: Granted, ttlMs: number): LockAnswer {
  return {
    lockId,
    resources: [...resources],
    fencingToken: granted.token,
    expiresAt: expiresAt(granted),
    ttlMs,
  };
}

/** Whether no name can be outside of what the caller may lock. */
function isUnlimited(caller: Caller): boolean {
  return caller.may(lockEndpoints.acquire.permission, '');
}

function checkNames(caller: Caller, resources: readonly string[]): void {
  const { permission } = lockEndpoints.acquire;
  if (!resources.every((resource) => caller.may(permission, resource))) throw forbidden(permission);
}
