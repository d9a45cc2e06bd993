import { AppError } from '../../errors/app-error.js';
import { defineErrors } from '../../errors/define-errors.js';

const definitions = defineErrors('rate-limits', {
  'policy-not-found': ['not-found', 'There is no such rate limit policy'],
  'policy-uncountable': ['invalid', 'The policy needs numbers beyond the exact integers'],
});

export const policyNotFound = (policy: string) =>
  new AppError(definitions['policy-not-found'], `There is no policy ${policy}.`);

export const policyUncountable = () =>
  new AppError(
    definitions['policy-uncountable'],
    'Choose a smaller capacity, or a refillTokens that divides refillIntervalMs.',
    { errors: [{ pointer: '/capacity', detail: 'is too large for this refill' }] },
  );
