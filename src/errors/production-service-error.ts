import { AppError } from './app-error.js';
import { serviceErrors } from './core.errors.js';

/** The error boundary of a named operation: an unexpected error becomes this, with the original as its cause. */
export class ProductionServiceError extends AppError {
  override readonly name = 'ProductionServiceError';

  constructor(
    readonly operation: string,
    cause: unknown,
  ) {
    super(serviceErrors.internal, `Pipeline error in ${operation}`, { cause });
  }
}
