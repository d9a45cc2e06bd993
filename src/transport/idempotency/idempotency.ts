import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import stringify from 'safe-stable-stringify';
import type { Caller } from '../../access/caller.js';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { AppError } from '../../errors/app-error.js';
import { idempotencyErrors } from '../../errors/core.errors.js';
import { documentKeys, Keyspace } from '../../redis/keyspace.js';
import { RedisGateway } from '../../redis/redis-gateway.js';
import { ServiceSecret } from '../pagination/service-secret.js';

documentKeys('idempotency', {
  request: {
    type: 'string',
    ttl: 'IDEMPOTENCY_TTL_MS',
    holds: 'fingerprint of the request that an Idempotency-Key was used for',
  },
});

/** A keyed request, as the script that carries it out remembers it. */
export interface IdempotentOperation {
  /** SHA-256 over tenant, actor and Idempotency-Key, in hexadecimal. */
  readonly id: string;
  /** SHA-256 over the operation's name and its data, in hexadecimal. */
  readonly fingerprint: string;
  /** How long the record is kept; 0: until somebody lets it go. */
  readonly ttlMs: number;
  /** Instant by Redis' clock, in ms, after which nothing may be done any more. */
  readonly notAfterMs?: number;
}

/** What a script has to be told of the operation that it carries out, or of none. */
export function keyedArgs(operation: IdempotentOperation | undefined): {
  fingerprint: string;
  ttlMs: number;
} {
  return { fingerprint: operation?.fingerprint ?? '', ttlMs: operation?.ttlMs ?? 0 };
}

/**
 * Makes keyed requests take effect once. A key is bound to its request here, in a slot of its own; the effect
 * and the answer are written together by the operation's own script, which gets the operation's id. So
 * nothing that happens between the two steps can double an effect, and a repeated request that finds the
 * binding but no effect simply carries on.
 */
@Injectable()
export class Idempotency {
  private readonly ttlMs: number;

  constructor(
    private readonly gateway: RedisGateway,
    private readonly keyspace: Keyspace,
    private readonly secret: ServiceSecret,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.ttlMs = settings.IDEMPOTENCY_TTL_MS;
  }

  /**
   * Binds the caller's Idempotency-Key to this request; undefined if the caller sent none. `timeoutMs` as of the gateway.
   * @throws AppError `idempotency.key-reused` if it was bound to another request
   */
  async open(
    caller: Caller,
    operation: string,
    data: object,
    timeoutMs?: number,
  ): Promise<IdempotentOperation | undefined> {
    if (caller.idempotencyKey === undefined) return undefined;
    const id = digest([caller.tenant, caller.actor, caller.idempotencyKey]);
    const fingerprint = digest([operation, stringify(data) ?? '']);
    const key = this.keyspace.key(caller.tenant, 'idempotency', id, 'request');
    const bound = await this.gateway.execute(
      (client) => client.set(key, fingerprint, 'PX', this.ttlMs, 'NX', 'GET'),
      { repeatable: true, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    );
    if (bound !== null && bound !== fingerprint) throw keyReused();
    return { id, fingerprint, ttlMs: this.ttlMs };
  }

  /** Encrypts an answer that holds a secret, so that only the same Idempotency-Key can bring it back. */
  seal(caller: Caller, answer: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.sealKey(caller), nonce);
    const sealed = Buffer.concat([cipher.update(answer, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** @throws Error if `sealed` was not made by `seal` under the same Idempotency-Key */
  unseal(caller: Caller, sealed: string): string {
    const bytes = Buffer.from(sealed, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.sealKey(caller), bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  }

  private sealKey(caller: Caller): Buffer {
    return this.secret.derive('sealed answers', caller.idempotencyKey);
  }
}

export function keyReused(): AppError {
  return new AppError(idempotencyErrors['key-reused'], 'Use a new Idempotency-Key for another request.');
}

function digest(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts));
}
