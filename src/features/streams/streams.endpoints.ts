import { type EndpointDefinition, endpointsOn } from '../../access/endpoint.js';

const onStream = endpointsOn('streams', 'stream');

export const streamEndpoints = {
  configure: onStream('streams.configure', 'admin'),
  list: { name: 'streams.streams.list', permission: 'streams:read', answersByName: true },
  get: onStream('streams.get', 'read'),
  delete: onStream('streams.delete', 'admin'),
  append: onStream('entries.append', 'write'),
  appendBatch: { ...onStream('entries.batch', 'write'), cost: 10 },
  range: onStream('entries.list', 'read'),
  entry: onStream('entries.get', 'read'),
  removeEntry: onStream('entries.delete', 'admin'),
  tail: { ...onStream('entries.tail', 'read'), credentialInQuery: true },
} as const satisfies Record<string, EndpointDefinition>;

export const groupEndpoints = {
  configure: onStream('groups.configure', 'consume'),
  get: onStream('groups.get', 'read'),
  delete: onStream('groups.delete', 'consume'),
  receive: onStream('groups.receive', 'consume'),
  acknowledge: onStream('groups.ack', 'consume'),
  giveBack: onStream('groups.nack', 'consume'),
  extend: onStream('groups.extend', 'consume'),
  commit: { ...onStream('groups.commit', 'consume'), cost: 10 },
  seek: onStream('groups.seek', 'consume'),
  deadLetters: onStream('dead-letters.list', 'read'),
  replay: onStream('dead-letters.replay', 'consume'),
  discard: onStream('dead-letters.delete', 'consume'),
} as const satisfies Record<string, EndpointDefinition>;
