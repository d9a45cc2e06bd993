import type { LookupAddress } from 'node:dns';
import dns from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/load-settings.js';
import type { Settings } from '../config/setting-specs.js';
import { log } from '../telemetry/log.js';
import { Destinations } from './destinations.js';
import { isLoopback, isPublicAddress } from './public-address.js';
import { withinTime } from './time-limit.js';

/** Every address of a host, as the machine's resolver knows them. */
export type ResolveHost = (hostname: string) => Promise<readonly LookupAddress[]>;

/** Injection token of a `ResolveHost`. */
export const RESOLVE_HOST = Symbol('resolve host');

export const resolveHost: ResolveHost = (hostname) => dns.lookup(hostname, { all: true, verbatim: true });

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_BYTES = 1_048_576;
/** Statuses whose answers have no body, not even an empty one. */
const BODILESS = new Set([204, 205, 304]);
/** Statuses that end a request, as far as HTTP and `Response` know them. */
const FINAL = { first: 200, last: 599 };

/** A request that the rules below forbid, or an answer that they cut off. The message is for the log alone. */
export class OutgoingRefusedError extends Error {
  override readonly name = 'OutgoingRefusedError';
}

/** The host answered with a status that ends no request: 101, which nobody asked for, or one that HTTP does not have. */
export class UnusableAnswerError extends Error {
  override readonly name = 'UnusableAnswerError';

  constructor(readonly status: number) {
    super(`the host answered ${status}`);
  }
}

export interface OutgoingOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Headers | Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** For everything from the look-up of the name to the end of the answer, in ms. */
  readonly timeoutMs?: number;
  /** Most bytes of the answer's body. */
  readonly maxBytes?: number;
}

/**
 * The only way out of this service over HTTP. A request goes to a host that the operator named, and to an address
 * that was looked at before the connection was made to that very address: a name that leads into a private network
 * leads nowhere, also if it did not a moment ago. Redirects are not followed; time and size are bounded.
 */
@Injectable()
export class OutgoingRequests {
  private readonly destinations: Destinations;

  constructor(
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'OUTGOING_HOSTS' | 'JWT_JWKS_URL'>,
    @Inject(RESOLVE_HOST) private readonly resolve: ResolveHost,
  ) {
    this.destinations = new Destinations(settings.OUTGOING_HOSTS);
  }

  /** Whether OUTGOING_HOSTS names the URL's host. Where its name leads is looked at when a request is sent. */
  mayGoTo(url: URL): boolean {
    return this.destinations.includes(url);
  }

  /**
   * The whole answer of a host that OUTGOING_HOSTS names, whatever its status is: 3xx is one too.
   * @throws OutgoingRefusedError if the rules forbid it, UnusableAnswerError, a DOMException or an Error of the network if it
   * fails
   */
  async fetch(input: string | URL, options: OutgoingOptions = {}): Promise<Response> {
    const url = new URL(input);
    return await this.exchange(url, this.mayGoTo(url), options);
  }

  /** What is at JWT_JWKS_URL, a place that is for nothing else. @throws as `fetch` */
  async fetchKeySet(options: OutgoingOptions = {}): Promise<Response> {
    const { JWT_JWKS_URL } = this.settings;
    if (JWT_JWKS_URL === undefined) throw new OutgoingRefusedError('no setting names a key set');
    return await this.exchange(new URL(JWT_JWKS_URL), true, options);
  }

  private async exchange(url: URL, isNamed: boolean, options: OutgoingOptions): Promise<Response> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, maxBytes = DEFAULT_MAX_BYTES } = options;
    try {
      if (!isNamed) throw new OutgoingRefusedError('no setting names the host');
      return await withinTime(timeoutMs, options.signal, async (signal) =>
        collected(await this.send(url, { ...options, signal }), maxBytes),
      );
    } catch (error) {
      if (error instanceof OutgoingRefusedError) {
        log.warn(
          { event: 'outgoing.refused', host: url.host, err: error },
          'a request was not sent, or was cut off',
        );
      }
      throw error;
    }
  }

  private send(url: URL, options: OutgoingOptions & { signal: AbortSignal }): Promise<IncomingMessage> {
    const { method = 'GET', headers = {}, body, signal } = options;
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    const how: RequestOptions = {
      method,
      headers: {
        ...Object.fromEntries(new Headers(headers)),
        // A compressed answer would have a size that nobody looked at.
        'accept-encoding': 'identity',
        // Node leaves it out with DELETE: the receiver would take the body for the next request.
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      signal,
      agent: false,
      lookup: this.lookup,
    };
    return new Promise((resolve, reject) => {
      request(url, how, resolve)
        .on('error', reject)
        .on('upgrade', ({ statusCode = 0 }, socket) => {
          socket.destroy();
          reject(new UnusableAnswerError(statusCode));
        })
        // Whatever else ends the connection: after an answer, or an error, this changes nothing.
        .on('close', () => reject(new Error('the connection ended without an answer')))
        .end(body);
    });
  }

  /** Takes the place of the connection's own look-up. A literal address has none: the operator wrote that one down. */
  private readonly lookup: LookupFunction = (hostname, { all }, callback) => {
    const found = (addresses: readonly LookupAddress[]): void => {
      const [first] = addresses;
      if (all || first === undefined) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    };
    this.addressesOf(hostname).then(found, (error: unknown) => {
      callback(error instanceof Error ? error : new Error('the look-up failed', { cause: error }), []);
    });
  };

  private async addressesOf(hostname: string): Promise<readonly LookupAddress[]> {
    const addresses = await this.resolve(hostname);
    const isAllowed = hostname === 'localhost' ? isLoopback : isPublicAddress;
    const forbidden = addresses.find(({ address }) => isIP(address) === 0 || !isAllowed(address));
    if (forbidden !== undefined) {
      throw new OutgoingRefusedError(`the host leads to ${forbidden.address}, which is no public address`);
    }
    return addresses;
  }
}

async function collected(answer: IncomingMessage, maxBytes: number): Promise<Response> {
  const status = answer.statusCode ?? 0;
  if (status < FINAL.first || status > FINAL.last) {
    answer.destroy();
    throw new UnusableAnswerError(status);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Leaving the loop ends the connection.
    if (length > maxBytes) throw new OutgoingRefusedError(`the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return new Response(BODILESS.has(status) ? null : Buffer.concat(chunks), { status, headers });
}
