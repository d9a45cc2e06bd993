import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { settingsFor } from '../contenders/service.mjs';
import { startServices } from '../support/services-in-process.mjs';
import { RequestConnection } from './request-connection.mjs';

/** Nothing here lasts nearly so long: a lock that ends by itself would be one that was not released. */
const TTL_MS = 30_000;
/** The longest that the service lets anybody wait. */
const WAIT_MS = 30_000;

/**
 * Where locks are kept, and how they are asked for.
 * @typedef {object} Place
 * @property {readonly string[]} redisUrls
 * @property {string} [directory] for files
 * @property {object} [options] of the connections to Redis; `besideService` starts the service in the same process
 *
 * Somebody who locks; it holds one lock at a time.
 * @typedef {object} Party
 * @property {(resource: string, waits: boolean) => Promise<{fence?: number, release: () => Promise<void>}>} acquire
 * @property {() => void} [end]
 */

/** By name, what makes of a place, once, the function that makes a party. */
export const dialects = {
  /** @param {Place} place */
  async fulcrum({ redisUrls, directory }) {
    const [redisUrl, ...nodes] = redisUrls;
    const settings = settingsFor({ redisUrl, directory });
    if (nodes.length > 0) settings.LOCK_REDIS_URLS = redisUrls.join(',');
    const { of, callerOf } = await startServices(settings);
    const locks = await of('features/locking/locking.locks.service.js', 'LocksService');
    const caller = callerOf();
    return () => ({
      async acquire(resource, waits) {
        const asked = { resources: [resource], ttlMs: TTL_MS, waitMs: waits ? WAIT_MS : 0 };
        const { lockId, fencingToken } = await locks.acquire(caller, asked);
        return { fence: fencingToken, release: () => locks.release(caller, { lockId }) };
      },
    });
  },

  /** @param {{target: {host: string, port: number}}} place */
  http: ({ target }) => {
    return async () => {
      const connection = await RequestConnection.open(target);
      return {
        async acquire(resource, waits) {
          const waitMs = waits ? WAIT_MS : 0;
          const body = `{"resources":["${resource}"],"ttlMs":${TTL_MS},"waitMs":${waitMs}}`;
          const { lockId, fencingToken } = await connection.json(201, 'POST', '/v1/locks', body);
          const release = async () => {
            const released = await connection.send('DELETE', `/v1/locks/${lockId}`);
            if (released.status !== 204) throw new Error(`status ${released.status}`);
          };
          return { fence: fencingToken, release };
        },
        end: () => connection.end(),
      };
    };
  },

  /** @param {Place} place */
  async redlock({ redisUrls, directory, options: { besideService = false, ...options } = {} }) {
    if (besideService) await startServices(settingsFor({ redisUrl: redisUrls[0], directory }));
    const { default: Redlock } = await import('redlock');
    const clients = redisUrls.map((url) => new Redis(url, options));
    const atOnce = new Redlock(clients, { retryCount: 0 });
    const waiting = new Redlock(clients, { retryCount: -1 });
    return () => ({
      async acquire(resource, waits) {
        const redlock = waits ? waiting : atOnce;
        const lock = await redlock.acquire([resource], TTL_MS);
        return { release: () => redlock.release(lock) };
      },
    });
  },

  /** @param {Place} place */
  async 'redis-semaphore'({ redisUrls: [url] }) {
    const { Mutex } = await import('redis-semaphore');
    const client = new Redis(url);
    return () => ({
      async acquire(resource, waits) {
        const limits = waits ? { acquireTimeout: WAIT_MS } : { acquireAttemptsLimit: 1 };
        const mutex = new Mutex(client, resource, { lockTimeout: TTL_MS, ...limits });
        await mutex.acquire();
        return { release: () => mutex.release() };
      },
    });
  },

  /** @param {Place} place */
  async bare({ redisUrls: [url] }) {
    const client = new Redis(url);
    client.defineCommand('compareAndDelete', {
      numberOfKeys: 1,
      lua: `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`,
    });
    return () => ({
      async acquire(resource) {
        const secret = randomBytes(16).toString('hex');
        const done = await client.set(resource, secret, 'PX', TTL_MS, 'NX');
        if (done === null) throw new Error('held');
        const release = async () => {
          if ((await client.compareAndDelete(resource, secret)) !== 1) throw new Error('lost');
        };
        return { release };
      },
    });
  },
};
