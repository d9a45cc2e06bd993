import type { Connection } from './calls.js';
import { FulcrumConnectionError, FulcrumError } from './errors.js';
import { EventParser, type ServerEvent } from './event-parser.js';
import { unanswered } from './send.js';
import { backoff, pause, watch } from './timing.js';

/** The service sends a comment every 15 s: after three of them that did not come the connection is dead. */
const SILENCE_MS = 45_000;
const RECONNECT_MS = 1000;
const MAX_RECONNECT_MS = 15_000;

/**
 * The events of a stream that is opened again, from the place that was reached, whenever its connection is lost; ends when
 * `signal` is aborted. It begins after the event whose id is `after`.
 * @throws FulcrumError if the service refuses the stream for a reason that time does not mend
 */
export async function* eventStream(
  connection: Connection,
  path: string,
  { signal, after = '' }: { signal: AbortSignal | undefined; after?: string },
): AsyncGenerator<ServerEvent, void, undefined> {
  let lastEventId = after;
  let failures = 0;
  while (!signal?.aborted) {
    const parser = new EventParser(lastEventId);
    let askedMs = 0;
    try {
      for await (const text of texts(connection, path, lastEventId, signal)) {
        failures = 0;
        // All that came is given before the connection is looked at again, so that the place is always that of the last event.
        yield* parser.read(text);
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (isFinal(error)) throw error;
      if (error instanceof FulcrumError) askedMs = error.retryAfterMs ?? 0;
    }
    lastEventId = parser.lastEventId;
    failures += 1;
    const baseMs = parser.retryMs ?? RECONNECT_MS;
    const pauseMs = askedMs + backoff(failures, baseMs, Math.max(MAX_RECONNECT_MS, baseMs));
    // Aborted meanwhile: the loop sees it.
    await pause(pauseMs, signal).catch(() => undefined);
  }
}

/** What one connection brings, until it ends or is lost. */
async function* texts(
  { baseUrl, fetch, timeoutMs, authorization }: Connection,
  path: string,
  lastEventId: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, undefined> {
  const url = baseUrl + path;
  const limit = watch(signal, timeoutMs);
  try {
    const headers = {
      accept: 'text/event-stream',
      authorization: await authorization(),
      ...(lastEventId === '' ? {} : { 'last-event-id': lastEventId }),
    };
    const response = await fetch(url, { headers, signal: limit.signal }).catch((error: unknown) => {
      throw unanswered('GET', url, error);
    });
    if (response.status !== 200 || response.body === null) {
      const text = await response.text().catch((error: unknown) => {
        throw unanswered('GET', url, error);
      });
      throw new FulcrumError(response.status, response.headers, text);
    }
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    for (;;) {
      limit.rearm(SILENCE_MS);
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw unanswered('GET', url, error);
      });
      // Whoever takes long over an event has not lost the connection.
      limit.disarm();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    limit.end();
  }
}

/** Whether the next connection would be refused as well, or the failure is none of a connection. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof FulcrumError)) return !(error instanceof FulcrumConnectionError);
  return error.status < 500 && error.status !== 408 && error.status !== 429;
}
