// Fastify alone, as one writes it who wants it fast: compiled strict schemas, auto-pipelining, no log.
//   LIMITER  none: no limits; buckets: three token buckets in one script with the write;
//            flexible, flexible-blocking: rate-limiter-flexible with LIMIT requests a second
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { setting } from './built.js';
import { flexibleLimits } from './flexible-limits.js';
import { type Credential, RedisWork } from './redis-work.js';
import type { Submission } from './service-scripts.js';

interface WriteRoute {
  Params: { board: string };
  Body: Submission;
}

interface ReadRoute {
  Params: { board: string };
  Querystring: { limit?: string };
}

const params = {
  type: 'object',
  required: ['board'],
  properties: { board: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$' } },
};
const MAX_MAGNITUDE = 2 ** 53;
const limiter = setting('LIMITER');
const work = await RedisWork.start({ autoPipelining: true });
const limits = limiter.startsWith('flexible')
  ? flexibleLimits(work.redis, Number(setting('LIMIT')), limiter === 'flexible-blocking')
  : undefined;
const credentials = new WeakMap<FastifyRequest, Credential>();

const fastify = Fastify({
  ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
});

if (limits) {
  fastify.addHook('onRequest', async (request, reply) => {
    if (!(await limits.admits('address', request.ip))) await refuse(reply);
  });
}

fastify.addHook('onRequest', async (request, reply) => {
  const credential = await work.credentialOf(request.headers.authorization);
  if (credential === undefined) return await reply.code(401).send({ title: 'Unauthorized' });
  credentials.set(request, credential);
});

if (limits) {
  fastify.addHook('onRequest', async (request, reply) => {
    const { actor, tenant } = callerOf(request);
    const admitted = await Promise.all([limits.admits('credential', actor), limits.admits('tenant', tenant)]);
    if (!admitted.every(Boolean)) await refuse(reply);
  });
}

fastify.post<WriteRoute>(
  '/v1/leaderboards/:board/submissions',
  {
    schema: {
      params,
      body: {
        type: 'object',
        required: ['member', 'score'],
        additionalProperties: false,
        properties: {
          member: { type: 'string', minLength: 1, maxLength: 256 },
          score: { type: 'number', minimum: -MAX_MAGNITUDE, maximum: MAX_MAGNITUDE },
          operator: { enum: ['set', 'best', 'increment'] },
          metadata: { type: 'object' },
        },
      },
      response: {
        200: {
          type: 'object',
          properties: {
            member: { type: 'string' },
            score: { type: 'number' },
            rank: { type: ['integer', 'null'] },
            previousScore: { type: ['number', 'null'] },
            previousRank: { type: ['integer', 'null'] },
            changed: { type: 'boolean' },
          },
        },
      },
    },
  },
  async (request, reply) => {
    const caller = callerOf(request);
    const { board } = request.params;
    if (!caller.permissions.allows('leaderboards:write', board))
      return await reply.code(403).send({ title: 'Forbidden' });
    if (limiter !== 'buckets') return await work.submit(caller, board, request.body);
    return (await work.takeAndSubmit(request.ip, caller, board, request.body)) ?? (await refuse(reply));
  },
);

fastify.get<ReadRoute>(
  '/v1/leaderboards/:board/entries',
  {
    schema: {
      params,
      querystring: {
        type: 'object',
        additionalProperties: false,
        properties: {
          limit: { type: 'string', pattern: '^([1-9]\\d{0,2}|1000)$' },
          cursor: { type: 'string', pattern: '^[\\x21-\\x7e]{1,4096}$' },
          ranking: { enum: ['ordinal', 'competition', 'dense'] },
        },
      },
      response: {
        200: {
          type: 'object',
          properties: {
            items: {
              type: 'array',
              items: {
                type: 'object',
                properties: {
                  member: { type: 'string' },
                  score: { type: 'number' },
                  rank: { type: 'integer' },
                },
              },
            },
            next: { type: ['string', 'null'] },
            total: { type: 'integer' },
          },
        },
      },
    },
  },
  async (request, reply) => {
    const caller = callerOf(request);
    const { board } = request.params;
    if (!caller.permissions.allows('leaderboards:read', board))
      return await reply.code(403).send({ title: 'Forbidden' });
    const limit = Number(request.query.limit ?? 10);
    if (limiter !== 'buckets') return await work.top(caller, board, limit);
    return (await work.takeAndTop(request.ip, caller, board, limit)) ?? (await refuse(reply));
  },
);

process.stderr.write(`${await fastify.listen({ host: '127.0.0.1', port: 0, backlog: 4096 })}\n`);

function callerOf(request: FastifyRequest): Credential {
  const credential = credentials.get(request);
  if (credential === undefined) throw new Error('nobody asked who this is');
  return credential;
}

function refuse(reply: FastifyReply): FastifyReply {
  return reply.code(429).send({ title: 'Too Many Requests' });
}
