import type { EndpointDefinition } from '../../access/endpoint.js';

const managing = (name: string) =>
  ({ name, permission: 'access:admin' }) as const satisfies EndpointDefinition;

export const apiKeyEndpoints = {
  create: managing('access.keys.create'),
  list: managing('access.keys.list'),
  get: managing('access.keys.get'),
  revoke: managing('access.keys.delete'),
  rotate: managing('access.keys.rotate'),
  me: { name: 'access.caller.get', permission: 'authenticated' },
} as const satisfies Record<string, EndpointDefinition>;
