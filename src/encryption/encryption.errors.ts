import { AppError } from '../errors/app-error.js';
import { defineErrors } from '../errors/define-errors.js';

const definitions = defineErrors('encryption', {
  unreadable: ['unavailable', 'A stored value cannot be decrypted'],
});

/**
 * A stored value that cannot be shown, whatever the reason: a client learns that and no more, while `reason`, which
 * holds nothing of the value, goes into the log with the error.
 */
export const unreadable = (reason: string) =>
  new AppError(definitions.unreadable, 'A stored value of this resource cannot be read.', {
    retryable: false,
    cause: new Error(reason),
  });

export function isUnreadable(error: unknown): boolean {
  return error instanceof AppError && error.definition === definitions.unreadable;
}
