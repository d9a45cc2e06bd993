import { ApplicationConfig } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * Initialises `nest` with the global interceptors and pipes left out of its HTTP routes; message handlers, which are
 * made after it, have them. One interceptor costs a route about as much as the rest of Nest does (a subject, two async
 * resources and three observables a request), a pipe six promises a parameter, and what ours do for HTTP is done there
 * for less: the problem filter is the same error boundary, a hook measures, and `RequestValidationGuard` validates.
 * docs/adr/0013-lean-routes.md has the figures.
 */
export async function initWithLeanRoutes(nest: NestFastifyApplication): Promise<void> {
  const config = nest.get(ApplicationConfig);
  const interceptors = config.getGlobalInterceptors();
  const pipes = config.getGlobalPipes();
  const boundInterceptors = interceptors.splice(0);
  const boundPipes = pipes.splice(0);
  try {
    await nest.init();
  } finally {
    interceptors.push(...boundInterceptors);
    pipes.push(...boundPipes);
  }
}
