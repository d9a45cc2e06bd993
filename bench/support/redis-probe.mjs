import { readFileSync } from 'node:fs';

/** Looks at a Redis server from beside the service: the time that its scripts take, its CPU, its memory. */
export class RedisProbe {
  constructor(client, pid) {
    this.client = client;
    this.pid = pid;
  }

  /** Calls of scripts so far, and the µs that they took. */
  async scripts() {
    const text = await this.client.info('commandstats');
    const found = /cmdstat_evalsha:calls=(\d+),usec=(\d+)/.exec(text);
    return { calls: Number(found?.[1] ?? 0), micros: Number(found?.[2] ?? 0) };
  }

  /** CPU time of the server's main thread so far in µs; undefined where there is no /proc. */
  cpuMicros() {
    try {
      return Number(readFileSync(`/proc/${this.pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
    } catch {
      return undefined;
    }
  }

  async usedMemory() {
    const text = await this.client.info('memory');
    return Number(/used_memory:(\d+)/.exec(text)?.[1]);
  }

  async version() {
    return /redis_version:(\S+)/.exec(await this.client.info('server'))?.[1] ?? 'unknown';
  }
}
