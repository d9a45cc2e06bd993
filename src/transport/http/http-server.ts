import {
  createServer as createHttpServer,
  type RequestListener,
  type Server as HttpServer,
  type ServerOptions,
} from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { capConnections, type ConnectionCaps } from './connection-caps.js';
import { type TlsFiles, tlsOptions } from './tls.js';

/** Largest URL and header fields of a request together, in bytes. */
export const MAX_HEADER_BYTES = 16_384;
/** How long an idle connection is kept: longer than proxies keep theirs, so that it is they who end it. */
const KEEP_ALIVE_MS = 72_000;

/** What clients may take of the server. */
export interface ClientLimits extends ConnectionCaps {
  /** How long a request may take to arrive, in ms; two thirds of it for its headers, or for the TLS handshake. */
  readonly clientTimeoutMs: number;
}

/**
 * A server of which no client can take more than its share: requests have to arrive in time and within a size, and
 * connections are counted. How long an answer takes is not limited, so event streams stay.
 */
export function createServer(
  { tls, limits }: { readonly tls: TlsFiles | undefined; readonly limits: ClientLimits },
  listener: RequestListener,
): HttpServer | HttpsServer {
  const headersTimeout = Math.ceil((limits.clientTimeoutMs * 2) / 3);
  const options: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout,
    requestTimeout: limits.clientTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // A request without it is refused by limitRequests: Node's own refusal is no problem document.
    requireHostHeader: false,
    // How often the two are looked at: they hold to within a tenth.
    connectionsCheckingInterval: Math.ceil(limits.clientTimeoutMs / 20),
  };
  const server =
    tls === undefined
      ? createHttpServer(options, listener)
      : createHttpsServer({ ...options, ...tlsOptions(tls), handshakeTimeout: headersTimeout }, listener);
  capConnections(server, limits);
  // An expectation that is unknown here may be ignored (RFC 9110); Node would refuse it in its own words.
  server.on('checkExpectation', listener);
  return server;
}
