import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { EmbeddedRedisLog } from './embedded-redis-log.js';
import type { ServerProcess } from './server-process.js';

const LONGEST_LOAD_MS = 60_000;
const SLOW_LOAD_MS = 2_000;
const POLL_MS = 10;

/**
 * Returns when this very process answers PING at `url`, its data loaded; throws with its last log
 * lines when it ends first or takes longer than a minute.
 */
export async function waitUntilReady(
  url: string,
  server: ServerProcess,
  log: EmbeddedRedisLog,
): Promise<void> {
  const client = new Redis(url, {
    connectionName: 'embedded-redis',
    disableClientInfo: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: null,
    retryStrategy: () => POLL_MS,
  });
  // Refused connections are what a starting server looks like; ioredis tries again.
  client.on('error', () => undefined);
  const slow = setTimeout(() => log.info('the embedded Redis is still loading its data'), SLOW_LOAD_MS);
  const done = new AbortController();
  try {
    await Promise.race([
      answers(client, server.pid, done.signal),
      server.ended.then((how) => {
        throw new Error(`the embedded Redis ${how}${quote(server)}`);
      }),
      sleep(LONGEST_LOAD_MS, undefined, { signal: done.signal }).then(() => {
        throw new Error(`the embedded Redis did not answer in a minute${quote(server)}`);
      }),
    ]);
  } finally {
    clearTimeout(slow);
    done.abort();
    client.disconnect();
  }
}

/** The pid is compared because another program may have taken the port before the server did. */
async function answers(client: Redis, pid: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await client.ping();
      const info = await client.info('server');
      if (info.includes(`process_id:${pid}\r`)) return;
    } catch {
      // LOADING: the server is reading its data.
    }
    await sleep(POLL_MS);
  }
}

function quote(server: ServerProcess): string {
  return server.lastLines.length === 0 ? '' : `; its last lines:\n${server.lastLines.join('\n')}`;
}
