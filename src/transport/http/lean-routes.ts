import { ApplicationConfig } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * Initialises `nest` with the global interceptors left out of its HTTP routes; message handlers, which are made
 * after it, have them. One interceptor costs a route about as much as the rest of Nest does (a subject, two async
 * resources and three observables a request), and what ours does for HTTP is done there for less: the problem filter
 * is the same error boundary, and a hook measures. docs/adr/0013-lean-routes.md has the figures.
 */
export async function initWithLeanRoutes(nest: NestFastifyApplication): Promise<void> {
  const interceptors = nest.get(ApplicationConfig).getGlobalInterceptors();
  const bound = interceptors.splice(0);
  try {
    await nest.init();
  } finally {
    interceptors.push(...bound);
  }
}
