import { readFile, realpath } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { EmbeddedRedisLog } from './embedded-redis-log.js';

const ANSWER_MS = 5_000;
const SHUTDOWN_MS = 30_000;
const POLL_MS = 10;

/**
 * Ends the server that an earlier service left in this folder when it was killed, and returns when
 * it has written its data and is gone. Throws when a Fulcrum is connected to that server.
 */
export async function retireOrphan(directory: string, log: EmbeddedRedisLog): Promise<void> {
  const url = await readUrl(join(directory, 'redis.url'));
  if (url === undefined || !(await isListening(url))) return;
  const client = new Redis(Number(url.port), url.hostname, {
    connectTimeout: ANSWER_MS,
    commandTimeout: ANSWER_MS,
    disableClientInfo: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined);
  try {
    if (!(await accepts(client, url.password, directory))) return;
    if (!(await serves(client, directory))) return;
    if (await hasFulcrum(client)) {
      throw new Error(`the data folder ${directory} is in use by another Fulcrum`);
    }
    log.info('ending the Redis that an earlier run left behind');
    await shutDown(client);
  } finally {
    client.disconnect();
  }
  await untilGone(url, directory);
}

async function readUrl(path: string): Promise<URL | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
}

/** False when the port has meanwhile gone to a program that does not know our password. */
async function accepts(client: Redis, password: string, directory: string): Promise<boolean> {
  try {
    await client.auth(password);
    return true;
  } catch (error) {
    if (error instanceof Error && /timed? ?out/i.test(error.message)) {
      throw new Error(
        `what listens at the address in ${join(directory, 'redis.url')} does not answer. If it is a ` +
          'Redis of an earlier run, end it; if it is another program, delete that file',
        { cause: error },
      );
    }
    return false;
  }
}

/** False for a copied data folder, whose redis.url names the server of the folder it came from. */
async function serves(client: Redis, directory: string): Promise<boolean> {
  const reply: unknown = await client.config('GET', 'dir');
  const served: unknown = Array.isArray(reply) ? reply[1] : undefined;
  return served === (await realpath(directory));
}

async function hasFulcrum(client: Redis): Promise<boolean> {
  const clients = String(await client.client('LIST'));
  return clients.split('\n').some((line) => / name=fulcrum/.test(line));
}

/** NOSAVE is about a snapshot, which there is none of: the append-only file is flushed all the same. */
async function shutDown(client: Redis): Promise<void> {
  try {
    await client.call('SHUTDOWN', 'NOSAVE', 'NOW');
  } catch (error) {
    // The lost connection is the good answer.
    if (error instanceof Error && error.name === 'ReplyError') throw error;
  }
}

async function untilGone(url: URL, directory: string): Promise<void> {
  const deadline = performance.now() + SHUTDOWN_MS;
  // The server closes its port as the last thing, after its data is on disk.
  while (await isListening(url)) {
    if (performance.now() > deadline) {
      throw new Error(`the Redis that an earlier run left in ${directory} does not end`);
    }
    await sleep(POLL_MS);
  }
}

async function isListening(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(url.port), url.hostname);
    const settle = (listening: boolean): void => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    // A frozen server with a full queue neither accepts nor refuses.
    socket.setTimeout(ANSWER_MS, () => settle(true));
  });
}
