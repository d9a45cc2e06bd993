import type { EndpointDefinition } from '../../access/endpoint.js';

/** A lock has up to sixteen names, and later only an id: the service itself checks the permission for each of them. */
const byNames = { permission: 'locking:write', answersByName: true } as const;

export const lockEndpoints = {
  acquire: { name: 'locks.acquire', ...byNames },
  extend: { name: 'locks.extend', ...byNames },
  release: { name: 'locks.release', ...byNames },
  list: { name: 'locks.list', permission: 'locking:read', answersByName: true },
  get: { name: 'locks.get', permission: 'locking:read', resource: 'resource' },
  break: { name: 'locks.break', permission: 'locking:admin', resource: 'resource' },
} as const satisfies Record<string, EndpointDefinition>;

const onSemaphore = { permission: 'locking:write', resource: 'resource' } as const;

export const permitEndpoints = {
  acquire: { name: 'locks.permits.acquire', ...onSemaphore },
  extend: { name: 'locks.permits.extend', ...onSemaphore },
  release: { name: 'locks.permits.release', ...onSemaphore },
} as const satisfies Record<string, EndpointDefinition>;
