import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AppError } from '../errors/app-error.js';
import { accessErrors } from './access.errors.js';
import { type KeyParts, parseApiKey } from './api-key.js';
import { type ApiKeyRecord, validUntil } from './api-key-record.js';
import { ApiKeyStore } from './api-key-store.js';
import type { Credential } from './caller.js';
import { JsonWebTokens } from './json-web-tokens.js';
import { PermissionSet } from './permission.js';
import { Roles } from './roles.js';

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** How many valid API keys a node remembers by the header that they came in. */
const PROVEN_ENTRIES = 10_000;

/** A credential that a header has proved, for as long as its record stands and `until` (ms since 1970) is not over. */
interface Proven {
  readonly record: ApiKeyRecord;
  readonly until: number;
  readonly credential: Credential;
}

/** Turns an `Authorization` value into a credential. */
@Injectable()
export class Authenticator {
  /** Credentials of records as the store's cache holds them, so that permissions are parsed once a record. */
  private readonly credentials = new WeakMap<ApiKeyRecord, Credential>();
  private readonly proven = new LRUCache<string, Proven>({ max: PROVEN_ENTRIES });

  constructor(
    private readonly keys: ApiKeyStore,
    private readonly tokens: JsonWebTokens,
    private readonly roles: Roles,
  ) {}

  /**
   * Answers at once, without a promise, if the same header was proved a moment ago. With `inOutage` an API key that was valid within
   * the last minute counts while Redis cannot be asked.
   * @throws AppError `access.no-credential`, `access.invalid-credential` or `redis.unavailable`
   */
  authenticate(authorization: string | undefined, inOutage = false): Credential | Promise<Credential> {
    if (authorization === undefined || authorization === '') {
      throw new AppError(accessErrors['no-credential'], 'Send "Authorization: Bearer <API key or JWT>".');
    }
    const proven = this.proven.get(authorization);
    if (proven && proven.until > Date.now() && this.keys.isRecent(proven.record)) return proven.credential;
    return this.prove(authorization, inOutage);
  }

  private async prove(authorization: string, inOutage: boolean): Promise<Credential> {
    const token = BEARER.exec(authorization)?.[1];
    const credential =
      token === undefined ? undefined : await this.credentialOf(token, authorization, inOutage);
    if (credential === undefined) {
      throw new AppError(
        accessErrors['invalid-credential'],
        'The credential is unknown, expired or revoked.',
      );
    }
    return credential;
  }

  private async credentialOf(
    token: string,
    authorization: string,
    inOutage: boolean,
  ): Promise<Credential | undefined> {
    if (!token.startsWith('fk_')) return await this.tokens.verify(token);
    const key = parseApiKey(token);
    const record = key && (await (inOutage ? this.findOrRecall(key) : this.keys.findRecent(key.id)));
    const until = key && record ? validUntil(record, key.secret) : 0;
    if (!record || until <= Date.now()) return undefined;
    const credential = this.credentials.get(record) ?? this.remember(record);
    this.proven.set(authorization, { record, until, credential });
    return credential;
  }

  /** What Redis has of a key or, while it does not say, what is known of it, if by that the secret is valid. */
  private async findOrRecall({ id, secret }: KeyParts): Promise<ApiKeyRecord | undefined> {
    // A key that is new here has to wait: only Redis can tell whether it is valid.
    if (!isValid(this.keys.lastKnown(id), secret)) return await this.keys.findRecent(id);
    try {
      return await this.keys.findSoon(id);
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'unavailable') throw error;
      // Recalled only now: meanwhile this node may have learned that the key was revoked.
      const known = this.keys.lastKnown(id);
      if (!isValid(known, secret)) throw error;
      return known;
    }
  }

  private remember(record: ApiKeyRecord): Credential {
    const credential: Credential = {
      kind: 'api-key',
      actor: record.id,
      tenant: record.tenant,
      roles: record.roles,
      permissions: new PermissionSet([
        ...new Set([...this.roles.permissionsOf(record.roles), ...record.permissions]),
      ]),
      expiresAt: record.expiresAt,
    };
    this.credentials.set(record, credential);
    return credential;
  }
}

function isValid(record: ApiKeyRecord | undefined, secret: string): boolean {
  return record !== undefined && validUntil(record, secret) > Date.now();
}
