import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppError } from '../../errors/app-error.js';
import { serviceErrors } from '../../errors/core.errors.js';
import { MAX_BODY_BYTES } from '../body-limit.js';
import { refuse } from './request-limits.js';

/** Bodies up to this size are not counted: as many as there may be connections fit into memory. */
const SMALL_BODY_BYTES = 16_384;
const RETRY_MS = 1000;

/**
 * Refuses a large body while those that are being received or worked on have `maxBytes` together. A body is held
 * before anybody is asked who sends it, so without this, connections alone could fill the memory.
 */
export function limitBodies(adapter: FastifyAdapter, maxBytes: number): void {
  let held = 0;
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    const size = sizeOf(request.raw.headers);
    if (size <= SMALL_BODY_BYTES) {
      done();
    } else if (held + size > maxBytes) {
      const details = { retryable: true, retryAfterMs: RETRY_MS };
      refuse(request, reply, new AppError(serviceErrors.overloaded, 'Too much is being received.', details));
    } else {
      held += size;
      reply.raw.once('close', () => (held -= size));
      done();
    }
  });
}

/** How many bytes a body with these headers may take. */
function sizeOf(headers: IncomingHttpHeaders): number {
  // One in chunks does not say.
  if (headers['transfer-encoding'] !== undefined) return MAX_BODY_BYTES;
  const length = Number(headers['content-length'] ?? 0);
  // A larger one is refused without being read.
  return length > MAX_BODY_BYTES ? 0 : length;
}
