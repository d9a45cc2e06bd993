import { NODE_FLAGS } from '../../scripts/node-flags.mjs';
import { serverProgram } from '../support/compiled-servers.mjs';
import { API_KEY, submission } from './submission-request.mjs';

/**
 * A server of bench/servers with the same route, started with the flags that the service is started with.
 * @param {string} program
 * @param {Record<string, string>} env
 * @returns {import('../support/running-contender.mjs').Contender}
 */
export function referenceServer(program, { env = {}, requests = [submission], ...others }) {
  return {
    command: ({ redisUrl }) => ({
      args: [...NODE_FLAGS, serverProgram(program)],
      env: { REDIS_URL: redisUrl, API_KEY, ...env },
    }),
    requests,
    ...others,
  };
}

/** Bare Fastify that does the same work in Redis, in one script and one trip. */
export const sameWorkFastify = (others) =>
  referenceServer('bare-fastify', {
    name: 'bare Fastify',
    about:
      'Fastify and ioredis alone, auto-pipelined, with the same key check, strict schemas, and the three buckets and the route’s work as one script, in one trip',
    env: { LIMITER: 'buckets' },
    ...others,
  });

/** What one gets who follows Nest's documentation. */
export const baseline = () =>
  referenceServer('nest-express', {
    name: 'baseline',
    about:
      'Nest on Express with a guard, the ValidationPipe of class-validator and a log line a request; the same work in Redis in two trips, without auto-pipelining',
  });

/** Bare Fastify with rate-limiter-flexible in Redis. */
export const flexible = ({ name, limiter, limit, expected }) =>
  referenceServer('bare-fastify', {
    name,
    about: {
      none: 'bare Fastify without limits',
      flexible: 'bare Fastify with three `RateLimiterRedis`; auto-pipelined, credential and tenant at once',
      'flexible-blocking': 'the same with `inMemoryBlockOnConsumed`',
    }[limiter],
    env: { LIMITER: limiter, LIMIT: String(limit ?? 0) },
    expected,
  });

/** Nest on Fastify with @nestjs/throttler, which keeps its counts in Redis. */
export const throttler = ({ name, limiter, limit, expected }) =>
  referenceServer('nest-throttler', {
    name,
    about: {
      none: 'Nest on Fastify with the ValidationPipe, without limits',
      throttler:
        'the same with `@nestjs/throttler`, three throttlers, and `@nest-lab/throttler-storage-redis`; auto-pipelined',
    }[limiter],
    env: { LIMITER: limiter, LIMIT: String(limit ?? 0) },
    expected,
  });
