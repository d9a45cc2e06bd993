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
 * @property {(place: Place) => Command | Promise<Command>} command of a program that names its URL on standard error
 *   when it listens, or of one with a known port
 * @property {Requests | Record<string, Requests>} requests the same for every load, or those of each load by its name
 * @property {(place: Place & {redis: {pid: number}}) => Promise<void>} [fill] what has to be in Redis before it starts
 * @property {readonly number[]} [expected] statuses that are no error; 200 alone if left out
 *
 * @typedef {{redisUrl: string, directory: string}} Place
 * @typedef {import('./server-process.mjs').Command} Command
 * @typedef {import('./load-process.mjs').LoadPlan['requests']} Requests
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

  requestsOf(load) {
    const { requests } = this.contender;
    return Array.isArray(requests) ? requests : requests[load];
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
    const place = { redisUrl: redis.url, directory };
    await contender.fill?.({ ...place, redis });
    const command = await contender.command(place);
    server = new ServerProcess({ ...command, logFile: join(directory, 'server.log') });
    const running = new RunningContender(contender, redis, server, await server.address());
    for (const request of Object.values(contender.requests).flat()) await tryOut(running, request);
    return running;
  } catch (error) {
    await server?.end();
    await redis.end();
    throw new Error(`${contender.name}: ${error.message}`, { cause: error });
  }
}

/** Sends one request, so that a contender that cannot do its work is not measured refusing it. */
async function tryOut({ target, expected }, { method, path, headers = {}, body }) {
  const filled = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, withDigits(value)]),
  );
  const response = await fetch(`http://${target.host}:${target.port}${withDigits(path)}`, {
    method,
    headers: { ...filled, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : withDigits(body),
  });
  const text = await response.text();
  if (expected.includes(response.status)) return;
  throw new Error(`the first request was answered ${response.status} ${text.slice(0, 500)}`);
}
