import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { destroyDetached } from '../live/detached-sockets.js';

/** How often a stopping server looks for connections whose last answer is out. */
const IDLE_CHECK_MS = 50;

/**
 * Lets requests that run at shutdown finish for at most `graceMs`, then cuts their connections. A connection
 * that its client keeps open ends with its answer: it was in use when the server stopped listening, and would
 * hold up the end as long as the client likes.
 */
export function limitShutdown(nest: NestFastifyApplication, graceMs: number): void {
  const fastify = nest.getHttpAdapter().getInstance();
  fastify.addHook('preClose', (done) => {
    // A server that never listened has no connections, and no end that would be told.
    if (!fastify.server.listening) {
      done();
      return;
    }
    setTimeout(() => {
      fastify.server.closeAllConnections();
      destroyDetached(fastify.server);
    }, graceMs).unref();
    const check = setInterval(() => fastify.server.closeIdleConnections(), IDLE_CHECK_MS);
    fastify.server.once('close', () => clearInterval(check));
    done();
  });
}
