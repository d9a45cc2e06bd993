import { type EndpointDefinition, endpointsOn } from '../../access/endpoint.js';

const onPolicy = endpointsOn('rate-limits', 'policy');

export const rateLimitEndpoints = {
  put: onPolicy('policies.put', 'admin'),
  list: { name: 'rate-limits.policies.list', permission: 'rate-limits:read', answersByName: true },
  get: onPolicy('policies.get', 'read'),
  delete: onPolicy('policies.delete', 'admin'),
  // What they answer while Redis is away is the policy's `onOutage`.
  consume: { ...onPolicy('buckets.consume', 'write'), answersInOutage: true },
  consumeAll: {
    name: 'rate-limits.buckets.consume-all',
    permission: 'rate-limits:write',
    answersByName: true,
    answersInOutage: true,
  },
} as const satisfies Record<string, EndpointDefinition>;
