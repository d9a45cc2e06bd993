import { defineErrors } from './define-errors.js';

/** Failures that belong to no feature. */
export const requestErrors = defineErrors('request', {
  'malformed-json': ['malformed', 'The body is not valid JSON'],
  malformed: ['malformed', 'The request cannot be read'],
  invalid: ['invalid', 'A field of the request is invalid'],
  'route-not-found': ['not-found', 'There is no such route'],
  'method-not-allowed': ['method-not-allowed', 'The route does not take this method'],
  'body-too-large': ['too-large', 'The body is too large'],
  'unsupported-media-type': ['unsupported-media-type', 'The body has a media type that is not supported'],
  'unsupported-encoding': ['unsupported-media-type', 'The body has a content coding that is not supported'],
  'url-too-long': ['url-too-long', 'The URL is too long'],
  'headers-too-large': ['headers-too-large', 'The header fields are too large or too many'],
  'too-slow': ['too-slow', 'The request did not arrive in time'],
  'upgrade-required': ['upgrade-required', 'The route is for WebSockets'],
});

export const paginationErrors = defineErrors('pagination', {
  'invalid-cursor': ['invalid', 'The cursor is stale or belongs to another list'],
});

export const redisErrors = defineErrors('redis', {
  unavailable: ['unavailable', 'Redis cannot be reached'],
  refused: ['unavailable', 'Redis does not permit the service what the request needs'],
  'outcome-unknown': ['unavailable', 'Redis did not confirm in time whether the request took effect'],
});

export const idempotencyErrors = defineErrors('idempotency', {
  'key-reused': ['invalid', 'The idempotency key was used for another request'],
  'invalid-key': ['invalid', 'The idempotency key is invalid'],
});

export const fenceErrors = defineErrors('fence', {
  stale: ['stale', 'A newer fencing token of the resource was seen'],
  invalid: ['invalid', 'The fence is invalid'],
  'not-supported': ['invalid', 'The operation takes no fence'],
});

export const durabilityErrors = defineErrors('durability', {
  invalid: ['invalid', 'The wanted durability is invalid'],
  'not-supported': ['invalid', 'The operation writes to servers without replicas'],
});

export const serviceErrors = defineErrors('service', {
  internal: ['internal', 'An unexpected error occurred'],
  'upstream-unavailable': ['unavailable', 'A service that this one needs does not answer'],
  overloaded: ['unavailable', 'The service is receiving as much as it has room for'],
  'shutting-down': ['unavailable', 'The service is shutting down'],
});
