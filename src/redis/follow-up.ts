import { AppError } from '../errors/app-error.js';
import { log } from '../telemetry/log.js';

/**
 * Does work that follows an effect which stands already and that a later request makes up for. A Redis that
 * fails here is logged and does not become the answer: a 503 would tell the client that it may send again
 * what was done.
 */
export async function followUp(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AppError && error.kind === 'unavailable')) throw error;
    log.warn({ event: 'redis.follow-up.late', what, err: error }, 'the next change makes up for it');
  }
}
