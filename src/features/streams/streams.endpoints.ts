import { type EndpointDefinition, endpointsOn, fenced } from '../../access/endpoint.js';

const onStream = endpointsOn('streams', 'stream');

export const streamEndpoints = {
  configure: fenced(onStream('streams.configure', 'admin')),
  list: { name: 'streams.streams.list', permission: 'streams:read', answersByName: true },
  get: onStream('streams.get', 'read'),
  delete: fenced(onStream('streams.delete', 'admin')),
  append: fenced(onStream('entries.append', 'write')),
  appendBatch: fenced({ ...onStream('entries.batch', 'write'), cost: 10 }),
  range: onStream('entries.list', 'read'),
  entry: onStream('entries.get', 'read'),
  removeEntry: fenced(onStream('entries.delete', 'admin')),
  tail: { ...onStream('entries.tail', 'read'), credentialInQuery: true },
} as const satisfies Record<string, EndpointDefinition>;

export const groupEndpoints = {
  configure: fenced(onStream('groups.configure', 'consume')),
  get: onStream('groups.get', 'read'),
  delete: fenced(onStream('groups.delete', 'consume')),
  receive: fenced(onStream('groups.receive', 'consume')),
  acknowledge: fenced(onStream('groups.ack', 'consume')),
  giveBack: fenced(onStream('groups.nack', 'consume')),
  extend: fenced(onStream('groups.extend', 'consume')),
  commit: fenced({ ...onStream('groups.commit', 'consume'), cost: 10 }),
  seek: fenced(onStream('groups.seek', 'consume')),
  deadLetters: onStream('dead-letters.list', 'read'),
  replay: fenced(onStream('dead-letters.replay', 'consume')),
  discard: fenced(onStream('dead-letters.delete', 'consume')),
} as const satisfies Record<string, EndpointDefinition>;
