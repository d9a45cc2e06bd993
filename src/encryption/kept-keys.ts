import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { type EncryptionKey, parseEncryptionKeys } from '../config/setting-validators.js';
import { messageOf } from '../errors/reason-of.js';
import { StartError } from '../errors/start-error.js';
import { keepSecret, readSecret } from './secret-file.js';

/** Where the keys are that a service made for itself. */
export function keptKeysFile(dataDirectory: string): string {
  return resolve(dataDirectory, 'session.keys');
}

/**
 * The keys in `file`, which has the form of SESSION_KEYS; the first start makes a key and keeps it there.
 * @throws StartError if the file holds something else, or cannot be read or written
 */
export async function keptKeys(file: string): Promise<readonly EncryptionKey[]> {
  const text = await standingOrMade(file).catch((cause: unknown) => {
    throw new StartError(`The encryption keys cannot be kept in ${file}: ${messageOf(cause)}`, { cause });
  });
  return keysIn(file, text);
}

/**
 * The keys in `file`; none are made if there is no such file, which gives undefined.
 * @throws StartError if the file holds something else, or cannot be read
 */
export async function standingKeys(file: string): Promise<readonly EncryptionKey[] | undefined> {
  const text = await readSecret(file).catch((cause: unknown) => {
    throw new StartError(`The encryption keys in ${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
  return text === undefined ? undefined : keysIn(file, text);
}

function keysIn(file: string, text: string): readonly EncryptionKey[] {
  try {
    return parseEncryptionKeys(text.trim());
  } catch {
    throw new StartError(
      `${file} must hold comma-separated <id>:<base64 of 32 bytes>, the newest first, each id once. ` +
        'Put it back from a copy: what is encrypted under its keys cannot be read without them.',
    );
  }
}

async function standingOrMade(file: string): Promise<string> {
  return (await readSecret(file)) ?? (await keepSecret(file, `${newKey()}\n`));
}

/** The date tells an operator how old a key is; the rest, that two keys of one day are not the same. */
function newKey(): string {
  const day = new Date().toISOString().slice(0, 10);
  return `${day}-${randomBytes(3).toString('hex')}:${randomBytes(32).toString('base64')}`;
}
