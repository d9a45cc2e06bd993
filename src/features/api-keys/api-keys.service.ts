import { Injectable } from '@nestjs/common';
import { accessErrors } from '../../access/access.errors.js';
import { formatApiKey, hashSecret, newKeyId, newSecret } from '../../access/api-key.js';
import { type ApiKeyRecord, rotated } from '../../access/api-key-record.js';
import { ApiKeyStore } from '../../access/api-key-store.js';
import { type Caller, DEFAULT_TENANT } from '../../access/caller.js';
import { Roles } from '../../access/roles.js';
import { AppError } from '../../errors/app-error.js';
import { Operation } from '../../telemetry/operation.js';
import { Idempotency, type IdempotentOperation, keyReused } from '../../transport/idempotency/idempotency.js';
import { Cursors } from '../../transport/pagination/cursors.js';
import { apiKeyEndpoints } from './api-keys.endpoints.js';
import type { ApiKeyPage, ApiKeyView, CallerView, CreatedApiKey } from './dto/api-key.answers.dto.js';
import type { CreateApiKeyBody, ListApiKeysQuery, RotateApiKeyMessage } from './dto/api-key.dto.js';

const DEFAULT_LIMIT = 100;

/** Makes, lists, rotates and revokes API keys; nobody can grant more than they have. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly store: ApiKeyStore,
    private readonly roles: Roles,
    private readonly idempotency: Idempotency,
    private readonly cursors: Cursors,
  ) {}

  /** @throws AppError `access.unknown-role`, `access.forbidden`, `idempotency.key-reused` */
  @Operation(apiKeyEndpoints.create.name, { show: ['tenant', 'expiresAt'] })
  async create(caller: Caller, input: CreateApiKeyBody): Promise<CreatedApiKey> {
    const tenant = input.tenant ?? caller.tenant;
    refuseForeign(caller, tenant);
    this.refuseMoreThanOwn(caller, input);
    const secret = newSecret();
    const record: ApiKeyRecord = {
      id: newKeyId(),
      name: input.name,
      tenant,
      roles: input.roles,
      permissions: input.permissions ?? [],
      createdAt: Date.now(),
      expiresAt: input.expiresAt === undefined ? undefined : Date.parse(input.expiresAt),
      hash: hashSecret(secret),
      earlier: [],
    };
    const operation = await this.idempotency.open(caller, apiKeyEndpoints.create.name, input);
    return await this.write(caller, 'create', record, secret, operation);
  }

  @Operation(apiKeyEndpoints.list.name, { show: ['tenant', 'limit'] })
  async list(
    caller: Caller,
    { tenant = caller.tenant, limit = DEFAULT_LIMIT, cursor }: ListApiKeysQuery,
  ): Promise<ApiKeyPage> {
    refuseForeign(caller, tenant);
    const scope = ['api-keys', tenant];
    const after = this.cursors.decode(scope, cursor)?.[0];
    const records = await this.store.list(tenant, limit + 1, after);
    const items = records.slice(0, limit);
    const last = items.at(-1);
    const next = records.length > limit && last ? this.cursors.encode(scope, [last.id]) : null;
    return { items: items.map(viewOf), next };
  }

  /** @throws AppError `access.key-not-found` */
  @Operation(apiKeyEndpoints.get.name, { show: ['id'] })
  async get(caller: Caller, { id }: { id: string }): Promise<ApiKeyView> {
    return viewOf(await this.visible(caller, id));
  }

  /** Every node refuses the key within one second. @throws AppError `access.key-not-found` */
  @Operation(apiKeyEndpoints.revoke.name, { show: ['id'] })
  async revoke(caller: Caller, { id }: { id: string }): Promise<void> {
    if (!(await this.store.remove(await this.visible(caller, id)))) throw notFound();
  }

  /**
   * A new secret; the old one works for `graceMs` more (0 if left out), those before it as long as they were given.
   * @throws AppError `access.key-not-found`
   */
  @Operation(apiKeyEndpoints.rotate.name, { show: ['id', 'graceMs'] })
  async rotate(caller: Caller, input: RotateApiKeyMessage): Promise<CreatedApiKey> {
    const { id, graceMs = 0 } = input;
    const standing = await this.visible(caller, id);
    this.refuseMoreThanOwn(caller, standing);
    const secret = newSecret();
    const record = rotated(standing, hashSecret(secret), graceMs, Date.now());
    const operation = await this.idempotency.open(caller, apiKeyEndpoints.rotate.name, input);
    return await this.write(caller, 'replace', record, secret, operation);
  }

  @Operation(apiKeyEndpoints.me.name)
  async me({ credential }: Caller): Promise<CallerView> {
    const { kind, actor, tenant, roles, permissions } = credential;
    return Promise.resolve({
      kind,
      id: actor,
      tenant,
      roles: [...roles],
      permissions: [...permissions.texts],
    });
  }

  private async write(
    caller: Caller,
    mode: 'create' | 'replace',
    record: ApiKeyRecord,
    secret: string,
    operation: IdempotentOperation | undefined,
  ): Promise<CreatedApiKey> {
    const answer: CreatedApiKey = { ...viewOf(record), secret: formatApiKey(record.id, secret) };
    const once = operation && { ...operation, sealed: this.idempotency.seal(caller, JSON.stringify(answer)) };
    const result = await this.store.put(record, mode, once);
    switch (result.outcome) {
      case 'written':
        return answer;
      case 'replayed':
        caller.replayed = true;
        return JSON.parse(this.idempotency.unseal(caller, result.sealed)) as CreatedApiKey;
      case 'reused':
        throw keyReused();
      case 'missing':
        throw notFound();
      case 'exists':
        throw new Error('a random key id was drawn twice');
    }
  }

  private async visible(caller: Caller, id: string): Promise<ApiKeyRecord> {
    const record = await this.store.find(id);
    if (record === undefined || !reaches(caller, record.tenant)) throw notFound();
    return record;
  }

  private refuseMoreThanOwn(
    caller: Caller,
    granted: { roles: readonly string[]; permissions?: readonly string[] },
  ): void {
    const unknown = granted.roles.filter((role) => !this.roles.has(role));
    if (unknown.length > 0) {
      throw new AppError(accessErrors['unknown-role'], `The roles are ${this.roles.names.join(', ')}.`, {
        errors: unknown.map((role) => ({
          pointer: `/roles/${granted.roles.indexOf(role)}`,
          detail: 'is not a role',
        })),
      });
    }
    const wanted = [...this.roles.permissionsOf(granted.roles), ...(granted.permissions ?? [])];
    const beyond = wanted.find((permission) => !caller.credential.permissions.covers(permission));
    if (beyond !== undefined) throw forbidden(beyond);
  }
}

/** Admins of the tenant `default` run the service; every other tenant's admins see their own tenant alone. */
function reaches(caller: Caller, tenant: string): boolean {
  return caller.tenant === tenant || caller.tenant === DEFAULT_TENANT;
}

function refuseForeign(caller: Caller, tenant: string): void {
  if (!reaches(caller, tenant)) throw forbidden('access:admin');
}

function forbidden(permission: string): AppError {
  return new AppError(accessErrors.forbidden, `The credential lacks the permission ${permission} there.`, {
    extensions: { permission },
  });
}

function notFound(): AppError {
  return new AppError(accessErrors['key-not-found'], 'There is no such API key.');
}

function viewOf(record: ApiKeyRecord): ApiKeyView {
  const { id, name, tenant, roles, permissions, createdAt, expiresAt } = record;
  return {
    id,
    name,
    tenant,
    roles: [...roles],
    permissions: [...permissions],
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
  };
}
