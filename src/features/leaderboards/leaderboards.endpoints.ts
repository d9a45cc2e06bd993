import { type EndpointDefinition, endpointsOn, fenced } from '../../access/endpoint.js';

const onBoard = endpointsOn('leaderboards', 'board');

export const leaderboardEndpoints = {
  configure: fenced(onBoard('boards.configure', 'admin')),
  list: { name: 'leaderboards.boards.list', permission: 'leaderboards:read', answersByName: true },
  get: onBoard('boards.get', 'read'),
  delete: fenced(onBoard('boards.delete', 'admin')),
  submit: fenced(onBoard('submissions.create', 'write')),
  submitBatch: fenced({ ...onBoard('submissions.batch', 'write'), cost: 10 }),
  page: onBoard('entries.list', 'read'),
  entry: onBoard('entries.get', 'read'),
  around: onBoard('entries.around', 'read'),
  lookup: { ...onBoard('entries.lookup', 'read'), cost: 5 },
  removeEntry: fenced(onBoard('entries.delete', 'write')),
  closeSeason: fenced(onBoard('seasons.close', 'admin')),
  listSeasons: onBoard('seasons.list', 'read'),
  seasonPage: onBoard('seasons.entries.list', 'read'),
  seasonEntry: onBoard('seasons.entries.get', 'read'),
  live: { ...onBoard('live.watch', 'read'), credentialInQuery: true },
} as const satisfies Record<string, EndpointDefinition>;
