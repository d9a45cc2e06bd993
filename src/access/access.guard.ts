import { randomUUID } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AppError } from '../errors/app-error.js';
import { idempotencyErrors } from '../errors/core.errors.js';
import { Authenticator } from './authenticator.js';
import { type CallSource, rememberCaller, sourceOf } from './call-source.js';
import { Caller, type Credential } from './caller.js';
import { type EndpointDefinition, endpointOf } from './endpoint.js';
import { forbidden } from './require-permission.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** Lets a request or message through if its credential has the permission that its handler names. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly authenticator: Authenticator) {}

  /** @throws AppError `access.no-credential`, `access.invalid-credential`, `access.forbidden` */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const endpoint = endpointOf(context.getHandler());
    if (endpoint === 'public') return true;
    const source = sourceOf(context);
    const admit = (credential: Credential) => {
      rememberCaller(context, admitted(credential, endpoint, source));
      return true;
    };
    const credential = this.authenticator.authenticate(source.authorization);
    // Most are known: those need no promise.
    return credential instanceof Promise ? credential.then(admit) : admit(credential);
  }
}

/** @throws AppError `access.forbidden`, `idempotency.invalid-key` */
function admitted(
  credential: Credential,
  endpoint: EndpointDefinition | undefined,
  source: CallSource,
): Caller {
  const caller = new Caller(credential, source.requestId ?? randomUUID(), checkedKey(source));
  if (endpoint === undefined || !isAllowed(caller, endpoint, source)) {
    throw forbidden(endpoint?.permission ?? 'none');
  }
  return caller;
}

function isAllowed(caller: Caller, endpoint: EndpointDefinition, source: CallSource): boolean {
  if (endpoint.permission === 'authenticated') return true;
  if (endpoint.answersByName) return caller.may(endpoint.permission);
  const name = endpoint.resource === undefined ? undefined : source.names[endpoint.resource];
  // No limited permission extends to what has no name; what is no name at all is refused by validation.
  return caller.may(endpoint.permission, typeof name === 'string' ? name : '');
}

function checkedKey(source: CallSource): string | undefined {
  const { idempotencyKey } = source;
  if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    throw new AppError(
      idempotencyErrors['invalid-key'],
      'An Idempotency-Key is 1 to 255 visible ASCII characters.',
    );
  }
  return idempotencyKey;
}
