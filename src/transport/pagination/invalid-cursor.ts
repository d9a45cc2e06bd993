import { AppError } from '../../errors/app-error.js';
import { paginationErrors } from '../../errors/core.errors.js';

export function invalidCursor(): AppError {
  return new AppError(paginationErrors['invalid-cursor'], 'Take the cursor from `next` of the same list.', {
    errors: [{ pointer: '/cursor', detail: 'is stale or belongs to another list' }],
  });
}
