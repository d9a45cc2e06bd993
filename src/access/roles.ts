import { Inject, Injectable } from '@nestjs/common';
import { BUILT_IN_ROLES } from '../config/grant.js';
import { SETTINGS } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';

/** Named sets of permissions: the four that are built in, and those of the setting ROLES. */
@Injectable()
export class Roles {
  private readonly permissionsByRole: ReadonlyMap<string, readonly string[]>;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.permissionsByRole = new Map(Object.entries({ ...BUILT_IN_ROLES, ...settings.ROLES }));
  }

  get names(): readonly string[] {
    return [...this.permissionsByRole.keys()];
  }

  has(role: string): boolean {
    return this.permissionsByRole.has(role);
  }

  /** The permissions of `roles`; a role that no one defined grants nothing. */
  permissionsOf(roles: readonly string[]): string[] {
    return [...new Set(roles.flatMap((role) => this.permissionsByRole.get(role) ?? []))];
  }
}
