import type * as Permissions from '../../src/access/permission.js';
import { built } from './built.js';
import type { Credential } from './redis-work.js';

const { PermissionSet } = await built<typeof Permissions>('access/permission.js');

/** On whose behalf a server acts that asks nobody who they are. */
export const nobody: Credential = {
  actor: 'nobody',
  tenant: 'default',
  hash: '',
  permissions: new PermissionSet([]),
};
