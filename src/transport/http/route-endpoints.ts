import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { DeclaredHandler } from '../../access/endpoint-audit.js';
import type { EndpointDefinition } from '../../access/endpoint.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the route that Fastify found for the request declares; undefined if there is no such route of ours. */
    endpoint: EndpointDefinition | 'public' | undefined;
  }
}

/** Tells every hook after it, and the problem filter, which endpoint a request is for. */
export function nameEndpoints(adapter: FastifyAdapter, handlers: readonly DeclaredHandler[]): void {
  const endpoints = new Map(
    handlers.flatMap(({ transport, address, endpoint }) =>
      transport === 'http' ? [[address, endpoint] as const] : [],
    ),
  );
  const fastify = adapter.getInstance();
  fastify.decorateRequest('endpoint', undefined);
  fastify.addHook('onRequest', (request, _reply, done) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    // Fastify puts the route's options together at each look, so this is the only one.
    request.endpoint = endpoints.get(`${method} ${request.routeOptions.url ?? ''}`);
    done();
  });
}
