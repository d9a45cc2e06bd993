import type { EndpointDefinition } from '../../access/endpoint.js';

export const jobEndpoints = {
  create: { name: 'jobs.create', permission: 'jobs:write' },
  get: { name: 'jobs.get', permission: 'jobs:read' },
  list: { name: 'jobs.list', permission: 'jobs:read' },
  retry: { name: 'jobs.retry', permission: 'jobs:write' },
  cancel: { name: 'jobs.cancel', permission: 'jobs:write' },
} as const satisfies Record<string, EndpointDefinition>;

/** What it takes, besides, to have a job send a request: it goes out from where the service stands in the network. */
export const sendRequest = {
  name: 'jobs.create',
  permission: 'jobs:admin',
} as const satisfies EndpointDefinition;
