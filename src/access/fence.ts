import { AppError } from '../errors/app-error.js';
import { fenceErrors } from '../errors/core.errors.js';

/** A write's proof that its sender still held a lock when it was last granted: the token is greater with every grant. */
export interface Fence {
  /** The name of the lock's resource. */
  readonly resource: string;
  /** A whole number up to 2^53-1. */
  readonly token: number;
}

// One way of writing a number: 7, and neither +7 nor 07 nor 7.0.
const FENCE = /^([A-Za-z0-9][A-Za-z0-9._:-]{0,127})=(0|[1-9][0-9]{0,15})$/;

/** Reads `<resource>=<token>`. @throws AppError `fence.invalid` */
export function parseFence(text: string): Fence {
  const [, resource = '', digits] = FENCE.exec(text) ?? [];
  const token = Number(digits);
  if (!Number.isSafeInteger(token)) throw invalidFence();
  return { resource, token };
}

/** A fence that was put together in process, held to the same form. @throws AppError `fence.invalid` */
export function checkedFence({ resource, token }: Fence): Fence {
  return parseFence(`${resource}=${token}`);
}

function invalidFence(): AppError {
  return new AppError(
    fenceErrors.invalid,
    'A Fence is <resource>=<token>: the name of one locked resource and a whole number up to 2^53-1.',
  );
}
