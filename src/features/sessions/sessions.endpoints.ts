import { type EndpointDefinition, fenced } from '../../access/endpoint.js';

/** Only the session itself says whose it is: the service checks the permission for its user once it is read. */
const ofSession = { answersByName: true } as const;

export const sessionEndpoints = {
  create: fenced({ name: 'sessions.create', permission: 'sessions:write', resource: 'userId' }),
  current: { name: 'sessions.current.get', permission: 'sessions:read', ...ofSession },
  patch: fenced({ name: 'sessions.current.patch', permission: 'sessions:write', ...ofSession }),
  rotate: fenced({ name: 'sessions.current.rotate', permission: 'sessions:write', ...ofSession }),
  endCurrent: fenced({ name: 'sessions.current.delete', permission: 'sessions:write', ...ofSession }),
  end: fenced({ name: 'sessions.delete', permission: 'sessions:write', ...ofSession }),
  list: { name: 'sessions.users.list', permission: 'sessions:read', resource: 'userId' },
  endAll: fenced({ name: 'sessions.users.delete', permission: 'sessions:write', resource: 'userId' }),
} as const satisfies Record<string, EndpointDefinition>;
