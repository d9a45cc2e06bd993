import { Injectable } from '@nestjs/common';
import { AppError } from '../errors/app-error.js';
import { accessErrors } from './access.errors.js';
import { hashSecret, parseApiKey, sameHash } from './api-key.js';
import type { ApiKeyRecord } from './api-key-record.js';
import { ApiKeyStore } from './api-key-store.js';
import type { Credential } from './caller.js';
import { JsonWebTokens } from './json-web-tokens.js';
import { PermissionSet } from './permission.js';
import { Roles } from './roles.js';

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** Turns an `Authorization` value into a credential. */
@Injectable()
export class Authenticator {
  /** Credentials of records as the store's cache holds them, so that permissions are parsed once a record. */
  private readonly credentials = new WeakMap<ApiKeyRecord, Credential>();

  constructor(
    private readonly keys: ApiKeyStore,
    private readonly tokens: JsonWebTokens,
    private readonly roles: Roles,
  ) {}

  /** @throws AppError `access.no-credential`, `access.invalid-credential` or `redis.unavailable` */
  async authenticate(authorization: string | undefined): Promise<Credential> {
    if (authorization === undefined || authorization === '') {
      throw new AppError(accessErrors['no-credential'], 'Send "Authorization: Bearer <API key or JWT>".');
    }
    const token = BEARER.exec(authorization)?.[1];
    const credential = token === undefined ? undefined : await this.credentialOf(token);
    if (credential === undefined) {
      throw new AppError(
        accessErrors['invalid-credential'],
        'The credential is unknown, expired or revoked.',
      );
    }
    return credential;
  }

  private async credentialOf(token: string): Promise<Credential | undefined> {
    if (!token.startsWith('fk_')) return await this.tokens.verify(token);
    const key = parseApiKey(token);
    const record = key && (await this.keys.findRecent(key.id));
    if (!key || !record || !isValid(record, key.secret)) return undefined;
    return this.credentials.get(record) ?? this.remember(record);
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
    };
    this.credentials.set(record, credential);
    return credential;
  }
}

function isValid(record: ApiKeyRecord, secret: string): boolean {
  const now = Date.now();
  if (record.expiresAt !== undefined && record.expiresAt <= now) return false;
  const hash = hashSecret(secret);
  if (sameHash(hash, record.hash)) return true;
  return record.previous !== undefined && record.previous.until > now && sameHash(hash, record.previous.hash);
}
