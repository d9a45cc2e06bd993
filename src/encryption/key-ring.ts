import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import type { EncryptionKey } from '../config/setting-validators.js';
import { unreadable } from './encryption.errors.js';
import { NONCE_BYTES, Nonces } from './nonces.js';

const ALGORITHM = 'aes-256-gcm';
const TAG_BYTES = 16;
/** Begins every sealed text and no JSON document; another form of what follows gets another number. */
const FORMAT = 'enc1';
const HEAD = /^enc1:([A-Za-z0-9._-]{1,32}):/;

/** What a value is (a name that may be logged), and then the place that it belongs to, from the tenant down. */
export type SealingContext = readonly [what: string, ...place: readonly string[]];

/** The id of the key that a sealed text is under; undefined if `text` is not sealed. */
export function keyIdOf(text: string): string | undefined {
  return HEAD.exec(text)?.[1];
}

/**
 * Encrypts and authenticates texts: `open` gives back exactly what `seal` took, for the same context and under a key
 * of this ring, or it fails. Fit for texts of up to 64 KiB; neither waits for anything.
 *
 * A sealed text is `enc1:<key id>:<nonce, ciphertext and tag in base64url>`, all ASCII. Context, key id and format
 * are authenticated with it, so a value that was moved to another place is refused like one that was changed.
 */
export class KeyRing {
  private readonly keys: ReadonlyMap<string, KeyObject>;
  private readonly newest: string | undefined;
  private readonly nonces = new Nonces();

  /** The first of `keys` encrypts, all of them decrypt. Without any, nothing can be sealed or opened. */
  constructor(keys: readonly EncryptionKey[]) {
    this.keys = new Map(keys.map(({ id, secret }) => [id, createSecretKey(secret)]));
    this.newest = keys[0]?.id;
  }

  seal(plaintext: string, context: SealingContext): string {
    const id = this.newest ?? '';
    const key = this.keys.get(id);
    if (key === undefined) throw new Error('a ring without keys was to seal something');
    const nonce = this.nonces.next();
    const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(bindingOf(id, context));
    const ciphertext = cipher.update(plaintext, 'utf8');
    // In counter mode `final` adds no bytes; it makes the tag.
    cipher.final();
    const bytes = Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]);
    return `${FORMAT}:${id}:${bytes.toString('base64url')}`;
  }

  /**
   * The text that was sealed. GCM compares the tag in constant time, and gives no plaintext before; what ends sooner
   * (a form or a key id that is not known) depends on nothing that is secret.
   * @throws AppError `encryption.unreadable`, the same whatever is wrong with `sealed`
   */
  open(sealed: string, context: SealingContext): string {
    const [what] = context;
    const [head, id] = HEAD.exec(sealed) ?? [];
    if (head === undefined || id === undefined) throw unreadable(`${what} is not in a form that is known`);
    const key = this.keys.get(id);
    if (key === undefined) throw unreadable(`${what} is under the key ${id}, which is not in SESSION_KEYS`);
    const text = sealed.slice(head.length);
    const bytes = Buffer.from(text, 'base64url');
    // The decoder skips what is no base64 and ignores spare bits: of all texts that it takes for these bytes, the
    // one that `seal` wrote is right.
    if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) {
      throw unreadable(`${what} under the key ${id} is cut off or changed`);
    }
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(bindingOf(id, context));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const plaintext = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8');
      return plaintext + decipher.final('utf8');
    } catch {
      throw unreadable(`${what} under the key ${id} was changed, or sealed for another place`);
    }
  }

  /** Whether `text` is not under the key that encrypts now, and so should be sealed anew when it is next written. */
  isStale(text: string): boolean {
    return keyIdOf(text) !== this.newest;
  }
}

/**
 * The additional authenticated data. Each part stands behind its length, so that no two lists give the same bytes;
 * UTF-16, because UTF-8 has one and the same form for all lone surrogates.
 */
function bindingOf(keyId: string, context: SealingContext): Buffer {
  let text = `${FORMAT.length}:${FORMAT}${keyId.length}:${keyId}`;
  for (const part of context) text += `${part.length}:${part}`;
  return Buffer.from(text, 'utf16le');
}
