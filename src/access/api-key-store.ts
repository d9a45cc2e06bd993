import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Deadlines } from '../redis/deadlines.js';
import { documentKeys, Keyspace, SYSTEM } from '../redis/keyspace.js';
import { NoReplyError, unavailable } from '../redis/redis-failure.js';
import { RedisGateway } from '../redis/redis-gateway.js';
import { ScriptRunner } from '../redis/script-runner.js';
import { type ApiKeyRecord, decodeRecord, encodeRecord } from './api-key-record.js';
import { putKeyScript, removeKeyScript } from './access.scripts.js';
import { KnownKey } from './known-key.js';

documentKeys('access', {
  'key:<id>': {
    type: 'hash',
    ttl: 'none',
    holds: 'an API key without its secret: tenant, roles, hash, expiry',
  },
  'tenant:<tenant>': {
    type: 'zset',
    ttl: 'none',
    holds: 'ids of the API keys of a tenant, in order of creation',
  },
  bootstrap: {
    type: 'string',
    ttl: 'none',
    holds: 'id of the first admin key while it is made, then `done`',
  },
  'operation:<id>': {
    type: 'string',
    ttl: 'IDEMPOTENCY_TTL_MS',
    holds: 'what a keyed request created, sealed under its Idempotency-Key',
  },
});

const CACHE_ENTRIES = 10_000;
/** How long Redis is waited for where what was known of a key counts too. */
const PATIENCE_MS = 100;

/** What a keyed write leaves behind in the same script, and how long. */
export interface WriteOnce {
  readonly id: string;
  readonly fingerprint: string;
  readonly ttlMs: number;
  readonly sealed: string;
}

/** API keys in Redis. All of them share one slot, so that a key and its place in the list change as one. */
@Injectable()
export class ApiKeyStore {
  private readonly known = new LRUCache<string, KnownKey>({ max: CACHE_ENTRIES });
  private readonly deadlines = new Deadlines();

  constructor(
    private readonly gateway: RedisGateway,
    private readonly scripts: ScriptRunner,
    private readonly keyspace: Keyspace,
  ) {}

  /** The key as it was at most half a second ago; concurrent callers share one look-up. */
  findRecent(id: string): Promise<ApiKeyRecord | undefined> {
    return this.lookUp(id).found;
  }

  /**
   * As `findRecent`, and soon, for who can go by `lastKnown` instead. A look-up that takes longer goes on: what it finds is known
   * from then on, so that a Redis which is slow revokes a key too.
   * @throws AppError `redis.unavailable` or `redis.outcome-unknown`
   */
  findSoon(id: string): Promise<ApiKeyRecord | undefined> {
    const { askedAt, found } = this.lookUp(id);
    return this.deadlines.before(askedAt + PATIENCE_MS, found, () =>
      unavailable({ effect: 'none' }, true, new NoReplyError('Redis did not say soon what it has of a key')),
    );
  }

  /** Whether `record`, which an earlier look-up gave, is still what this node goes by. */
  isRecent(record: ApiKeyRecord): boolean {
    return this.known.get(record.id)?.isFresh(record, performance.now()) ?? false;
  }

  /** The key as Redis last had it, if this node read it in the last minute. It may be revoked since. */
  lastKnown(id: string): ApiKeyRecord | undefined {
    return this.known.get(id)?.lastKnown(performance.now());
  }

  private lookUp(id: string) {
    const known = this.known.get(id) ?? new KnownKey();
    this.known.set(id, known);
    return known.look(() => this.find(id), performance.now());
  }

  async find(id: string): Promise<ApiKeyRecord | undefined> {
    const fields = await this.gateway.execute((client) => client.hgetall(this.recordKey(id)), {
      repeatable: true,
    });
    return decodeRecord(id, fields);
  }

  /**
   * Writes a key; with `once`, at most once per operation id.
   * @returns the sealed answer of the earlier write if there was one, or `reused` if that was another request
   */
  async put(record: ApiKeyRecord, mode: 'create' | 'replace', once?: WriteOnce) {
    this.known.delete(record.id);
    return await this.scripts.run(putKeyScript, {
      keys: {
        record: this.recordKey(record.id),
        tenant: this.tenantKey(record.tenant),
        operation: this.key(`operation:${once?.id ?? 'none'}`),
      },
      args: {
        id: record.id,
        mode,
        fingerprint: once?.fingerprint ?? '',
        sealed: once?.sealed ?? '',
        ttlMs: once?.ttlMs ?? 0,
      },
      rest: encodeRecord(record),
      // Without an operation id a second creation is refused as `exists`, and a rotation would make a third secret.
      repeatable: once !== undefined,
    });
  }

  /** Whether there was such a key. */
  async remove(record: ApiKeyRecord): Promise<boolean> {
    const removed = await this.scripts.run(removeKeyScript, {
      keys: { record: this.recordKey(record.id), tenant: this.tenantKey(record.tenant) },
      args: { id: record.id },
      repeatable: true,
      resend: false,
    });
    this.known.delete(record.id);
    return removed;
  }

  /** Up to `limit` keys of `tenant` after the id `after`, in order of creation. */
  async list(tenant: string, limit: number, after: string | undefined): Promise<ApiKeyRecord[]> {
    const ids = await this.gateway.execute(
      (client) =>
        client.zrangebylex(
          this.tenantKey(tenant),
          after === undefined ? '-' : `(${after}`,
          '+',
          'LIMIT',
          0,
          limit,
        ),
      { repeatable: true },
    );
    const records = await Promise.all(ids.map((id) => this.find(id)));
    return records.filter((record) => record !== undefined);
  }

  /** Whether the caller may make the first key, under `id`: for one id alone, until `endBootstrap`. */
  async claimBootstrap(id: string): Promise<boolean> {
    const claimed = await this.gateway.execute(
      (client) => client.set(this.key('bootstrap'), id, 'NX', 'GET'),
      {
        repeatable: true,
      },
    );
    return claimed === null || claimed === id;
  }

  /** From here on no start makes a first key again, not even after the first one was revoked. */
  async endBootstrap(): Promise<void> {
    await this.gateway.execute((client) => client.set(this.key('bootstrap'), 'done'), { repeatable: true });
  }

  private recordKey(id: string): string {
    return this.key(`key:${id}`);
  }

  private tenantKey(tenant: string): string {
    return this.key(`tenant:${tenant}`);
  }

  private key(part: string): string {
    return this.keyspace.key(SYSTEM, 'access', 'keys', part);
  }
}
