import { type Calls, callsOver, type Connection } from './calls.js';
import { type ConsumeOptions, Consumer, type EntryHandler } from './consumer.js';
import { Lock, type LockOptions } from './lock.js';
import type { components } from './schema.js';
import type { Fetch, RetryOptions } from './send.js';
import { Session } from './session.js';
import {
  type ChannelEvent,
  subscribe,
  type SubscribeOptions,
  tail,
  type TailOptions,
} from './subscriptions.js';

export interface ClientOptions {
  /** Where the service is, without `/v1`. */
  readonly baseUrl: string;
  /** An API key or a JSON Web Token, or a function that gives the one that counts now. */
  readonly token: string | (() => string | Promise<string>);
  /** In the place of the global one. */
  readonly fetch?: Fetch;
  readonly retry?: RetryOptions;
  /** For one attempt of a call, in ms; 10,000 if left out. */
  readonly timeoutMs?: number;
}

export interface FulcrumClient extends Calls {
  /** Messages and gaps of channels, each once and in order, over any loss of the connection. */
  subscribe(options: SubscribeOptions): AsyncGenerator<ChannelEvent, void, undefined>;
  /** Entries of a stream as they are appended, each once and in order, over any loss of the connection. */
  tail(
    stream: string,
    options?: TailOptions,
  ): AsyncGenerator<components['schemas']['StreamEntry'], void, undefined>;
  /** Works on the entries of a group, one after the other, until the signal is aborted. */
  consume(stream: string, group: string, options: ConsumeOptions, handler: EntryHandler): Promise<void>;
  /** Locks resources, all of them or none: `await using lock = await client.lock('order_123', { ttlMs: 10_000 })`. */
  lock(resources: string | readonly string[], options: LockOptions): Promise<Lock>;
  /** The session that has this token. */
  session(token: string): Session;
}

export function createClient({
  baseUrl,
  token,
  fetch = (url, init) => globalThis.fetch(url, init),
  retry = {},
  timeoutMs = 10_000,
}: ClientOptions): FulcrumClient {
  const connection: Connection = {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    fetch,
    retry,
    timeoutMs,
    authorization: async () => `Bearer ${typeof token === 'string' ? token : await token()}`,
  };
  const calls = callsOver(connection);
  return {
    ...calls,
    subscribe: (options) => subscribe(connection, options),
    tail: (stream, options = {}) => tail(connection, stream, options),
    consume: (stream, group, options, handler) =>
      new Consumer(calls, { stream, group }, options, handler).run(),
    lock: (resources, options) =>
      Lock.acquire(calls, typeof resources === 'string' ? [resources] : resources, options),
    session: (current) => new Session(calls, current),
  };
}
