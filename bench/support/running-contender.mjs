import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withDigits } from '../load/request-template.mjs';
import { startRedis } from './redis-server.mjs';
import { ServerProcess } from './server-process.mjs';

/**
 * Who takes part in a benchmark.
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} about one sentence: what it does, and what it does not
 * @property {(place: {redisUrl: string, directory: string}) => {args: readonly string[], env: Record<string, string>}} command
 *   arguments and environment of a Node program, which names its URL on standard error when it listens
 * @property {import('./load-process.mjs').LoadPlan['requests']} requests
 * @property {readonly number[]} [expected] statuses that are no error; 200 alone if left out
 */

/** A contender's Redis and server, from their start to their end. */
export class RunningContender {
  constructor(contender, redis, server, target) {
    this.contender = contender;
    this.redis = redis;
    this.server = server;
    this.target = target;
  }

  get name() {
    return this.contender.name;
  }

  get expected() {
    return this.contender.expected ?? [200];
  }

  /** @param {import('./stage.mjs').Stage} stage ends it at the latest */
  static start(stage, contender) {
    return stage.own(start(stage.newFolder(), contender));
  }

  /** @throws Error with its last lines if the server ended by itself */
  requireAlive() {
    if (this.server.endedBy !== undefined) throw this.server.failure(`of ${this.name} ended by itself`);
  }

  async end() {
    await this.server.end();
    await this.redis.end();
  }
}

async function start(directory, contender) {
  await mkdir(directory, { mode: 0o700 });
  const redis = await startRedis(join(directory, 'redis'));
  let server;
  try {
    const command = contender.command({ redisUrl: redis.url, directory });
    server = new ServerProcess({ ...command, logFile: join(directory, 'server.log') });
    const running = new RunningContender(contender, redis, server, await server.address());
    for (const request of contender.requests) await tryOut(running, request);
    return running;
  } catch (error) {
    await server?.end();
    await redis.end();
    throw new Error(`${contender.name}: ${error.message}`, { cause: error });
  }
}

/** Sends one request, so that a contender that cannot do its work is not measured refusing it. */
async function tryOut({ target, expected }, { method, path, headers, body }) {
  const response = await fetch(`http://${target.host}:${target.port}${withDigits(path)}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : withDigits(body),
  });
  const text = await response.text();
  if (expected.includes(response.status)) return;
  throw new Error(`the first request was answered ${response.status} ${text.slice(0, 500)}`);
}
