/** What went wrong, in words that no transport owns. `transport/problem` maps each to a status. */
export const ERROR_KINDS = [
  'malformed',
  'invalid',
  'unauthenticated',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'conflict',
  'stale',
  'too-large',
  'unsupported-media-type',
  'url-too-long',
  'headers-too-large',
  'too-slow',
  'upgrade-required',
  'locked',
  'rate-limited',
  'unavailable',
  'timeout',
  'internal',
] as const;

export type ErrorKind = (typeof ERROR_KINDS)[number];
