import type { ErrorKind } from '../../errors/error-kind.js';

/** What a kind of error is in HTTP; the compiler refuses a kind without a row. */
export const problemTable: Readonly<
  Record<ErrorKind, { readonly status: number; readonly title: string; readonly type?: string }>
> = {
  malformed: { status: 400, title: 'Bad Request' },
  invalid: { status: 422, title: 'Unprocessable Content' },
  unauthenticated: { status: 401, title: 'Unauthorized' },
  forbidden: { status: 403, title: 'Forbidden' },
  'not-found': { status: 404, title: 'Not Found' },
  'method-not-allowed': { status: 405, title: 'Method Not Allowed' },
  conflict: { status: 409, title: 'Conflict' },
  stale: { status: 412, title: 'Precondition Failed' },
  'too-large': { status: 413, title: 'Content Too Large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported Media Type' },
  'url-too-long': { status: 414, title: 'URI Too Long' },
  'headers-too-large': { status: 431, title: 'Request Header Fields Too Large' },
  'too-slow': { status: 408, title: 'Request Timeout' },
  'upgrade-required': { status: 426, title: 'Upgrade Required' },
  locked: { status: 423, title: 'Locked' },
  // The type that the IETF httpapi draft on rate limits registers.
  'rate-limited': {
    status: 429,
    title: 'Too Many Requests',
    type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
  },
  unavailable: { status: 503, title: 'Service Unavailable' },
  timeout: { status: 504, title: 'Gateway Timeout' },
  internal: { status: 500, title: 'Internal Server Error' },
};
