import { type EndpointDefinition, endpointsOn } from '../../access/endpoint.js';

const onBoard = endpointsOn('leaderboards', 'board');

export const leaderboardEndpoints = {
  configure: onBoard('boards.configure', 'admin'),
  list: { name: 'leaderboards.boards.list', permission: 'leaderboards:read', answersByName: true },
  get: onBoard('boards.get', 'read'),
  delete: onBoard('boards.delete', 'admin'),
  submit: onBoard('submissions.create', 'write'),
  submitBatch: { ...onBoard('submissions.batch', 'write'), cost: 10 },
  page: onBoard('entries.list', 'read'),
  entry: onBoard('entries.get', 'read'),
  around: onBoard('entries.around', 'read'),
  lookup: { ...onBoard('entries.lookup', 'read'), cost: 5 },
  removeEntry: onBoard('entries.delete', 'write'),
  closeSeason: onBoard('seasons.close', 'admin'),
  listSeasons: onBoard('seasons.list', 'read'),
  seasonPage: onBoard('seasons.entries.list', 'read'),
  seasonEntry: onBoard('seasons.entries.get', 'read'),
  live: { ...onBoard('live.watch', 'read'), credentialInQuery: true },
} as const satisfies Record<string, EndpointDefinition>;
