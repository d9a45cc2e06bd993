import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { Operation } from '../../telemetry/operation.js';
import { Idempotency } from '../../transport/idempotency/idempotency.js';
import type { ExtendPermitAnswer, PermitAnswer } from './dto/answers.dto.js';
import type { AcquirePermitMessage, ExtendPermitMessage, PermitPath } from './dto/lock.dto.js';
import { permitEndpoints } from './locking.endpoints.js';
import { lost, PERMIT_PLACE } from './locking.errors.js';
import { LockGrants } from './locking.grants.js';
import { GrantIds } from './locking.ids.js';
import { expiresAt, Quorum } from './locking.quorum.js';

/** Semaphores: as locks, with room for more than one holder. They have names of their own: no lock meets a semaphore. */
@Injectable()
export class PermitsService {
  constructor(
    private readonly grants: LockGrants,
    private readonly quorum: Quorum,
    private readonly ids: GrantIds,
    private readonly idempotency: Idempotency,
  ) {}

  /** @throws AppError `locking.held`, `locking.no-quorum` */
  @Operation(permitEndpoints.acquire.name, {
    show: ['resource', 'permits', 'ttlMs', 'waitMs', 'owner'],
    mayWait: true,
  })
  async acquire(caller: Caller, input: AcquirePermitMessage, signal?: AbortSignal): Promise<PermitAnswer> {
    const { resource, permits, ttlMs, waitMs = 0, owner = '' } = input;
    const operation = await this.idempotency.open(caller, permitEndpoints.acquire.name, input);
    return await this.ids.once(caller, operation, async () => {
      const permitId = this.ids.of('pm', operation);
      const places = [{ place: PERMIT_PLACE + resource, permits }];
      const grant = { tenant: caller.tenant, id: permitId, isShared: operation !== undefined };
      const wanted = { ...grant, places, ttlMs, owner, metadata: '' };
      const granted = await this.grants.acquire(wanted, waitMs, signal);
      if (operation !== undefined && granted.stood) caller.replayed = true;
      return { permitId, resource, permits, expiresAt: expiresAt(granted), ttlMs };
    });
  }

  /** Gives a permit `ttlMs` from now on. @throws AppError `locking.lost`, `locking.no-quorum` */
  @Operation(permitEndpoints.extend.name, { show: ['resource', 'ttlMs'] })
  async extend(caller: Caller, input: ExtendPermitMessage): Promise<ExtendPermitAnswer> {
    const { resource, permitId, ttlMs } = input;
    const operation = await this.idempotency.open(caller, permitEndpoints.extend.name, input);
    return await this.ids.once(caller, operation, async () => {
      await this.check(caller, input);
      const granted = await this.quorum.extend(caller.tenant, permitId, ttlMs);
      return { permitId, resource, expiresAt: expiresAt(granted), ttlMs };
    });
  }

  /** @throws AppError as `extend` */
  @Operation(permitEndpoints.release.name, { show: ['resource'] })
  async release(caller: Caller, path: PermitPath): Promise<void> {
    await this.check(caller, path);
    await this.quorum.release(caller.tenant, path.permitId);
  }

  /** A permit is one of the semaphore that the request, and with it the permission, names. */
  private async check({ tenant }: Caller, { resource, permitId }: PermitPath): Promise<void> {
    const places = this.ids.isOf('pm', permitId) ? await this.quorum.placesOf(tenant, permitId) : [];
    if (!places.includes(PERMIT_PLACE + resource)) throw lost();
  }
}
