import { AppError } from '../../errors/app-error.js';
import { defineErrors } from '../../errors/define-errors.js';

const definitions = defineErrors('throttle', {
  'quota-exceeded': ['rate-limited', 'Too many requests'],
});

export function quotaExceeded(policies: readonly string[], retryAfterMs: number): AppError {
  return new AppError(
    definitions['quota-exceeded'],
    `Too many requests for the limit by ${policies.join(' and ')}.`,
    {
      retryAfterMs,
      extensions: { 'violated-policies': policies },
    },
  );
}
