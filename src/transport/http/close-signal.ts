import type { FastifyReply } from 'fastify';

/** Aborts when the connection is done with this answer: above all, when the client is gone before it. */
export function closeSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  return controller.signal;
}
