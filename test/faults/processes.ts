import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { ADMIN_KEY } from '../support/service.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A start of the service that is not expected to become ready. */
export interface Start {
  readonly child: ChildProcess;
  readonly stderr: () => string;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

/** Starts `node dist/main.js` and waits for nothing. */
export function beginService(environment: Readonly<Record<string, string>>): Start {
  let stderr = '';
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      ADMIN_API_KEY: ADMIN_KEY,
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'exit').then(() => child.exitCode);
  return { child, stderr: () => stderr, ended };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Where the embedded Redis of the service with this data folder is. */
export async function embeddedUrl(dataDirectory: string): Promise<string> {
  return (await readFile(join(dataDirectory, 'redis', 'redis.url'), 'utf8')).trim();
}

/** The pid of the server that answers at `url`; undefined if none does. */
export async function pidOfRedis(url: string): Promise<number | undefined> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
  } catch {
    return undefined;
  } finally {
    client.disconnect();
  }
}
