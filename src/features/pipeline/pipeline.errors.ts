import { AppError } from '../../errors/app-error.js';
import { defineErrors } from '../../errors/define-errors.js';

const definitions = defineErrors('pipeline', {
  'missing-id': ['invalid', 'The payload has no id'],
  deactivated: ['unavailable', 'The processor is deactivated'],
  busy: ['unavailable', 'The payload is being processed'],
  'payload-not-found': ['not-found', 'Nothing is known of such a payload'],
});

export const missingId = () =>
  new AppError(definitions['missing-id'], 'Give the payload an id.', {
    errors: [{ pointer: '/id', detail: 'is required' }],
  });

export const deactivated = () =>
  new AppError(definitions.deactivated, 'The processor is deactivated; nothing was done.', {
    retryable: true,
  });

/** @param retryAfterMs when whoever processes it is given up, if it does not say more */
export const busy = (retryAfterMs: number) =>
  new AppError(definitions.busy, 'The payload is being processed; ask again for what becomes of it.', {
    retryable: true,
    retryAfterMs,
  });

export const payloadNotFound = () =>
  new AppError(definitions['payload-not-found'], 'Nothing is known of the payload.');
