import { AppError } from '../../errors/app-error.js';
import { serviceErrors } from '../../errors/core.errors.js';
import { defineErrors } from '../../errors/define-errors.js';
import type { QuotaOwner } from './quota.js';

/** When a client that was refused, or whose connection ended, may come again, in ms. */
export const RECONNECT_MS = 1000;

const definitions = defineErrors('live', {
  'too-many-connections': ['rate-limited', 'Too many live connections are open'],
});

export const tooManyConnections = (owner: QuotaOwner, max: number) =>
  new AppError(
    definitions['too-many-connections'],
    `The ${owner} has at most ${max} live connections here at a time.`,
    { retryAfterMs: RECONNECT_MS },
  );

export const shuttingDown = () =>
  new AppError(serviceErrors['shutting-down'], 'Connect again in a moment.', {
    retryable: true,
    retryAfterMs: RECONNECT_MS,
  });
