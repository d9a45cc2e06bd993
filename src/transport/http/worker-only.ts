import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppError } from '../../errors/app-error.js';
import { requestErrors } from '../../errors/core.errors.js';
import { refuse } from './request-limits.js';

/** Lets a process that only works on streams answer for its health and its metrics, and for nothing else. */
export function answerOnlyOperations(adapter: FastifyAdapter): void {
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/health/') || request.url === '/metrics') done();
    else refuse(request, reply, new AppError(requestErrors['route-not-found'], 'This process is a worker.'));
  });
}
