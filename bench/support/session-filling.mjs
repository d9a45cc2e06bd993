import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { built } from '../../scripts/built-module.mjs';
import { newSession, newSid, sessionData, userOf } from '../load/session-data.mjs';
import { progress } from './progress.mjs';
import { RedisProbe } from './redis-probe.mjs';
import { forEachNumber } from './services-in-process.mjs';
import { eventKeys } from './session-events.mjs';

const FEATURE = 'features/sessions/sessions';
const LASTS_MS = 86_400_000;
const APART_MS = 2;
const NOTICE_EVERY = 10_000;
/** Nothing here compares clocks. */
const ANY_TOLERANCE_MS = 3_600_000;

/** Settings of the process that fills: what it leaves to be told is taken away, and not told. */
export const fillingSettings = { ROLE: 'api' };

/**
 * Begins `count` sessions, each of a user of its own, by what the service begins them with itself, but without events.
 * @returns {Promise<number>} bytes of Redis' memory that each takes
 */
export async function fillSessions({ of, callerOf }, { redisUrl, redis }, count) {
  const client = new Redis(redisUrl);
  try {
    const probe = new RedisProbe(client, redis.pid);
    const before = await probe.usedMemory();
    await beginSessions({ of, callerOf }, count);
    await client.unlink(...(await eventKeys()));
    return ((await probe.usedMemory()) - before) / count;
  } finally {
    client.disconnect();
  }
}

async function beginSessions({ of, callerOf }, count) {
  const { createScript } = await built(`${FEATURE}.scripts.js`);
  const { headText, textOf } = await built(`${FEATURE}.vault.js`);
  const { presented } = await built(`${FEATURE}.ids.js`);
  const { whoIn } = await built(`${FEATURE}.audit.js`);
  const ids = await of(`${FEATURE}.ids.js`, 'SessionIds');
  const keys = await of(`${FEATURE}.keys.js`, 'SessionKeys');
  const vault = await of(`${FEATURE}.vault.js`, 'SessionVault');
  const buckets = await of(`${FEATURE}.buckets.js`, 'SessionBuckets');
  const index = await of('redis/name-index.js', 'NameIndex');
  const scripts = await of('redis/script-runner.js', 'ScriptRunner');
  const caller = callerOf();
  const { tenant } = caller;
  const bar = progress('filling sessions', count);
  await forEachNumber(count, async (number) => {
    const userId = userOf(number);
    const place = ids.placeOf(tenant, userId);
    const { bucket } = place;
    const id = ids.newId(place);
    const { verifier, key } = presented(ids.newToken(id));
    const at = Date.now();
    const head = headText({ createdAt: at, idleMs: LASTS_MS, endsAt: at + LASTS_MS, verifier });
    const content = { userId, data: sessionData(number), device: null };
    const box = vault.seal({ tenant, id, version: '1', head }, textOf(content));
    const args = { id, version: '1', head, box, key, at, toleranceMs: ANY_TOLERANCE_MS, most: 0, full: '' };
    const none = { over: '', fingerprint: '', ttlMs: 0, answer: '' };
    const begun = await buckets.listed({ tenant, bucket }, (listed) =>
      scripts.run(createScript, {
        keys: keys.keyed(tenant, place),
        args: { ...args, ...none, who: whoIn(caller, userId), listed },
        repeatable: true,
      }),
    );
    if (begun.outcome !== 'created') throw new Error(`a session could not be begun: ${begun.outcome}`);
    if (!begun.indexed) await index.add(keys.listed(tenant, bucket));
    if (number % NOTICE_EVERY === 0) bar.to(number);
  });
  bar.done();
}

/** Begins `count` sessions of one user, one after the other, each on a device that says which it is. */
export async function beginOfOne({ of, callerOf }, userId, count) {
  const sessions = await of(`${FEATURE}.sessions.service.js`, 'SessionsService');
  for (let place = 0; place < count; place++) {
    const device = { browser: 'Firefox', system: 'Linux', place };
    await sessions.create(callerOf(), { userId, data: sessionData(place), device, idleTtlMs: LASTS_MS });
    // Of two that began in the same millisecond nobody could say which was the first.
    await pause(APART_MS);
  }
}

/** Bytes of Redis' memory that a session takes which connect-redis keeps. */
export async function weighInConnectRedis({ url, pid }, count) {
  const { createClient } = await import('redis');
  const { RedisStore } = await import('connect-redis');
  const client = createClient({ url });
  const probe = new RedisProbe(new Redis(url), pid);
  await client.connect();
  try {
    const store = new RedisStore({ client });
    const before = await probe.usedMemory();
    await forEachNumber(count, (number) => store.set(newSid(), newSession(number)));
    return ((await probe.usedMemory()) - before) / count;
  } finally {
    client.destroy();
    probe.client.disconnect();
  }
}
