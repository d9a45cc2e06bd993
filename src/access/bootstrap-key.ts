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
import type { ApiKeyRecord } from './api-key-record.js';
import { ApiKeyStore } from './api-key-store.js';
import { DEFAULT_TENANT } from './caller.js';

/** How a person gets at the admin key: shown once when it was made, later only where it is. */
export type AdminKeyNotice =
  | { readonly kind: 'configured' }
  | { readonly kind: 'made'; readonly key: string; readonly file: string }
  | { readonly kind: 'kept'; readonly file: string }
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
    if (kept && (await this.store.find(kept.id))) {
      await this.store.endBootstrap();
      return { kind: 'kept', file };
    }
    // The file comes first: a key that Redis knows and nobody holds would be lost for good. A start that was cut
    // off after it, or one at the same time, left its key there, and this one carries on with that.
    const fresh = { id: newKeyId(), secret: newSecret() };
    const { id, secret } = kept ?? (await keepKey(file, fresh));
    if (!(await this.store.claimBootstrap(id))) {
      // Another start, in the same folder, may have carried this one's key to its end: then the file is the only
      // place where that key is.
      if (await this.store.find(id)) return { kind: 'kept', file };
      if (id === fresh.id) await rm(file);
      return { kind: 'elsewhere' };
    }
    await this.store.put(adminRecord(id, secret), 'create');
    await this.store.endBootstrap();
    return { kind: 'made', key: formatApiKey(id, secret), file };
  }

  private async ensureConfigured(configured: string): Promise<void> {
    const parsed = parseApiKey(configured);
    if (parsed === undefined) throw new Error('ADMIN_API_KEY passed its check but is no API key');
    const standing = await this.store.find(parsed.id);
    if (standing && sameHash(standing.hash, hashSecret(parsed.secret))) return;
    await this.store.put(adminRecord(parsed.id, parsed.secret), standing ? 'replace' : 'create');
  }
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
