import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../../errors/start-error.js';

/**
 * The URL, with its password, of the embedded Redis that a running service keeps in `directory`. A service that was killed
 * leaves a URL behind where nothing may answer.
 * @throws StartError if there is none, or it cannot be read
 */
export async function standingRedisUrl(directory: string): Promise<string> {
  const file = join(directory, 'redis.url');
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new StartError(
      `No service with an embedded Redis runs in this folder (there is no ${file} to read). Start it with npm start, ` +
        'or name a Redis by REDIS_URL, and the keys of what it holds by SESSION_KEYS.',
      { cause },
    );
  }
  if (!URL.canParse(text))
    throw new StartError(`${file} holds no URL; the next start of the service makes it anew.`);
  return text;
}
