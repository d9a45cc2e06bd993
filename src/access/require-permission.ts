import { AppError } from '../errors/app-error.js';
import { accessErrors } from './access.errors.js';
import type { Caller } from './caller.js';
import type { EndpointDefinition } from './endpoint.js';

export function forbidden(permission: string): AppError {
  return new AppError(accessErrors.forbidden, `The credential lacks the permission ${permission}.`, {
    extensions: { permission },
  });
}

/** For a request that does on `name`, besides what its own endpoint names, what `endpoint` is for. @throws AppError `access.forbidden` */
export function requirePermission(caller: Caller, { permission }: EndpointDefinition, name: string): void {
  if (permission !== 'authenticated' && !caller.may(permission, name)) throw forbidden(permission);
}
