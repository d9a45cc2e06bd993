import { type EndpointDefinition, endpointsOn, fenced } from '../../access/endpoint.js';

const onChannel = endpointsOn('messaging', 'channel');

export const messagingEndpoints = {
  publish: fenced(onChannel('messages.publish', 'write')),
  publishBatch: fenced({
    name: 'messaging.messages.batch',
    permission: 'messaging:write',
    answersByName: true,
    cost: 10,
  }),
  history: onChannel('messages.list', 'read'),
  configure: fenced(onChannel('channels.configure', 'admin')),
  get: onChannel('channels.get', 'read'),
  list: { name: 'messaging.channels.list', permission: 'messaging:read', answersByName: true },
  presence: onChannel('presence.list', 'read'),
  events: {
    name: 'messaging.events.open',
    permission: 'messaging:read',
    answersByName: true,
    credentialInQuery: true,
  },
  /** What its frames do has permissions of its own. */
  socket: { name: 'messaging.socket.open', permission: 'authenticated', credentialInQuery: true },
} as const satisfies Record<string, EndpointDefinition>;
