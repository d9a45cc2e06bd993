import { IsIn, ValidateBy } from 'class-validator';
import { IsCount, IsJsonDocument, MayBeLeftOut } from '../../../transport/validation/rules.js';

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

const MAX_URL = 2048;
const MAX_HEADERS = 32;
const MAX_HEADER = 4096;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
/** Visible ASCII, with spaces and tabs between. */
const HEADER_VALUE = /^[\x20-\x7e\t]+$/;

/** Headers that the connection, or the job itself, decides on. */
const OWN_HEADERS = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function isHttpUrl(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > MAX_URL || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  // A password belongs into a header, which is stored encrypted and never shown.
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}

function areHeaders(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const headers = Object.entries(value);
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  return (
    headers.length <= MAX_HEADERS &&
    names.size === headers.length &&
    headers.every(
      ([name, text]) =>
        HEADER_NAME.test(name) &&
        !OWN_HEADERS.has(name.toLowerCase()) &&
        typeof text === 'string' &&
        text.length <= MAX_HEADER &&
        HEADER_VALUE.test(text) &&
        text.trim() === text,
    )
  );
}

/** The payload of `http.request`. */
export class HttpRequest {
  @ValidateBy({
    name: 'isHttpUrl',
    validator: {
      validate: isHttpUrl,
      defaultMessage: () =>
        `must be an http or https URL of at most ${MAX_URL} characters without a password`,
    },
  })
  url!: string;

  @MayBeLeftOut()
  @IsIn(METHODS, { message: `must be one of ${METHODS.join(', ')}` })
  method?: Method;

  @MayBeLeftOut()
  @ValidateBy({
    name: 'areHeaders',
    validator: {
      validate: areHeaders,
      defaultMessage: () =>
        `must be an object of at most ${MAX_HEADERS} header fields with texts of at most ${MAX_HEADER} visible ` +
        `ASCII characters, and without ${[...OWN_HEADERS].join(', ')}`,
    },
  })
  headers?: Record<string, string>;

  /** Text as it is; any other JSON value as JSON. */
  @MayBeLeftOut()
  @IsJsonDocument()
  body?: unknown;

  @MayBeLeftOut()
  @IsCount(1, 60_000)
  timeoutMs?: number;
}
