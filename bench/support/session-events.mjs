import { setTimeout as pause } from 'node:timers/promises';
import { built } from '../../scripts/built-module.mjs';

const LIMIT_MS = 30_000;
/** Each look takes time that whoever is measured pays for. */
const POLL_MS = 100;
const BUCKETS = Array.from({ length: 256 }, (_, bucket) => bucket.toString(16).padStart(2, '0'));

let keys;

/** The lists of what has to be told of sessions to the audit stream, of the tenant `default`. */
export async function eventKeys() {
  keys ??= await loadedKeys();
  return keys;
}

async function loadedKeys() {
  const { Keyspace } = await built('redis/keyspace.js');
  const { SessionKeys } = await built('features/sessions/sessions.keys.js');
  const { loadSettings } = await built('config/load-settings.js');
  const sessionKeys = new SessionKeys(new Keyspace(loadSettings({ DATA_DIR: 'unused' })));
  return BUCKETS.flatMap((bucket) => {
    const { audit, taken } = sessionKeys.bucket('default', bucket);
    return [audit, taken];
  });
}

/** Waits until all that has to be told of sessions is told. @throws Error if it takes too long */
export async function untilTold(client) {
  const lists = await eventKeys();
  const deadline = performance.now() + LIMIT_MS;
  while ((await client.exists(...lists)) > 0) {
    if (performance.now() > deadline) throw new Error('events of sessions are not told');
    await pause(POLL_MS);
  }
}
