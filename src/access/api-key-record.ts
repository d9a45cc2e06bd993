import { asNumber } from '../redis/decode.js';

/** An API key as it is stored: everything but its secret. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  /** Instants are milliseconds since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  /** SHA-256 of the secret, in hexadecimal. */
  readonly hash: string;
  /** The secret before the last rotation, and until when it still works. */
  readonly previous: { readonly hash: string; readonly until: number } | undefined;
}

export function encodeRecord(record: ApiKeyRecord): (string | number)[] {
  const fields: (string | number)[] = [
    'name',
    record.name,
    'tenant',
    record.tenant,
    'roles',
    record.roles.join(' '),
    'permissions',
    record.permissions.join(' '),
    'createdAt',
    record.createdAt,
    'hash',
    record.hash,
  ];
  if (record.expiresAt !== undefined) fields.push('expiresAt', record.expiresAt);
  if (record.previous)
    fields.push('previousHash', record.previous.hash, 'previousUntil', record.previous.until);
  return fields;
}

/** The record that the hash `fields` holds; undefined if there is none. */
export function decodeRecord(id: string, fields: Readonly<Record<string, string>>): ApiKeyRecord | undefined {
  const { name, tenant, roles, permissions, hash } = fields;
  if (name === undefined || tenant === undefined || hash === undefined) return undefined;
  return {
    id,
    name,
    tenant,
    roles: words(roles),
    permissions: words(permissions),
    createdAt: asNumber(fields.createdAt),
    expiresAt: fields.expiresAt === undefined ? undefined : asNumber(fields.expiresAt),
    hash,
    previous:
      fields.previousHash === undefined
        ? undefined
        : { hash: fields.previousHash, until: asNumber(fields.previousUntil) },
  };
}

function words(text: string | undefined): string[] {
  return text ? text.split(' ') : [];
}
