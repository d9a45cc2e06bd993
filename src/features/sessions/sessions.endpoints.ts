import { type EndpointDefinition, fenced } from '../../access/endpoint.js';

/** Whose session it is stands in its body, or in the session itself: the service checks the permission for that user. */
const ofSession = { answersByName: true } as const;

export const sessionEndpoints = {
  create: fenced({ name: 'sessions.create', permission: 'sessions:write', ...ofSession }),
  current: { name: 'sessions.current.get', permission: 'sessions:read', ...ofSession },
  patch: fenced({ name: 'sessions.current.patch', permission: 'sessions:write', ...ofSession }),
  rotate: fenced({ name: 'sessions.current.rotate', permission: 'sessions:write', ...ofSession }),
  endCurrent: fenced({ name: 'sessions.current.delete', permission: 'sessions:write', ...ofSession }),
  end: fenced({ name: 'sessions.delete', permission: 'sessions:write', ...ofSession }),
  list: { name: 'sessions.users.list', permission: 'sessions:read', resource: 'userId' },
  endAll: fenced({ name: 'sessions.users.delete', permission: 'sessions:write', resource: 'userId' }),
} as const satisfies Record<string, EndpointDefinition>;
