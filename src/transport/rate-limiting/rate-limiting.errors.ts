import { AppError } from '../../errors/app-error.js';
import { defineErrors } from '../../errors/define-errors.js';

const definitions = defineErrors('throttle', {
  'quota-exceeded': ['rate-limited', 'Too many requests'],
});

/** The problem type that the IETF httpapi draft on rate limits registers for a 429. */
export const QUOTA_EXCEEDED_TYPE = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

export function quotaExceeded(policies: readonly string[], retryAfterMs: number): AppError {
  return new AppError(
    definitions['quota-exceeded'],
    `Too many requests for the limit by ${policies.join(' and ')}.`,
    {
      retryAfterMs,
      type: QUOTA_EXCEEDED_TYPE,
      extensions: { 'violated-policies': policies },
    },
  );
}
