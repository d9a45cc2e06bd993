import { Inject, Injectable } from '@nestjs/common';
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose';
import { isGrant } from '../config/grant.js';
import { SETTINGS } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import { AppError } from '../errors/app-error.js';
import { serviceErrors } from '../errors/core.errors.js';
import { OutgoingRequests } from '../outgoing/outgoing-requests.js';
import { type Credential, DEFAULT_TENANT } from './caller.js';
import { PermissionSet } from './permission.js';
import { Roles } from './roles.js';

const TENANT = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** Verifies JSON Web Tokens by the shared secret or the key set of the settings; without either, none is valid. */
@Injectable()
export class JsonWebTokens {
  private readonly verifyToken: ((token: string) => Promise<JWTPayload>) | undefined;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly roles: Roles,
    outgoing: OutgoingRequests,
  ) {
    const expected = {
      issuer: settings.JWT_ISSUER,
      audience: settings.JWT_AUDIENCE,
      requiredClaims: ['sub', 'exp'],
    };
    if (settings.JWT_SECRET) {
      const secret = new TextEncoder().encode(settings.JWT_SECRET);
      const options = { ...expected, algorithms: ['HS256', 'HS384', 'HS512'] };
      this.verifyToken = async (token) => (await jwtVerify(token, secret, options)).payload;
    } else if (settings.JWT_JWKS_URL) {
      const keys = createRemoteJWKSet(new URL(settings.JWT_JWKS_URL), {
        timeoutDuration: settings.REDIS_TIMEOUT_MS,
        [customFetch]: async (_url, { headers, signal }) => await outgoing.fetchKeySet({ headers, signal }),
      });
      const options = {
        ...expected,
        algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'],
      };
      this.verifyToken = async (token) => (await jwtVerify(token, keys, options)).payload;
    }
  }

  /**
   * The credential that `token` proves; undefined if it is not valid.
   * @throws AppError `service.upstream-unavailable` if the key set cannot be fetched
   */
  async verify(token: string): Promise<Credential | undefined> {
    if (this.verifyToken === undefined) return undefined;
    try {
      return this.credentialOf(await this.verifyToken(token));
    } catch (error) {
      if (isIssuersFault(error)) {
        throw new AppError(serviceErrors['upstream-unavailable'], 'The token issuer does not answer.', {
          retryable: true,
          cause: error,
        });
      }
      return undefined;
    }
  }

  private credentialOf(payload: JWTPayload): Credential | undefined {
    const tenant = payload.tenant ?? DEFAULT_TENANT;
    if (typeof tenant !== 'string' || !TENANT.test(tenant)) return undefined;
    // jose sees to it that the claim is there, not that it is text.
    if (typeof payload.sub !== 'string' || payload.sub === '') return undefined;
    const roles = texts(payload.roles);
    const permissions = [...this.roles.permissionsOf(roles), ...texts(payload.permissions).filter(isGrant)];
    return {
      kind: 'jwt',
      actor: `jwt:${payload.sub}`,
      tenant,
      roles,
      permissions: new PermissionSet([...new Set(permissions)]),
      expiresAt: payload.exp === undefined ? undefined : payload.exp * 1000,
    };
  }
}

/** Whether the key set could not be had; a generic error is how jose says that it was not what it should be. */
function isIssuersFault(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return (
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === errors.JOSEError.code
  );
}

function texts(claim: unknown): string[] {
  return Array.isArray(claim) ? claim.filter((item): item is string => typeof item === 'string') : [];
}
