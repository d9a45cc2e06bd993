import { randomUUID } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AppError } from '../errors/app-error.js';
import { fenceErrors, idempotencyErrors } from '../errors/core.errors.js';
import { Authenticator } from './authenticator.js';
import { type CallSource, rememberCaller, sourceOf } from './call-source.js';
import { Caller, type Credential } from './caller.js';
import { type EndpointDefinition, endpointOf, isWrite } from './endpoint.js';
import { type Fence, parseFence } from './fence.js';
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
    const credential = this.authenticator.authenticate(source.authorization, endpoint?.answersInOutage);
    // Most are known: those need no promise.
    return credential instanceof Promise ? credential.then(admit) : admit(credential);
  }
}

/** @throws AppError `access.forbidden`, `idempotency.invalid-key`, `fence.invalid`, `fence.not-supported` */
function admitted(
  credential: Credential,
  endpoint: EndpointDefinition | undefined,
  source: CallSource,
): Caller {
  const fence = source.fence === undefined ? undefined : parseFence(source.fence);
  const caller = new Caller(credential, source.requestId ?? randomUUID(), checkedKey(source), fence);
  if (endpoint === undefined || !isAllowed(caller, endpoint, source)) {
    throw forbidden(endpoint?.permission ?? 'none');
  }
  if (fence !== undefined) checkSupport(endpoint, fence);
  return caller;
}

/**
 * Nothing is written as if a fence had been checked that was not; to reads it makes no difference.
 * @throws AppError `fence.not-supported`
 */
function checkSupport(endpoint: EndpointDefinition, { resource }: Fence): void {
  if (endpoint.fenced || !isWrite(endpoint)) return;
  throw new AppError(
    fenceErrors['not-supported'],
    `${endpoint.name} checks no fence, and had no effect: leave out the one of ${resource}.`,
  );
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
