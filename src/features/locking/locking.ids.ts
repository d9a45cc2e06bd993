import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { Nonces } from '../../encryption/nonces.js';
import { followUp } from '../../redis/follow-up.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { Idempotency, type IdempotentOperation } from '../../transport/idempotency/idempotency.js';
import { ServiceSecret } from '../../transport/pagination/service-secret.js';
import { LockingKeys } from './locking.keys.js';

const ID_BYTES = 16;

/** Which kind of grant an id is of; so none can be taken for one of the other kind. */
export type GrantKind = 'lk' | 'pm';

/**
 * Ids of grants, which nobody can guess. That of a keyed request follows from its Idempotency-Key: repeated after a lost
 * answer, it finds the grant that it has. The answer is kept besides, on the shared Redis, for when that grant is over.
 */
@Injectable()
export class GrantIds {
  private readonly random = new Nonces(ID_BYTES);

  constructor(
    private readonly gateway: RedisGateway,
    private readonly keys: LockingKeys,
    private readonly idempotency: Idempotency,
    private readonly secret: ServiceSecret,
  ) {}

  of(kind: GrantKind, operation: IdempotentOperation | undefined): string {
    const bytes =
      operation === undefined
        ? this.random.next()
        : createHmac('sha256', this.secret.derive('grant ids'))
            .update(operation.id)
            .digest()
            .subarray(0, ID_BYTES);
    return kind + bytes.toString('base64url');
  }

  isOf(kind: GrantKind, id: string): boolean {
    return id.startsWith(kind);
  }

  /** What `get` gives; with an Idempotency-Key what it gave the first time. */
  async once<Answer extends object>(
    caller: Caller,
    operation: IdempotentOperation | undefined,
    get: () => Promise<Answer>,
  ): Promise<Answer> {
    if (operation === undefined) return await get();
    const key = this.keys.operation(caller.tenant, operation.id);
    const sealed = await this.gateway.execute((client) => client.get(key), { repeatable: true });
    if (sealed !== null) {
      caller.replayed = true;
      return JSON.parse(this.idempotency.unseal(caller, sealed)) as Answer;
    }
    const answer = await get();
    const kept = this.idempotency.seal(caller, JSON.stringify(answer));
    await followUp('keep the answer to a keyed request', () =>
      this.gateway.execute((client) => client.set(key, kept, 'PX', operation.ttlMs), { repeatable: true }),
    );
    return answer;
  }
}
