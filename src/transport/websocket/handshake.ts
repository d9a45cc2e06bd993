import type { IncomingMessage } from 'node:http';
import { accessErrors } from '../../access/access.errors.js';
import { AppError } from '../../errors/app-error.js';
import { requestErrors } from '../../errors/core.errors.js';

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What of a request says where it comes from, and for whom it is. */
export interface AsksFrom {
  readonly headers: { readonly origin?: string | undefined };
  readonly host: string;
}

/** The only subprotocol there is; a client need not name it. */
export const SUBPROTOCOL = 'fulcrum';

/**
 * Refuses what ws would refuse in words that are no problem document.
 * @throws AppError `request.upgrade-required`, `request.malformed`
 */
export function checkHandshake({ headers }: IncomingMessage): void {
  if (headers['sec-websocket-version'] !== '13') {
    throw new AppError(requestErrors['upgrade-required'], 'Send "Sec-WebSocket-Version: 13".');
  }
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) {
    throw new AppError(requestErrors.malformed, 'Sec-WebSocket-Key is 16 bytes in base64.');
  }
  const offered = headers['sec-websocket-protocol']?.split(',').map((protocol) => protocol.trim()) ?? [];
  if (!offered.every((protocol) => TOKEN.test(protocol)) || new Set(offered).size < offered.length) {
    throw new AppError(requestErrors.malformed, 'Sec-WebSocket-Protocol is a list of different tokens.');
  }
}

/**
 * Refuses pages of other sites: a browser lets any page open a WebSocket, and says only which one it was.
 * @throws AppError `access.origin-not-allowed`
 */
export function checkOrigin({ headers, host }: AsksFrom, allowed: readonly string[]): void {
  const { origin } = headers;
  if (origin === undefined || allowed.includes(origin) || isOwn(origin, host)) return;
  throw new AppError(accessErrors['origin-not-allowed'], 'The Origin is not one of CORS_ORIGINS.');
}

/** Whether a page of `origin` came from `host`, of which either may name the port that its scheme has anyway. */
function isOwn(origin: string, host: string): boolean {
  const [scheme = ''] = origin.split('//');
  const own = `${scheme}//${host}`;
  if (!/^https?:$/.test(scheme) || !URL.canParse(origin) || !URL.canParse(own)) return false;
  return new URL(origin).host === new URL(own).host;
}
