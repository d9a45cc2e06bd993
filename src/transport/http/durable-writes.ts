import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { EndpointDefinition } from '../../access/endpoint.js';
import { AppError } from '../../errors/app-error.js';
import { durabilityErrors } from '../../errors/core.errors.js';
import { type BeforeWrites, type Durability, MOST_REPLICAS } from '../../redis/durability.js';
import { refuse } from './request-limits.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a request that asked for replicas: how many, and what there was before it. */
    durable: { readonly replicas: number; readonly before: BeforeWrites } | undefined;
  }
}

const WANTED = /^replica=([1-9])$/;

/** Whether a request for the endpoint may ask for replicas: whether it changes something, by its permission. */
export function takesDurability(endpoint: EndpointDefinition | 'public' | undefined): boolean {
  return (
    typeof endpoint === 'object' &&
    !endpoint.permission.endsWith(':read') &&
    endpoint.permission !== 'authenticated'
  );
}

/**
 * Lets a request that changes something ask by `Durability: replica=<n>` that its answer waits until so many replicas have the
 * change; the header of the answer says how many have. They may be fewer: the change took place all the same.
 * @param locksElsewhere whether servers of their own keep the locks, which have no replicas to wait for
 */
export function answerWithDurability(
  adapter: FastifyAdapter,
  { durability, locksElsewhere }: { durability: Durability; locksElsewhere: boolean },
): void {
  const fastify = adapter.getInstance();
  fastify.decorateRequest('durable', undefined);
  fastify.addHook('preHandler', (request, reply, done) => {
    const text = request.headers.durability;
    if (text === undefined) {
      done();
      return;
    }
    try {
      const replicas = wantedBy(String(text), request, locksElsewhere);
      if (replicas !== undefined) request.durable = { replicas, before: durability.begin() };
      done();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refuse(request, reply, error);
    }
  });
  fastify.addHook('onSend', ({ durable }, reply, _payload, done) => {
    if (durable === undefined || reply.statusCode >= 400) {
      done();
      return;
    }
    durability.reached(durable.replicas, durable.before).then((reached) => {
      void reply.header('durability', `replica=${reached}`);
      done();
    }, done);
  });
}

/** How many replicas the request asks for; undefined if it only reads, which makes no difference to them. */
function wantedBy(text: string, { endpoint }: FastifyRequest, locksElsewhere: boolean): number | undefined {
  const [, digit] = WANTED.exec(text) ?? [];
  const replicas = Number(digit);
  if (!(replicas <= MOST_REPLICAS)) {
    throw new AppError(durabilityErrors.invalid, `Durability is replica=<1 to ${MOST_REPLICAS}>.`);
  }
  if (!takesDurability(endpoint)) return undefined;
  if (locksElsewhere && typeof endpoint === 'object' && endpoint.name.startsWith('locks.')) {
    throw new AppError(
      durabilityErrors['not-supported'],
      'The locks are on servers of their own, a majority of which decides; they have no replicas.',
    );
  }
  return replicas;
}
