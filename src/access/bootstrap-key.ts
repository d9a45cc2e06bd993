import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import { keepSecret, readSecret } from '../encryption/secret-file.js';
import { messageOf } from '../errors/reason-of.js';
import { StartError } from '../errors/start-error.js';
import {
  formatApiKey,
  hashSecret,
  type KeyParts,
  newKeyId,
  newSecret,
  parseApiKey,
  sameHash,
} from './api-key.js';
import { type ApiKeyRecord, validUntil } from './api-key-record.js';
import { ApiKeyStore } from './api-key-store.js';
import { DEFAULT_TENANT } from './caller.js';

/** How a person gets at the admin key: shown once when it was made, later only where it is. */
export type AdminKeyNotice =
  | { readonly kind: 'configured' }
  | { readonly kind: 'made'; readonly key: string; readonly file: string }
  | { readonly kind: 'kept'; readonly file: string }
  /** What the file holds was replaced by a rotation, and works until an instant (ms since 1970) that may be over. */
  | { readonly kind: 'rotated'; readonly file: string; readonly until: number }
  | { readonly kind: 'elsewhere' };

/** Sees to it that a service that starts for the first time has an admin key. */
@Injectable()
export class BootstrapKey {
  constructor(
    private readonly store: ApiKeyStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Makes the key of ADMIN_API_KEY, or, at the very first start on this Redis, a random one. */
  async ensure(): Promise<AdminKeyNotice> {
    const configured = this.settings.ADMIN_API_KEY;
    if (configured !== undefined) {
      await this.ensureConfigured(configured);
      return { kind: 'configured' };
    }
    const file = join(this.settings.DATA_DIR, 'admin.key');
    const kept = await readKey(file);
    const standing = kept && (await this.store.find(kept.id));
    if (standing) {
      await this.store.endBootstrap();
      return noticeOf(standing, kept.secret, file);
    }
    // The file comes first: a key that Redis knows and nobody holds would be lost for good. A start that was cut
    // off after it, or one at the same time, left its key there, and this one carries on with that.
    const fresh = { id: newKeyId(), secret: newSecret() };
    const { id, secret } = kept ?? (await keepKey(file, fresh));
    if (!(await this.store.claimBootstrap(id))) {
      // Another start, in the same folder, may have carried this one's key to its end: then the file is the only
      // place where that key is.
      const carried = await this.store.find(id);
      if (carried) return noticeOf(carried, secret, file);
      if (id === fresh.id) await rm(file);
      return { kind: 'elsewhere' };
    }
    await this.store.put(adminRecord(id, secret), 'create');
    await this.store.endBootstrap();
    return { kind: 'made', key: formatApiKey(id, secret), file };
  }

  /** Whatever became of the key since the last start, revocation and rotations included: the setting is how an operator gets back in. */
  private async ensureConfigured(configured: string): Promise<void> {
    const parsed = parseApiKey(configured);
    if (parsed === undefined) throw new Error('ADMIN_API_KEY passed its check but is no API key');
    const standing = await this.store.find(parsed.id);
    if (standing && sameHash(standing.hash, hashSecret(parsed.secret))) return;
    await this.store.put(adminRecord(parsed.id, parsed.secret), standing ? 'replace' : 'create');
  }
}

/** What `file`, which holds `secret`, is worth now that `record` is what stands. */
function noticeOf(record: ApiKeyRecord, secret: string, file: string): AdminKeyNotice {
  if (sameHash(record.hash, hashSecret(secret))) return { kind: 'kept', file };
  return { kind: 'rotated', file, until: validUntil(record, secret) };
}

async function readKey(file: string): Promise<KeyParts | undefined> {
  const text = await readSecret(file).catch(() => undefined);
  return parseApiKey(text?.trim() ?? '');
}

/**
 * Puts `fresh` into `file` unless a key is there already.
 * @returns the key that is there now
 * @throws StartError if the file holds something else, or cannot be written
 */
async function keepKey(file: string, fresh: KeyParts): Promise<KeyParts> {
  const kept = keepSecret(file, `${formatApiKey(fresh.id, fresh.secret)}\n`);
  const text = await kept.catch((cause: unknown) => {
    throw new StartError(
      `The admin key cannot be kept in ${file}: ${messageOf(cause)}. Set ADMIN_API_KEY or another DATA_DIR.`,
      {
        cause,
      },
    );
  });
  const standing = parseApiKey(text.trim());
  if (standing === undefined) throw new StartError(`${file} holds something else than an API key`);
  return standing;
}

function adminRecord(id: string, secret: string): ApiKeyRecord {
  return {
    id,
    name: 'admin',
    tenant: DEFAULT_TENANT,
    roles: ['admin'],
    permissions: [],
    createdAt: Date.now(),
    expiresAt: undefined,
    hash: hashSecret(secret),
    earlier: [],
  };
}
