import { asNumber } from '../redis/decode.js';
import { hashSecret, sameHash } from './api-key.js';

/** How many earlier secrets a key has at the most; each is looked at when a credential is checked. */
const MAX_EARLIER = 8;

/** A secret that a rotation replaced, and until when it still works. */
export interface EarlierSecret {
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

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
  /** Secrets before rotations that left them some time, newest first. */
  readonly earlier: readonly EarlierSecret[];
}

/** When `secret` ceases to be one of the key's, in ms since 1970; 0 if it is none. */
export function validUntil(record: ApiKeyRecord, secret: string): number {
  const expiresAt = record.expiresAt ?? Infinity;
  const hash = hashSecret(secret);
  if (sameHash(hash, record.hash)) return expiresAt;
  const earlier = record.earlier.find((each) => sameHash(hash, each.hash));
  return earlier ? Math.min(earlier.until, expiresAt) : 0;
}

/** `record` with another secret, after which the one that it had works `graceMs` more, and those before it as long as they were given. */
export function rotated(record: ApiKeyRecord, hash: string, graceMs: number, now: number): ApiKeyRecord {
  const earlier = [{ hash: record.hash, until: now + graceMs }, ...record.earlier];
  return { ...record, hash, earlier: earlier.filter(({ until }) => until > now).slice(0, MAX_EARLIER) };
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
  // The newest has fields of its own, as when there was one alone: a node of an earlier version still finds it.
  const [previous, ...others] = record.earlier;
  if (previous) fields.push('previousHash', previous.hash, 'previousUntil', previous.until);
  if (others.length > 0) fields.push('earlier', others.flatMap(({ hash, until }) => [hash, until]).join(' '));
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
    earlier: [
      ...(fields.previousHash === undefined
        ? []
        : earlierSecrets([fields.previousHash, fields.previousUntil])),
      ...earlierSecrets(words(fields.earlier)),
    ],
  };
}

/** The secrets that `parts` has as hash, instant, hash, instant … */
function earlierSecrets(parts: readonly (string | undefined)[]): EarlierSecret[] {
  return parts.flatMap((part, at) =>
    at % 2 === 0 ? { hash: part ?? '', until: asNumber(parts[at + 1]) } : [],
  );
}

function words(text: string | undefined): string[] {
  return text ? text.split(' ') : [];
}
