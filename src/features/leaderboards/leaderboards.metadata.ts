import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../../config/load-settings.js';
import type { Settings } from '../../config/setting-specs.js';
import { isUnreadable, unreadable } from '../../encryption/encryption.errors.js';
import { keyIdOf, KeyRing, type SealingContext } from '../../encryption/key-ring.js';

const WHAT = 'leaderboards.metadata';

/** An entry that metadata belongs to. Not its season too: closing one renames the hash that the documents are in. */
export interface MetadataPlace {
  readonly tenant: string;
  readonly board: string;
  readonly member: string;
}

/**
 * The form in which entries' metadata stands in Redis: sealed and bound to its place with ENCRYPT_AT_REST, in clear
 * without. Either is read whatever the setting is now, so that it can be switched at any time.
 */
@Injectable()
export class EntryMetadata {
  private readonly isSealing: boolean;

  constructor(
    private readonly ring: KeyRing,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.isSealing = settings.ENCRYPT_AT_REST === 'on';
  }

  stored(place: MetadataPlace, document: Record<string, unknown>): string {
    const json = JSON.stringify(document);
    return this.isSealing ? this.ring.seal(json, contextOf(place)) : json;
  }

  /** The document of what is stored. @throws AppError `encryption.unreadable` */
  document(place: MetadataPlace, stored: string): Record<string, unknown> {
    return parsed(this.textOf(place, stored));
  }

  /**
   * Whether what is stored should be sealed anew: it is under a key that does not encrypt any more, or in clear while the
   * setting is on. What is sealed stays so without the setting: its key can be taken from the ring only once it is under another.
   */
  isStale(stored: string): boolean {
    return keyIdOf(stored) === undefined ? this.isSealing : this.ring.isStale(stored);
  }

  /** The same text under the key that encrypts now; undefined if it holds no document that can be read. */
  resealed(place: MetadataPlace, stored: string): string | undefined {
    try {
      const text = this.textOf(place, stored);
      parsed(text);
      return this.ring.seal(text, contextOf(place));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return undefined;
    }
  }

  /** @throws AppError `encryption.unreadable` */
  private textOf(place: MetadataPlace, stored: string): string {
    return keyIdOf(stored) === undefined ? stored : this.ring.open(stored, contextOf(place));
  }
}

function contextOf({ tenant, board, member }: MetadataPlace): SealingContext {
  return [WHAT, tenant, board, member];
}

/** What was checked to be a JSON object when it came in, unless Redis was written to by someone else. */
function parsed(json: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    // The parser's own message quotes the text.
    throw unreadable(`${WHAT} is neither sealed nor JSON`);
  }
  if (!isRecord(document)) throw unreadable(`${WHAT} is no JSON object`);
  return document;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
